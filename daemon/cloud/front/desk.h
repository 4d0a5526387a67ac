// SPDX-License-Identifier: Apache-2.0
//
// Where every call of a connector arrives: which connector is this, is there room, was this asked before, who does the
// work, what does gRPC hear.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/caller.h"
#include "cloud/front/answers.h"
#include "cloud/front/convert.h"
#include "cloud/front/convert_head.h"
#include "cloud/front/log_budget.h"
#include "cloud/front/question.h"
#include "cloud/front/store_watch.h"
#include "cloud/front/work_pool.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// Any thread. Everything it is given outlives it; so does the gRPC server's last call end before it.
class Desk {
 public:
  Desk(Store& store, StoreWatch& watch, WorkPool& pool, const Clock& clock, Log& log)
      : store_(store), watch_(watch), pool_(pool), clock_(clock), log_(log), budget_(clock), answers_(clock) {}

  // Takes one call: `work` runs on the pool with what was asked, and its outcome is written to `response`. Returns at
  // once; the reactor is always finished exactly once. Nobody works for a caller who is gone.
  // What gRPC hears: OK with an answer or a Fault; RESOURCE_EXHAUSTED (no room in the queue), PERMISSION_DENIED (not a
  // registered connector), UNAUTHENTICATED (what it signed of its caller is not good), INVALID_ARGUMENT, CANCELLED,
  // UNAVAILABLE, INTERNAL. Status messages say nothing from inside.
  //
  // Of all attempts at one question (front/question.h) one does the work, here or in another process on the same store;
  // what it leaves behind is written together with its answer, and the others get that answer. An attempt that ends
  // without an answer leaves a row that says so, unless the question has been answered by then.
  template <class Request, class Response, class Work>
  grpc::ServerUnaryReactor* take(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                 Work work) {
    auto* reactor = context->DefaultReactor();
    queue(std::make_shared<Call<Request, Response, Work>>(
        Call<Request, Response, Work>{context, request, response, reactor, std::move(work)}));
    return reactor;
  }

 private:
  template <class Request, class Response, class Work>
  struct Call {
    grpc::CallbackServerContext* context;
    const Request* request;
    Response* response;
    grpc::ServerUnaryReactor* reactor;
    Work work;

    void finish(const grpc::Status& status) const { Desk::finish(*context, *reactor, status); }
  };
  // Who holds the other end of a connection.
  struct Peer {
    ConnectorRecord connector;
    std::string certificate;  // PEM, as it was shown
  };
  // An attempt that is at work on its question: however it ends, those who wait hear of it.
  struct Turn {
    Answers& answers;
    std::string tenant;
    QuestionRecord question;
    Answers::Ending ending = Answers::Failed{{grpc::StatusCode::INTERNAL, "the service failed"}};

    Turn(Answers& all, std::string of, QuestionRecord asked)
        : answers(all), tenant(std::move(of)), question(std::move(asked)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { answers.end(tenant, question, std::move(ending)); }
  };

  template <class AnyCall>
  void queue(std::shared_ptr<AnyCall> call) {
    const bool taken = pool_.try_post([this, call] {
      // Nothing: another attempt at the same question finishes this one.
      if (const auto status = guarded([&] { return serve(call); })) call->finish(*status);
    });
    if (!taken) call->finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests are waiting"});
  }

  template <class AnyCall>
  std::optional<grpc::Status> serve(const std::shared_ptr<AnyCall>& call) {
    if (call->context->IsCancelled()) return grpc::Status(grpc::StatusCode::CANCELLED, "nobody waits");
    if (!watch_.is_usable()) return store_is_away();
    auto peer = identify(*call->context);
    if (!peer) return status_of(peer.error());
    return answer(*std::move(peer), call);
  }

  // A server asked the connector: `work(Asked, request)` gives an Outcome.
  template <class AnyCall>
  requires requires(const AnyCall& call) { call.request->context(); }
  std::optional<grpc::Status> answer(Peer peer, const std::shared_ptr<AnyCall>& call) {
    const auto& request = *call->request;
    auto asked = believe(std::move(peer), request.context(), operation_of<std::remove_cvref_t<decltype(request)>>);
    if (!asked) return status_of(asked.error());
    if (const auto allowed = check(request); !allowed) return status_of(allowed.error());
    auto question = question_of(asked->connector, request);
    if (!question) return status_of(question.error());
    if (!*question) return work(*call, *asked, nullptr);

    const auto begun = answers_.begin(asked->connector.tenant, **question, [this, call](const Answers::Ending& ending) {
      if (const auto* answered = std::get_if<Answers::Answered>(&ending))
        call->finish(repeat(*answered->answer, *call->response));
      else if (const auto* failed = std::get_if<Answers::Failed>(&ending))
        call->finish(failed->status);
      else
        queue(call);
    });
    if (std::holds_alternative<Answers::Waits>(begun)) return std::nullopt;
    if (const auto* kept = std::get_if<Answers::Answered>(&begun)) return repeat(*kept->answer, *call->response);
    if (std::holds_alternative<Answers::OtherQuestion>(begun)) return refuse_reuse(*asked, **question);
    if (std::holds_alternative<Answers::TooMany>(begun))
      return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many attempts at one request");

    Turn turn(answers_, asked->connector.tenant, **std::move(question));
    // The first attempt finds none, unless it has been overtaken: then booking finds it.
    if (request.context().attempt() > 1) {
      const auto earlier = store_.find_answer(turn.tenant, turn.question);
      if (!earlier) {
        const auto status = store_failed(earlier.error(), *asked);
        turn.ending = Answers::Failed{status};
        return status;
      }
      if (*earlier) return adopt(**earlier, *call, *asked, turn);
    }
    const auto status = work(*call, *asked, &turn);
    if (!status.ok()) {
      if (status.error_code() == grpc::StatusCode::CANCELLED)
        turn.ending = Answers::Abandoned{};
      else if (std::holds_alternative<Answers::Failed>(turn.ending))
        turn.ending = Answers::Failed{status};
    }
    return status;
  }

  // Does it, and books it. `turn`: null for a question that cannot be asked again.
  template <class AnyCall>
  grpc::Status work(AnyCall& call, Asked& asked, Turn* turn) {
    Unbooked left;
    asked.leave_to = &left;
    const auto outcome = call.work(asked, *call.request);
    const auto unfulfilled = outcome ? Unfulfilled() : Unfulfilled(outcome.error());
    if (outcome)
      write(*outcome, call.response);
    else if (const auto* fault = unfulfilled.fault())
      write(*fault, call.response->mutable_fault());
    const bool answered = outcome || unfulfilled.fault();

    const auto bytes =
        answered && turn ? std::make_shared<const std::string>(call.response->SerializeAsString()) : nullptr;
    const auto earlier = book(asked, left, turn ? &turn->question : nullptr, bytes.get());
    if (!earlier) {
      call.response->Clear();
      return store_failed(earlier.error(), asked);
    }
    if (*earlier) return adopt(**earlier, call, asked, *turn);
    if (!answered) return status_of(*unfulfilled.error(), asked.connector, asked.correlation_id);
    if (turn) turn->ending = Answers::Answered{bytes};
    return grpc::Status::OK;
  }

  // Another attempt was first: its answer is ours.
  template <class AnyCall>
  grpc::Status adopt(const AnswerRecord& earlier, AnyCall& call, const Asked& asked, Turn& turn) {
    if (earlier.digest != turn.question.digest) {
      const auto status = refuse_reuse(asked, turn.question);
      turn.ending = Answers::Failed{status};
      return status;
    }
    turn.ending = Answers::Answered{std::make_shared<const std::string>(earlier.answer)};
    return repeat(earlier.answer, *call.response);
  }
  template <class Response>
  static grpc::Status repeat(const std::string& answer, Response& response) {
    if (response.ParseFromString(answer)) return grpc::Status::OK;
    return {grpc::StatusCode::INTERNAL, "the service failed"};
  }

  // The connector asks for itself: `work(ConnectorRecord, request)` gives a Result. Nobody is refused by a Fault.
  template <class AnyCall>
  std::optional<grpc::Status> answer(Peer peer, const std::shared_ptr<AnyCall>& call) {
    if (const auto allowed = check(*call->request); !allowed) return status_of(allowed.error());
    const auto outcome = call->work(peer.connector, *call->request);
    if (!outcome) return status_of(outcome.error(), peer.connector, call->request->request_id());
    write(*outcome, call->response);
    return grpc::Status::OK;
  }

  static void finish(grpc::CallbackServerContext& context, grpc::ServerUnaryReactor& reactor,
                     const grpc::Status& status);
  // Errc::denied if the certificate is not a registered connector's.
  Result<Peer> identify(const grpc::ServerContextBase& context);
  // Who asks the connector, by what it signed. Errc::signature_invalid, Errc::not_valid_now, Errc::untrusted (signed
  // for another operation); Errc::malformed and others: it is no attribution. Each is logged.
  Result<Asked> believe(Peer peer, const v1::RequestContext& request, std::string_view operation);
  // As UsageStore::book(). `question`, `answer`: null if there is none.
  Result<std::optional<AnswerRecord>> book(const Asked& asked, const Unbooked& left, const QuestionRecord* question,
                                           const std::string* answer);
  // A request_id that is another question's: a bug, or somebody who is after its answer.
  grpc::Status refuse_reuse(const Asked& asked, const QuestionRecord& question);
  // An answer is withheld because what it leaves behind cannot be kept.
  grpc::Status store_failed(const Error& error, const Asked& asked);
  static grpc::Status store_is_away();
  // Before the work began: about the connector, or its message.
  grpc::Status status_of(const Error& error);
  // Afterwards: about something of ours.
  grpc::Status status_of(const Error& error, const ConnectorRecord& connector, std::string_view correlation_id);
  std::optional<grpc::Status> guarded(const std::function<std::optional<grpc::Status>()>& serve);

  Store& store_;
  StoreWatch& watch_;
  WorkPool& pool_;
  const Clock& clock_;
  Log& log_;
  LogBudget budget_;  // for strangers, who decide how often they ask
  Answers answers_;
  std::atomic<std::uint64_t> reused_ = 0;  // request_ids that came with another question
};

}  // namespace rms::cloud

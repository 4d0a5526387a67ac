// SPDX-License-Identifier: Apache-2.0
//
// Where every call of a connector arrives: which connector is this, is there room, who does the work, what does gRPC
// hear.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/caller.h"
#include "cloud/front/convert.h"
#include "cloud/front/convert_head.h"
#include "cloud/front/log_budget.h"
#include "cloud/front/work_pool.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// Any thread. Everything it is given outlives it.
class Desk {
 public:
  Desk(ConnectorStore& connectors, WorkPool& pool, const Clock& clock, Log& log)
      : connectors_(connectors), pool_(pool), clock_(clock), log_(log), budget_(clock) {}

  // Takes one call: `work` runs on the pool with what was asked, and its outcome is written to `response`. Returns at
  // once; the reactor is always finished exactly once. Nobody works for a caller who is gone.
  // What gRPC hears: OK with an answer or a Fault; RESOURCE_EXHAUSTED (no room in the queue), PERMISSION_DENIED (not a
  // registered connector), UNAUTHENTICATED (what it signed of its caller is not good), INVALID_ARGUMENT, CANCELLED,
  // UNAVAILABLE, INTERNAL. Status messages say nothing from inside.
  template <class Request, class Response, class Work>
  grpc::ServerUnaryReactor* take(grpc::CallbackServerContext* context, const Request* request, Response* response,
                                 Work work) {
    auto* reactor = context->DefaultReactor();
    const bool taken = pool_.try_post([this, context, request, response, reactor, work = std::move(work)] {
      reactor->Finish(guarded([&]() -> grpc::Status {
        if (context->IsCancelled()) return {grpc::StatusCode::CANCELLED, "nobody waits"};
        auto peer = identify(*context);
        if (!peer) return status_of(peer.error());
        return answer(*std::move(peer), *request, response, work);
      }));
    });
    if (!taken) reactor->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many requests are waiting"});
    return reactor;
  }

 private:
  // Who holds the other end of a connection.
  struct Peer {
    ConnectorRecord connector;
    std::string certificate;  // PEM, as it was shown
  };

  // A server asked the connector: `work(Asked, request)` gives an Outcome.
  template <class Request, class Response, class Work>
  requires requires(const Request& request) { request.context(); }
  grpc::Status answer(Peer peer, const Request& request, Response* response, const Work& work) {
    auto asked = believe(std::move(peer), request.context(), operation_of<Request>);
    if (!asked) return status_of(asked.error());
    if (const auto allowed = check(request); !allowed) return status_of(allowed.error());
    const auto outcome = work(*asked, request);
    if (outcome) {
      write(*outcome, response);
    } else if (const auto unfulfilled = outcome.error(); const auto* fault = unfulfilled.fault()) {
      write(*fault, response->mutable_fault());
    } else {
      return status_of(*unfulfilled.error(), asked->connector, asked->correlation_id);
    }
    return grpc::Status::OK;
  }
  // The connector asks for itself: `work(ConnectorRecord, request)` gives a Result. Nobody is refused by a Fault.
  template <class Request, class Response, class Work>
  grpc::Status answer(Peer peer, const Request& request, Response* response, const Work& work) {
    if (const auto allowed = check(request); !allowed) return status_of(allowed.error());
    const auto outcome = work(peer.connector, request);
    if (!outcome) return status_of(outcome.error(), peer.connector, request.request_id());
    write(*outcome, response);
    return grpc::Status::OK;
  }

  // Errc::denied if the certificate is not a registered connector's.
  Result<Peer> identify(const grpc::ServerContextBase& context);
  // Who asks the connector, by what it signed. Errc::signature_invalid, Errc::not_valid_now, Errc::untrusted (signed
  // for another operation); Errc::malformed and others: it is no attribution. Each is logged.
  Result<Asked> believe(Peer peer, const v1::RequestContext& request, std::string_view operation);
  // Before the work began: about the connector, or its message.
  grpc::Status status_of(const Error& error);
  // Afterwards: about something of ours.
  grpc::Status status_of(const Error& error, const ConnectorRecord& connector, std::string_view correlation_id);
  grpc::Status guarded(const std::function<grpc::Status()>& work);

  ConnectorStore& connectors_;
  WorkPool& pool_;
  const Clock& clock_;
  Log& log_;
  LogBudget budget_;  // for strangers, who decide how often they ask
};

}  // namespace rms::cloud

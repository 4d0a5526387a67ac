// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/desk.h"

#include <exception>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "cloud/attribution/attribution.h"
#include "net/tls.h"

namespace rms::cloud {

Result<Desk::Peer> Desk::identify(const grpc::ServerContextBase& context) {
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pem.empty()) return Error(Errc::denied, "no client certificate");
  const std::string_view shown(pem.front().data(), pem.front().size());
  RMS_TRY(const auto certificate, net::read_certificate_pem(shown));
  // Asked of the store each time, so that a connector that was removed is refused from the next request on.
  auto connector = store_.find_connector(certificate.fingerprint);
  if (connector && !connector->disabled) return Peer{*std::move(connector), std::string(shown)};
  if (!connector && connector.error() != Errc::not_found) return std::move(connector).error();

  if (const auto kept_back = budget_.spend()) {
    log_.event(Level::warning, Event::unauthorized, "an unregistered connector was refused",
               {{"subject", certificate.subject},
                {"fingerprint", certificate.fingerprint},
                {"peer", context.peer()},
                {"why", connector ? "disabled" : "unknown certificate"},
                {"not_logged", *kept_back}});
  }
  return Error(Errc::denied, "not a registered connector");
}

Result<Asked> Desk::believe(Peer peer, const v1::RequestContext& request, std::string_view operation) {
  const auto& words = request.attribution();
  auto record =
      attribution_record(words.attribution(), words.signature(), peer.connector.fingerprint, peer.certificate);
  auto said = read_attribution(record);
  const Result<void> usable = said ? check_use(*said, operation, clock_.wall()) : Result<void>(said.error());
  if (usable)
    return Asked{std::move(peer.connector), std::move(said->caller),  request.correlation_id(),
                 request.user_agent(),      request.client_address(), std::move(record)};
  if (const auto kept_back = budget_.spend())
    log_.event(Level::warning, Event::unauthorized, "what a connector says of its caller is not good",
               {{"connector", peer.connector.name}, {"error", usable.error().to_string()}, {"not_logged", *kept_back}});
  return usable.error();
}

Result<std::optional<AnswerRecord>> Desk::book(const Asked& asked, const Unbooked& left, const QuestionRecord* question,
                                               const std::string* answer) {
  return store_.book(asked.connector.tenant,
                     {left.rows, asked.attribution ? &*asked.attribution : nullptr, left.licensors, question,
                      answer != nullptr ? std::optional<std::string_view>(*answer) : std::nullopt, clock_.wall()});
}

grpc::Status Desk::refuse_reuse(const Asked& asked, const QuestionRecord& question) {
  const auto times = ++reused_;
  if (const auto kept_back = budget_.spend())
    log_.event(Level::warning, Event::request_id_reused, "a connector gave one request_id to two questions",
               {{"connector", asked.connector.name},
                {"request_id", question.request_id},
                {"operation", question.method},
                {"principal", asked.caller.principal},
                {"times", times},
                {"not_logged", *kept_back}});
  return {grpc::StatusCode::INVALID_ARGUMENT, "context.request_id was given to another question before"};
}

grpc::Status Desk::store_failed(const Error& error, const Asked& asked) {
  if (watch_.is_usable())
    log_.error("an answer is withheld because it cannot be booked",
               {{"error", error.to_string()}, {"correlation_id", asked.correlation_id}});
  watch_.suspect(error);
  return store_is_away();
}

grpc::Status Desk::store_is_away() {
  return {grpc::StatusCode::UNAVAILABLE, "the service cannot answer now"};
}

void Desk::finish(grpc::CallbackServerContext& context, grpc::ServerUnaryReactor& reactor, const grpc::Status& status) {
  // When to come back, as gRPC's clients read it: what is away or full now is not back in a millisecond.
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
    context.AddTrailingMetadata("grpc-retry-pushback-ms", "1000");
  if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED)
    context.AddTrailingMetadata("grpc-retry-pushback-ms", "250");
  reactor.Finish(status);
}

grpc::Status Desk::status_of(const Error& error) {
  using grpc::StatusCode;
  if (error == Errc::denied) return {StatusCode::PERMISSION_DENIED, "this connector is not registered"};
  if (error == Errc::signature_invalid || error == Errc::not_valid_now || error == Errc::untrusted)
    return {StatusCode::UNAUTHENTICATED, error.context};
  if (error == Errc::malformed || error == Errc::too_large || error == Errc::unsupported)
    return {StatusCode::INVALID_ARGUMENT, error.context};
  // Which connector this is only the store can say.
  if (error == Errc::unavailable || error == Errc::io_error || error == Errc::corrupt) watch_.suspect(error);
  return status_of(error, {}, {});
}

grpc::Status Desk::status_of(const Error& error, const ConnectorRecord& connector, std::string_view correlation_id) {
  using grpc::StatusCode;
  if (error == Errc::denied) return {StatusCode::PERMISSION_DENIED, "this connector is not registered"};
  if (error == Errc::cancelled) return {StatusCode::CANCELLED, "nobody waits"};
  if (error == Errc::overloaded) {
    if (const auto kept_back = budget_.spend())
      log_.warning("a connector asks too often and is put off",
                   {{"connector", connector.name}, {"why", error.context}, {"not_logged", *kept_back}});
    return {StatusCode::RESOURCE_EXHAUSTED, "too much of this kind from this connector: later"};
  }
  if (error == Errc::unavailable || error == Errc::io_error) watch_.suspect(error);
  log_.error("a request was not answered",
             {{"error", error.to_string()}, {"connector", connector.name}, {"correlation_id", correlation_id}});
  if (error == Errc::unavailable || error == Errc::io_error || error == Errc::corrupt) return store_is_away();
  return {StatusCode::INTERNAL, "the service failed"};
}

std::optional<grpc::Status> Desk::guarded(const std::function<std::optional<grpc::Status>()>& serve) {
  try {
    return serve();
  } catch (const std::exception& exception) {
    log_.event(Level::error, Event::unhandled, "a request ended by an exception", {{"what", exception.what()}});
    return grpc::Status(grpc::StatusCode::INTERNAL, "the service failed");
  }
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/desk.h"

#include <exception>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "cloud/attribution/attribution.h"
#include "net/tls.h"

namespace rms::cloud {

Result<Asked> Desk::identify(const grpc::ServerContextBase& context, const v1::RequestContext& request,
                             std::string_view operation) {
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pem.empty()) return Error(Errc::denied, "no client certificate");
  const std::string_view shown(pem.front().data(), pem.front().size());
  RMS_TRY(const auto certificate, net::read_certificate_pem(shown));
  // Asked of the store each time, so that a connector that was removed is refused from the next request on.
  auto connector = connectors_.find_connector(certificate.fingerprint);
  if (connector && !connector->disabled) {
    const auto& words = request.attribution();
    auto record = attribution_record(words.attribution(), words.signature(), certificate.fingerprint, shown);
    auto said = read_attribution(record);
    Result<void> usable = said ? check_use(*said, operation, clock_.wall()) : Result<void>(said.error());
    if (usable)
      return Asked{*std::move(connector), std::move(said->caller),  request.correlation_id(),
                   request.user_agent(),  request.client_address(), std::move(record)};
    log_bad_attribution(*connector, usable.error());
    return std::move(usable).error();
  }
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

void Desk::log_bad_attribution(const ConnectorRecord& connector, const Error& why) {
  if (const auto kept_back = budget_.spend())
    log_.event(Level::warning, Event::unauthorized, "what a connector says of its caller is not good",
               {{"connector", connector.name}, {"error", why.to_string()}, {"not_logged", *kept_back}});
}

// Before any work: whatever is wrong is about what the connector sent, or about the connector.
grpc::Status Desk::refusal_of(const Error& error) {
  using grpc::StatusCode;
  if (error == Errc::signature_invalid || error == Errc::not_valid_now || error == Errc::untrusted)
    return {StatusCode::UNAUTHENTICATED, error.context};
  if (error == Errc::too_large || error == Errc::unsupported) return {StatusCode::INVALID_ARGUMENT, error.context};
  return status_of(error);
}

grpc::Status Desk::status_of(const Error& error, const Asked* asked) {
  using grpc::StatusCode;
  if (error == Errc::denied) return {StatusCode::PERMISSION_DENIED, "this connector is not registered"};
  // Before the work began it is about the caller's message. Afterwards it is about something of ours.
  if (error == Errc::malformed && !asked) return {StatusCode::INVALID_ARGUMENT, error.context};
  if (error == Errc::cancelled) return {StatusCode::CANCELLED, "nobody waits"};
  log_.error("a request was not answered", {{"error", error.to_string()},
                                            {"connector", asked ? asked->connector.name : std::string()},
                                            {"correlation_id", asked ? asked->correlation_id : std::string()}});
  if (error == Errc::unavailable || error == Errc::io_error || error == Errc::corrupt)
    return {StatusCode::UNAVAILABLE, "the service cannot answer now"};
  return {StatusCode::INTERNAL, "the service failed"};
}

grpc::Status Desk::guarded(const std::function<grpc::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    log_.event(Level::error, Event::unhandled, "a request ended by an exception", {{"what", exception.what()}});
    return {grpc::StatusCode::INTERNAL, "the service failed"};
  }
}

}  // namespace rms::cloud

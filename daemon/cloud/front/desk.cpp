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
  auto connector = connectors_.find_connector(certificate.fingerprint);
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

grpc::Status Desk::status_of(const Error& error) {
  using grpc::StatusCode;
  if (error == Errc::denied) return {StatusCode::PERMISSION_DENIED, "this connector is not registered"};
  if (error == Errc::signature_invalid || error == Errc::not_valid_now || error == Errc::untrusted)
    return {StatusCode::UNAUTHENTICATED, error.context};
  if (error == Errc::malformed || error == Errc::too_large || error == Errc::unsupported)
    return {StatusCode::INVALID_ARGUMENT, error.context};
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
  log_.error("a request was not answered",
             {{"error", error.to_string()}, {"connector", connector.name}, {"correlation_id", correlation_id}});
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

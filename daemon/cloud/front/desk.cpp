// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/desk.h"

#include <exception>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "net/tls.h"

namespace rms::cloud {

Result<ConnectorRecord> Desk::identify(const grpc::ServerContextBase& context) {
  const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (pem.empty()) return Error(Errc::denied, "no client certificate");
  RMS_TRY(const auto certificate, net::read_certificate_pem({pem.front().data(), pem.front().size()}));
  // Asked of the store each time, so that a connector that was removed is refused from the next request on.
  auto connector = connectors_.find_connector(certificate.fingerprint);
  if (connector && !connector->disabled) return *std::move(connector);
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

grpc::Status Desk::status_of(const Error& error) {
  using grpc::StatusCode;
  if (error == Errc::denied) return {StatusCode::PERMISSION_DENIED, "this connector is not registered"};
  if (error == Errc::malformed) return {StatusCode::INVALID_ARGUMENT, error.context};
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

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>
#include <variant>

#include <boost/asio/use_awaitable.hpp>

#include "connector/upstream/channel_impl.h"
#include "connector/upstream/status.h"
#include "connector/upstream/unary.h"
#include "connector/upstream/wire.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds kProblemTimeout{1};

// Relative, then on gRPC's monotonic clock: nobody who sets the system's clock moves a deadline.
gpr_timespec grpc_deadline(SteadyTime deadline, SteadyTime now) {
  const auto left =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::max(deadline - now, SteadyTime::duration{}));
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

// Where a request is asked.
template <class Service, class WireRequest, class WireResponse>
struct Method {
  using Response = WireResponse;
  using Async = typename Service::StubInterface::async_interface;

  std::string_view name;  // "rms.v1.Licensing/AcquireLicense"
  typename Service::Stub Stubs::*stub;
  void (Async::*start)(grpc::ClientContext*, const WireRequest*, WireResponse*, UnaryDone);
};

constexpr Method<v1::Certification, v1::CertifyRequest, v1::CertifyResponse> method_of(const soap::CertifyRequest&) {
  return {"rms.v1.Certification/Certify", &Stubs::certification,
          &v1::Certification::StubInterface::async_interface::Certify};
}
constexpr Method<v1::Publishing, v1::GetClientLicensorCertRequest, v1::GetClientLicensorCertResponse> method_of(
    const soap::GetClientLicensorCertRequest&) {
  return {"rms.v1.Publishing/GetClientLicensorCert", &Stubs::publishing,
          &v1::Publishing::StubInterface::async_interface::GetClientLicensorCert};
}
constexpr Method<v1::Licensing, v1::AcquireLicenseRequest, v1::AcquireLicenseResponse> method_of(
    const soap::AcquireLicenseRequest&) {
  return {"rms.v1.Licensing/AcquireLicense", &Stubs::licensing,
          &v1::Licensing::StubInterface::async_interface::AcquireLicense};
}
constexpr Method<v1::Licensing, v1::AcquirePreLicenseRequest, v1::AcquirePreLicenseResponse> method_of(
    const soap::AcquirePreLicenseRequest&) {
  return {"rms.v1.Licensing/AcquirePreLicense", &Stubs::licensing,
          &v1::Licensing::StubInterface::async_interface::AcquirePreLicense};
}
constexpr Method<v1::Publishing, v1::AcquireIssuanceLicenseRequest, v1::AcquireIssuanceLicenseResponse> method_of(
    const soap::AcquireIssuanceLicenseRequest&) {
  return {"rms.v1.Publishing/AcquireIssuanceLicense", &Stubs::publishing,
          &v1::Publishing::StubInterface::async_interface::AcquireIssuanceLicense};
}
constexpr Method<v1::Templates, v1::AcquireTemplateInformationRequest, v1::AcquireTemplateInformationResponse>
method_of(const soap::AcquireTemplateInformationRequest&) {
  return {"rms.v1.Templates/AcquireTemplateInformation", &Stubs::templates,
          &v1::Templates::StubInterface::async_interface::AcquireTemplateInformation};
}
constexpr Method<v1::Templates, v1::AcquireTemplatesRequest, v1::AcquireTemplatesResponse> method_of(
    const soap::AcquireTemplatesRequest&) {
  return {"rms.v1.Templates/AcquireTemplates", &Stubs::templates,
          &v1::Templates::StubInterface::async_interface::AcquireTemplates};
}
constexpr Method<v1::Server, v1::GetLicensorCertificateRequest, v1::GetLicensorCertificateResponse> method_of(
    const soap::GetLicensorCertificateRequest&) {
  return {"rms.v1.Server/GetLicensorCertificate", &Stubs::server,
          &v1::Server::StubInterface::async_interface::GetLicensorCertificate};
}
constexpr Method<v1::Server, v1::FindServiceLocationsRequest, v1::FindServiceLocationsResponse> method_of(
    const soap::FindServiceLocationsRequest&) {
  return {"rms.v1.Server/FindServiceLocationsForUser", &Stubs::server,
          &v1::Server::StubInterface::async_interface::FindServiceLocationsForUser};
}
constexpr Method<v1::Server, v1::GetServerInfoRequest, v1::GetServerInfoResponse> method_of(
    const soap::GetServerInfoRequest&) {
  return {"rms.v1.Server/GetServerInfo", &Stubs::server, &v1::Server::StubInterface::async_interface::GetServerInfo};
}
constexpr Method<v1::Certification, v1::PrecertifyRequest, v1::PrecertifyResponse> method_of(
    const soap::PrecertifyRequest&) {
  return {"rms.v1.Certification/Precertify", &Stubs::certification,
          &v1::Certification::StubInterface::async_interface::Precertify};
}

// The answer that `read` makes of the wire's, or why there is none.
template <class Call, class Response, class Read>
AttemptAt<Call> conclude(std::string_view method, Exchanged<Response>& exchanged, Read read) {
  const int code = static_cast<int>(exchanged.status.error_code());
  if (!exchanged.status.ok()) return {to_error(exchanged.status, method), code, method, exchanged.pushback};
  auto answer = read(exchanged.response);
  if (!answer) return {std::move(answer).error().in(method), code, method};
  return {std::move(answer), code, method};
}

// When the service wants to be asked again, if it says so; what cannot be read means never, as gRPC has it.
std::optional<std::chrono::milliseconds> pushback_of(
    const std::multimap<grpc::string_ref, grpc::string_ref>& trailing) {
  const auto found = trailing.find("grpc-retry-pushback-ms");
  if (found == trailing.end()) return std::nullopt;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(found->second.begin(), found->second.end(), value);
  if (error != std::errc() || end != found->second.end()) value = -1;
  return std::chrono::milliseconds(value);
}

// grpc.health.v1.HealthCheckResponse is one number: 2 is NOT_SERVING.
bool says_not_serving(const grpc::ByteBuffer& response) {
  grpc::Slice bytes;
  if (!response.DumpToSingleSlice(&bytes).ok()) return false;
  constexpr std::string_view kNotServing("\x08\x02", 2);
  return std::string_view(reinterpret_cast<const char*>(bytes.begin()), bytes.size()) == kNotServing;
}

}  // namespace

template <class Response, class Request, class Launch>
asio::awaitable<Exchanged<Response>> Channel::Impl::exchange(Request request, SteadyTime deadline, Launch launch) {
  const auto shared = std::make_shared<UnaryExchange<Request, Response>>();
  shared->request = std::move(request);
  shared->context.set_deadline(grpc_deadline(deadline, clock.steady()));
  const auto self = under_way.insert(under_way.end(), &shared->context);
  grpc::Status status = co_await async_unary(shared, std::move(launch), asio::use_awaitable);
  under_way.erase(self);
  const auto pushback = status.ok() ? std::nullopt : pushback_of(shared->context.GetServerTrailingMetadata());
  co_return Exchanged<Response>{std::move(status), std::move(shared->response), pushback};
}

template <class Request>
asio::awaitable<Attempt> Channel::Impl::ask(const Request& request, const CloudCall& call, unsigned attempt) {
  const auto method = method_of(request);
  auto exchanged = co_await exchange<typename decltype(method)::Response>(
      to_wire(request,
              {call, attempt, connector_id, attributor.words_for(call.identity, soap::operation_of(*call.request))}),
      call.deadline, [this, method](auto& e, UnaryDone done) {
        ((stubs.*method.stub).async()->*method.start)(&e.context, &e.request, &e.response, std::move(done));
      });
  co_return conclude<CloudCall>(method.name, exchanged, [&](auto& response) { return from_wire(response, request); });
}

Channel::Channel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Channel::~Channel() {
  assert(impl_->under_way.empty());
}

asio::awaitable<Attempt> Channel::ask(const CloudCall& call, unsigned attempt) {
  return std::visit([&](const auto& request) { return impl_->ask(request, call, attempt); }, *call.request);
}

asio::awaitable<AttemptAt<HeadCall>> Channel::ask(const HeadCall& call, unsigned) {
  constexpr std::string_view kMethod = "rms.v1.Audit/KeepHead";
  auto exchanged = co_await impl_->exchange<v1::KeepHeadResponse>(
      to_wire(call, impl_->connector_id), call.deadline, [this](auto& e, UnaryDone done) {
        impl_->stubs.audit.async()->KeepHead(&e.context, &e.request, &e.response, std::move(done));
      });
  co_return conclude<HeadCall>(kMethod, exchanged, [](auto& response) { return from_wire(response); });
}

asio::awaitable<Exchanged<grpc::ByteBuffer>> Channel::Impl::ask_for_health(std::chrono::milliseconds patience) {
  // No bytes at all are a message too: the question after the health of the whole server.
  return exchange<grpc::ByteBuffer>(grpc::ByteBuffer(nullptr, 0), clock.steady() + patience,
                                    [this](auto& e, UnaryDone done) {
                                      health.UnaryCall(&e.context, "/grpc.health.v1.Health/Check", grpc::StubOptions(),
                                                       &e.request, &e.response, std::move(done));
                                    });
}

asio::awaitable<ConnectProblem> Channel::problem() {
  const auto [status, response, pushback] = co_await impl_->ask_for_health(kProblemTimeout);
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) co_return ConnectProblem{};
  ConnectProblem problem{classify_connect_failure(status.error_message()), status.error_message()};
  problem = co_await impl_->way.explain(std::move(problem));
  co_return problem;
}

asio::awaitable<ServiceHealth> Channel::check(std::chrono::milliseconds patience) {
  const auto exchanged = co_await impl_->ask_for_health(patience);
  switch (exchanged.status.error_code()) {
    case grpc::StatusCode::OK:
      co_return says_not_serving(exchanged.response) ? ServiceHealth::not_serving : ServiceHealth::serving;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      co_return ServiceHealth::silent;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
      co_return ServiceHealth::away;
    default:
      co_return ServiceHealth::serving;
  }
}

void Channel::cancel_calls() {
  for (grpc::ClientContext* context : impl_->under_way) context->TryCancel();
}

void Channel::connect_now() {
  grpc::experimental::ChannelResetConnectionBackoff(impl_->channel.get());
}

}  // namespace rms::connector

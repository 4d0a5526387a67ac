// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>
#include <chrono>
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

constexpr std::chrono::seconds kHealthTimeout{1};

// Relative, then on gRPC's monotonic clock: nobody who sets the system's clock moves a deadline.
gpr_timespec grpc_deadline(SteadyTime deadline, SteadyTime now) {
  const auto left =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::max(deadline - now, SteadyTime::duration{}));
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

// The wire's answer as ours, or why there is none.
template <class Response, class Request>
Attempt conclude(std::string_view method, const grpc::Status& status, Response& response, const Request& request) {
  const int code = static_cast<int>(status.error_code());
  if (!status.ok()) return {to_error(status, method), code, method};
  auto answer = from_wire(response, request);
  if (!answer) return {std::move(answer).error().in(method), code, method};
  return {std::move(answer), code, method};
}

}  // namespace

template <class Response, class Request, class Launch>
asio::awaitable<std::pair<grpc::Status, Response>> Channel::Impl::exchange(Request request, SteadyTime deadline,
                                                                           Launch launch) {
  const auto shared = std::make_shared<UnaryExchange<Request, Response>>();
  shared->request = std::move(request);
  shared->context.set_deadline(grpc_deadline(deadline, clock.steady()));
  const auto self = under_way.insert(under_way.end(), &shared->context);
  const grpc::Status status = co_await async_unary(shared, std::move(launch), asio::use_awaitable);
  under_way.erase(self);
  co_return std::pair(status, std::move(shared->response));
}

asio::awaitable<Attempt> Channel::Impl::ask(const soap::CertifyRequest& request, const CloudCall& call,
                                            unsigned attempt) {
  auto [status, response] = co_await exchange<v1::CertifyResponse>(
      to_wire(request, {call, attempt, connector_id}), call.deadline,
      [this](auto& e, UnaryDone done) { certification.async()->Certify(&e.context, &e.request, &e.response, done); });
  co_return conclude("rms.v1.Certification/Certify", status, response, request);
}

asio::awaitable<Attempt> Channel::Impl::ask(const soap::GetClientLicensorCertRequest& request, const CloudCall& call,
                                            unsigned attempt) {
  auto [status, response] = co_await exchange<v1::GetClientLicensorCertResponse>(
      to_wire(request, {call, attempt, connector_id}), call.deadline, [this](auto& e, UnaryDone done) {
        publishing.async()->GetClientLicensorCert(&e.context, &e.request, &e.response, done);
      });
  co_return conclude("rms.v1.Publishing/GetClientLicensorCert", status, response, request);
}

asio::awaitable<Attempt> Channel::Impl::ask(const soap::AcquireLicenseRequest& request, const CloudCall& call,
                                            unsigned attempt) {
  auto [status, response] = co_await exchange<v1::AcquireLicenseResponse>(
      to_wire(request, {call, attempt, connector_id}), call.deadline, [this](auto& e, UnaryDone done) {
        licensing.async()->AcquireLicense(&e.context, &e.request, &e.response, done);
      });
  co_return conclude("rms.v1.Licensing/AcquireLicense", status, response, request);
}

Channel::Channel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Channel::~Channel() {
  assert(impl_->under_way.empty());
}

asio::awaitable<Attempt> Channel::ask(const CloudCall& call, unsigned attempt) {
  return std::visit([&](const auto& request) { return impl_->ask(request, call, attempt); }, *call.request);
}

asio::awaitable<ConnectProblem> Channel::problem() {
  auto [status, response] = co_await impl_->exchange<grpc::ByteBuffer>(
      grpc::ByteBuffer(nullptr, 0), impl_->clock.steady() + kHealthTimeout, [this](auto& e, UnaryDone done) {
        // No bytes at all are a message too: the question after the health of the whole server.
        impl_->health.UnaryCall(&e.context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &e.request,
                                &e.response, std::move(done));
      });
  static_cast<void>(response);
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) co_return ConnectProblem{};
  co_return ConnectProblem{classify_connect_failure(status.error_message()), status.error_message()};
}

void Channel::cancel_calls() {
  for (grpc::ClientContext* context : impl_->under_way) context->TryCancel();
}

}  // namespace rms::connector

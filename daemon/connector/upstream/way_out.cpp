// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/way_out.h"

#include <utility>
#include <variant>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/upstream/way_check.h"
#include "kerberos/initiator.h"

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

ProxyClient::TicketSource tickets_of(const ProxySettings& proxy) {
  if (proxy.authentication != ProxyAuthentication::negotiate) return {};
  const auto initiator = std::make_shared<kerberos::Initiator>(
      kerberos::ClientCredentials{proxy.principal, proxy.keytab, proxy.credential_cache});
  return [initiator](const std::string& host) { return initiator->token(host); };
}

// The settings were checked for a certificate that can be read.
WallTime end_of(const std::string& certificate) {
  const auto own = net::read_certificate_pem(certificate);
  return own ? own->not_after : WallTime::max();
}

}  // namespace

WayOut::WayOut(const HostPort& endpoint, WaysOut& all)
    : endpoint_(endpoint),
      all_(all),
      target_("dns:///" + host_and_port(endpoint.host, endpoint.port)),
      authority_(host_and_port(endpoint.host, endpoint.port)),
      probe_(
          all.executor_, endpoint, all.ca_,
          all.proxy_ && goes_through(all.proxy_->settings(), endpoint.host)
              ? host_and_port(all.proxy_->settings().host, all.proxy_->settings().port)
              : std::string(),
          all.pins_, [this](SteadyTime deadline) { return dial(deadline); }, all.clock_) {
  if (!all.proxy_ || !goes_through(all.proxy_->settings(), endpoint.host)) return;
  tunnel_.emplace(all.executor_, endpoint, *all.proxy_, all.log_, all.clock_);
  target_ = tunnel_->target();
}

asio::awaitable<ConnectProblem> WayOut::explain(ConnectProblem by_grpc) {
  if (by_grpc.text.empty()) co_return by_grpc;
  // To TLS 1.3 a refused client looks like one whose connection was closed after the handshake.
  if (all_.clock_.wall() > all_.own_ends_)
    co_return ConnectProblem{ConnectFailure::tls,
                             fmt::format("our own certificate, {}, expired on {:%Y-%m-%dT%H:%M:%SZ} (gRPC: {})",
                                         all_.own_certificate_, fmt::gmtime(all_.own_ends_), by_grpc.text)};
  if (tunnel_ && tunnel_->failure()) co_return ConnectProblem{ConnectFailure::proxy, tunnel_->failure()->text};
  if (by_grpc.kind == ConnectFailure::tls || tunnel_) {
    const std::string words = co_await probe_.look();
    if (!words.empty()) co_return ConnectProblem{ConnectFailure::tls, words + " (gRPC: " + by_grpc.text + ")"};
  }
  if (tunnel_) by_grpc.text = "behind the proxy " + all_.proxy_->settings().host + ": " + by_grpc.text;
  co_return by_grpc;
}

asio::awaitable<std::optional<tcp::socket>> WayOut::dial(SteadyTime deadline) {
  if (tunnel_) {
    auto opened = co_await all_.proxy_->open(endpoint_);
    if (auto* stream = std::get_if<ProxyStream>(&opened)) co_return std::move(stream->socket);
    co_return std::nullopt;
  }
  const auto addresses = co_await look_up(all_.desk_, endpoint_, deadline);
  if (!addresses) co_return std::nullopt;
  tcp::socket socket(all_.executor_);
  const auto [error, chosen] = co_await asio::async_connect(socket, *addresses, asio::as_tuple(asio::use_awaitable));
  static_cast<void>(chosen);
  if (error) co_return std::nullopt;
  co_return std::move(socket);
}

WaysOut::WaysOut(asio::any_io_executor executor, const CloudSettings& settings, const net::PemFiles& pem, Log& log,
                 const Clock& clock, Metrics& metrics)
    : executor_(executor),
      ca_(pem.ca),
      own_certificate_(settings.certificate.string()),
      own_ends_(end_of(pem.certificate_chain)),
      pins_(settings.pins),
      log_(log),
      clock_(clock),
      desk_(executor) {
  if (settings.proxy) proxy_.emplace(executor, *settings.proxy, tickets_of(*settings.proxy), desk_, clock, metrics);
}

WaysOut::~WaysOut() = default;

WayOut& WaysOut::to(const HostPort& endpoint) {
  std::unique_ptr<WayOut>& way = ways_[host_and_port(endpoint.host, endpoint.port)];
  if (!way) way.reset(new WayOut(endpoint, *this));
  return *way;
}

asio::awaitable<void> WaysOut::stop() {
  for (auto& [name, way] : ways_)
    if (way->tunnel_) co_await way->tunnel_->stop();
  co_await desk_.stop();
}

Result<void> check_way_out(const CloudSettings& settings) {
  if (!settings.proxy || settings.proxy->keytab.empty()) return {};
  return kerberos::check_client_keytab(settings.proxy->keytab, settings.proxy->principal);
}

}  // namespace rms::connector

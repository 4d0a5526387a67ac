// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/upstream.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "connector/upstream/channel_impl.h"
#include "connector/upstream/channel_watch.h"
#include "connector/upstream/credentials.h"
#include "connector/upstream/grpc_log.h"
#include "connector/upstream/way_out.h"

namespace rms::connector {
namespace {

// A batch of soap::kMaxBatchItems answers, each a use licence with its chain: 256 KiB apiece is several times what they
// are. What we send is bounded by the listener's body limit, and the service bounds what it takes.
constexpr int kMaxAnswerBytes = 64 * 1024 * 1024;

// docs/decisions/0020: a service that comes back is found within 2.4 s (2 s and gRPC's 20 % of jitter) and a handshake.
// More connections try more seldom, so that all of them together ask one place twice a second; the first that is ready
// calls the others (Channel::connect_now). 30 s are the most: within them a path that is back is found.
constexpr int kFirstBackoffMs = 200;
constexpr int kBackoffMsPerConnection = 500;
constexpr int kLeastMaxBackoffMs = 2'000;
constexpr int kMostMaxBackoffMs = 25'000;  // and 20 %
constexpr int kConnectTimeoutMs = 5'000;   // TCP and TLS together; gRPC's own is 20 s
// Through a proxy there are its name, a ticket and its own connection to wait for, each with a time-out of its own.
constexpr int kTunnelTimeoutMs = 5'000 + static_cast<int>(ProxyTimeouts().whole().count());
// A name that moved is looked up again this soon after a failure; gRPC's own is 30 s.
constexpr int kResolveAgainMs = 5'000;
constexpr int kResolveTimeoutMs = 5'000;  // gRPC's own is 120 s
// With calls under way, data that nobody acknowledges for 20 s ends the connection (setting this turns on
// TCP_USER_TIMEOUT). Pings more often than every 5 min are answered with GOAWAY too_many_pings by a default server.
constexpr int kKeepaliveMs = 310'000;
constexpr int kKeepaliveTimeoutMs = 20'000;

grpc::ChannelArguments arguments(std::size_t slot, std::size_t connections, const WayOut& way) {
  grpc::ChannelArguments args;
  // Channels share connections unless each has its own pool of them and differs in an argument.
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  args.SetInt("rms.connector.slot", static_cast<int>(slot));
  // Nothing outside the settings may send the traffic elsewhere: no proxy from the environment, no policy from DNS.
  args.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // The name that the service's certificate must carry is that of the endpoint, wherever the bytes go first.
  args.SetString(GRPC_ARG_DEFAULT_AUTHORITY, way.authority());
  args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  args.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, std::clamp(static_cast<int>(connections) * kBackoffMsPerConnection,
                                                            kLeastMaxBackoffMs, kMostMaxBackoffMs));
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, way.tunnelled() ? kTunnelTimeoutMs : kConnectTimeoutMs);
  args.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kResolveAgainMs);
  args.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, kResolveTimeoutMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  return args;
}

// The settings were checked for a key that signs.
net::Signer signer(const net::PemFiles& pem) {
  auto made = net::Signer::from_pem(pem.key);
  if (!made) throw std::invalid_argument(made.error().to_string());
  return *std::move(made);
}

ChannelState to_state(grpc_connectivity_state state) {
  switch (state) {
    case GRPC_CHANNEL_CONNECTING:
      return ChannelState::connecting;
    case GRPC_CHANNEL_READY:
      return ChannelState::ready;
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
      return ChannelState::failing;
    default:
      return ChannelState::idle;
  }
}

}  // namespace

struct Upstream::Impl {
  GrpcLog grpc_log;  // first: before any channel
  const Clock& clock;
  WaysOut ways;
  std::size_t connections;
  std::string connector_id;
  Attributor attributor;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  ChannelWatch watch;
};

Upstream::Upstream(boost::asio::any_io_executor executor, const CloudSettings& settings, net::PemFiles pem,
                   std::string connector_id, Log& log, const Clock& clock, Metrics& metrics)
    : impl_(new Impl{GrpcLog(log), clock, WaysOut(executor, settings, pem, log, clock, metrics), settings.connections,
                     std::move(connector_id), Attributor(signer(pem), clock), make_credentials(pem, settings.pins),
                     ChannelWatch(executor)}) {}

Upstream::~Upstream() = default;

std::unique_ptr<Channel> Upstream::connect(const HostPort& endpoint, std::size_t slot,
                                           std::function<void(ChannelState)> on_state) {
  WayOut& way = impl_->ways.to(endpoint);
  auto channel = grpc::CreateCustomChannel(way.target(), impl_->credentials, arguments(slot, impl_->connections, way));
  auto listener = std::make_shared<ChannelWatch::OnState>(
      [report = std::move(on_state)](grpc_connectivity_state state) { report(to_state(state)); });
  impl_->watch.add(channel, listener);
  return std::unique_ptr<Channel>(new Channel(std::make_unique<Channel::Impl>(
      std::move(channel), std::move(listener), impl_->connector_id, impl_->attributor, impl_->clock, way)));
}

boost::asio::awaitable<void> Upstream::stop() {
  return impl_->ways.stop();
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// The rights service as this process reaches it: connections over mutual TLS. No gRPC type leaves this room.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/cloud_client.h"
#include "connector/upstream/head_call.h"
#include "net/tls.h"

namespace rms::connector {

enum class ChannelState {
  idle,        // about to connect
  connecting,  // connecting, or again after a connection was closed
  ready,
  failing,  // the last attempt failed; tries again by itself
};

// What came of asking once.
template <class Call>
struct AttemptAt {
  Result<typename Call::Answer> answer;
  int grpc_code;            // 0..16, as the connection told it: what a retry depends on
  std::string_view method;  // "rms.v1.Licensing/AcquireLicense"
  // When the service said that it may be asked again (grpc-retry-pushback-ms); negative: not at all.
  std::optional<std::chrono::milliseconds> pushback{};
};

using Attempt = AttemptAt<CloudCall>;

struct ConnectProblem {
  ConnectFailure kind = ConnectFailure::other;
  std::string text;  // ours where more is known than gRPC says, else gRPC's own
};

// What a service says of its health (grpc.health.v1.Health/Check).
enum class ServiceHealth {
  serving,      // or it does not know that question, or answered it in another way: it is alive
  not_serving,  // alive, but not to be asked
  silent,       // no answer in time
  away,         // there is no connection
};

// One connection of its own. Loop thread only. It connects, and connects again, by itself: at once when a connection
// was closed, else after 200 ms growing to half a second for each connection to the same place, 2 s at least.
// REQUIRES at destruction: no ask(), check() or problem() is under way.
class Channel {
 public:
  ~Channel();

  // Asks once; does not wait for a connection that is known to be down. `call` is valid as CloudClient says;
  // `attempt` counts from 1. Completes at call.deadline at the latest; cancelling it cancels the call at the service.
  boost::asio::awaitable<Attempt> ask(const CloudCall& call, unsigned attempt);
  boost::asio::awaitable<AttemptAt<HeadCall>> ask(const HeadCall& call, unsigned attempt);

  // Why there is no connection. gRPC tells only those who ask for something: this asks for its health, which never
  // leaves the process while there is no connection. Empty text if there is one after all. Takes at most a
  // second; six if gRPC speaks of TLS, for then we look at the certificate ourselves.
  boost::asio::awaitable<ConnectProblem> problem();

  // Asks for the service's health. Completes after `patience` at the latest.
  boost::asio::awaitable<ServiceHealth> check(std::chrono::milliseconds patience);

  // Makes every call that is under way complete with Errc::cancelled soon.
  void cancel_calls();

  // Tries to connect now if it waits for its next try.
  void connect_now();

 private:
  friend class Upstream;
  struct Impl;
  explicit Channel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Makes connections with one identity. Owns the thread that watches them. While it lives, gRPC's own log goes to `log`
// (grpc_log.h).
// REQUIRES at destruction: its channels are gone and, if there were any, stop() has completed.
class Upstream {
 public:
  // A server's certificate must be signed by `pem.ca`; with settings.pins one of those keys must be in its chain. gRPC
  // keeps its own copy of the key; so do we, to sign what is said of callers. The way is direct or through
  // settings.proxy, as these say and nothing else. REQUIRES: a key that net::Signer takes. Changes of state are posted
  // to `executor`. `log`, `clock` and `metrics` outlive it.
  Upstream(boost::asio::any_io_executor executor, const CloudSettings& settings, net::PemFiles pem,
           std::string connector_id, Log& log, const Clock& clock, Metrics& metrics);
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;
  ~Upstream();

  // Starts to connect to `endpoint`, whose name the server's certificate must carry and which is looked up anew. `slot`
  // makes the connection different from every other one.
  // `on_state` is called on the loop for every change, from ChannelState::idle on; not after the channel is destroyed.
  std::unique_ptr<Channel> connect(const HostPort& endpoint, std::size_t slot,
                                   std::function<void(ChannelState)> on_state);

  // Closes the ways through the proxy. As long as a KDC does not answer, it may take some 20 s. REQUIRES: the channels
  // are gone.
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rms::connector

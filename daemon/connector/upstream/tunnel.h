// SPDX-License-Identifier: Apache-2.0
//
// From gRPC to one target through the proxy: what gRPC's own way through proxies cannot do (Negotiate, telling what
// went wrong) is done here, on our side of the TLS connection, which passes through untouched. For sources of this room
// and its tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/settings/settings.h"
#include "connector/upstream/private_door.h"
#include "connector/upstream/proxy_client.h"
#include "net/task_group.h"

namespace rms::connector {

// Loop thread only. For each connection that this process makes to target() it opens one of its own to the proxy and
// has it connect to `to`; then it carries bytes both ways, 32 KiB at a time, until both sides have ended. If that
// fails, gRPC's connection is closed: it tries again by itself, in its own time. `proxy`, `log` and `clock` outlive it.
// REQUIRES at destruction: stop() has completed.
class Tunnel {
 public:
  static constexpr std::size_t kMostConnections = 256;
  // A write that nobody takes is given up after this, and somewhat later than this the other half of a connection of
  // which one half has ended: gRPC ends both at once, so that is only for what is on its way.
  static constexpr std::chrono::seconds kWritePatience{60}, kLinger{5};

  // Throws boost::system::system_error if the system has no socket left.
  Tunnel(boost::asio::any_io_executor executor, HostPort to, ProxyClient& proxy, Log& log, const Clock& clock);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  // What gRPC connects to.
  const std::string& target() const { return door_.target(); }
  // Why the last attempt did not get through; nullopt if it did, or if there was none.
  const std::optional<ProxyFailure>& failure() const { return failure_; }

  struct Counts {
    std::uint64_t opened = 0, failed = 0;  // in all
    std::uint64_t to_cloud_bytes = 0, from_cloud_bytes = 0;
    std::size_t open = 0;  // now
  };
  const Counts& counts() const { return counts_; }

  // Closes everything; completes when nothing of it runs any more.
  boost::asio::awaitable<void> stop();

 private:
  struct Pair;

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> carry(PrivateDoor::Socket near);
  boost::asio::awaitable<void> both_ways(Pair& pair);
  template <class From, class To>
  boost::asio::awaitable<void> one_way(Pair& pair, From& from, To& to, std::uint64_t& count, SteadyTime& pending);
  boost::asio::awaitable<void> guard(Pair& pair);

  boost::asio::any_io_executor executor_;
  const HostPort to_;
  ProxyClient& proxy_;
  Log& log_;
  const Clock& clock_;
  PrivateDoor door_;
  std::optional<ProxyFailure> failure_;
  Counts counts_;
  net::TaskGroup tasks_;
};

}  // namespace rms::connector

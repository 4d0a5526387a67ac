// SPDX-License-Identifier: Apache-2.0
//
// The connections that one version of the settings asks for: some to each endpoint, all with one identity. Keeps them
// up. Who waits for them, and what is asked over them again, is Pool's concern.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/pool/health.h"
#include "connector/pool/pool_machine.h"
#include "connector/pool/slot.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/upstream.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace rms::connector {

// What stays the same for all fleets of a pool. All of it outlives them.
struct PoolSurroundings {
  boost::asio::any_io_executor executor;
  Log& log;
  Clock& clock;
  Metrics& metrics;
  std::string connector_id;
};

// One slot as /status shows it.
struct SlotStatus {
  std::string state;  // "idle", "connecting", "ready", "failing"
  std::size_t in_flight = 0;
  std::uint64_t connects = 0;
  std::string last_error;  // why the last attempt to connect failed, or why it is not used; empty while it is good
  std::string endpoint;    // "rights.example.com:8443"
  bool serving = true;     // false: the service has said that it is not to be asked
  std::chrono::milliseconds ejected_for{0};  // left alone for so long; zero: it is not
};

// Loop thread only. Each slot's connection is checked when nothing came over it for a while, left alone when calls over
// it fail, made anew when it stays broken, and replaced, without a call that notices, when it is old (slot.h,
// health.h). A connection is destroyed on the loop when its last call has ended. REQUIRES at destruction: it was never
// started, or close() has completed.
class Fleet {
 public:
  // `on_change` is called when there may be a place for who waits, or no hope any more.
  Fleet(const PoolSurroundings& around, const CloudSettings& settings, net::PemFiles pem,
        std::function<void()> on_change);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  // Begins to connect. Once.
  void start();
  // From now on the metrics and the log show this one's slots.
  void show();

  const PoolMachine& machine() const { return machine_; }
  const CloudSettings& settings() const { return settings_; }
  // "a:443, b:443": for messages.
  const std::string& endpoints() const { return endpoints_; }
  std::vector<SlotStatus> slots() const;

  // A place for one call on a connection; gives it back when it goes. Moves.
  class Lease;
  // REQUIRES: machine().pick() chose `slot`.
  Lease take(std::size_t slot);

  // Asks over the connection of `lease`, which outlives the question, and learns from what came of it.
  template <class Call>
  boost::asio::awaitable<AttemptAt<Call>> ask(Lease& lease, const Call& call, unsigned attempt);

  // Every call that is under way ends with Errc::cancelled soon.
  void cancel_calls();
  // Completes when the last call has ended and the connections are closed. Blocks the loop for the moment that joining
  // the watching thread takes.
  boost::asio::awaitable<void> close();

 private:
  class Use;

  const HostPort& address_of(std::size_t slot) const;
  std::unique_ptr<PoolConnection> connect(std::size_t slot);
  void retire(std::unique_ptr<PoolConnection> connection);
  void release(PoolConnection& connection);
  void vacate(PoolConnection& connection);

  void on_state(PoolConnection& connection, ChannelState state);
  void came_up(std::size_t slot);
  void lift_ejections();
  void take_over(std::size_t slot);
  void recreate(std::size_t slot, Renewal why);
  void learn(PoolConnection& connection, bool lost, bool heard);
  bool eject(std::size_t slot, std::string_view why);

  boost::asio::awaitable<void> mind();
  void mind(std::size_t slot, SteadyTime now);
  boost::asio::awaitable<void> explain_failure(std::size_t slot);
  boost::asio::awaitable<void> check(std::size_t slot);
  void judge(std::size_t slot, SlotHealth::Finding finding);
  void news(std::size_t slot);
  void tell(std::size_t slot);
  void show_slot(std::size_t slot);
  SteadyTime next_rotation();

  const PoolSurroundings& around_;
  const CloudSettings settings_;
  const std::string endpoints_;
  const std::function<void()> on_change_;
  PoolMachine machine_;
  Jitter jitter_;
  net::TaskGroup tasks_;
  boost::asio::steady_timer tick_;
  boost::asio::steady_timer released_;  // cancelled when a connection has lost its last user
  bool shown_ = false;
  bool closing_ = false;
  std::vector<std::size_t> servers_;  // by endpoint: as the metrics know it
  std::unique_ptr<Upstream> upstream_;
  std::vector<PoolSlot> slots_;                         // after upstream_: their channels go first
  std::list<std::unique_ptr<PoolConnection>> retired_;  // until their last users have gone
};

class Fleet::Lease {
 public:
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();
  std::size_t slot() const { return connection_->slot; }
  Fleet& fleet() const { return *fleet_; }

 private:
  friend class Fleet;
  Lease(Fleet& fleet, PoolConnection& connection) : fleet_(&fleet), connection_(&connection) {}

  Fleet* fleet_;  // null once it was moved from
  PoolConnection* connection_;
};

}  // namespace rms::connector

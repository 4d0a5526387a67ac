// SPDX-License-Identifier: Apache-2.0
//
// A few connections to the rights service, and who may use which when. Which connection is PoolMachine's decision,
// keeping them up is Fleet's work, whether to ask again is retry.h's rule; this is the part that waits.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/pool/fair_queue.h"
#include "connector/pool/fleet.h"
#include "connector/pool/latency.h"
#include "connector/pool/pool_machine.h"
#include "connector/pool/retry.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/cloud_client.h"
#include "connector/upstream/upstream.h"
#include "net/backoff.h"
#include "net/shedding.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace rms::connector {

struct PoolStatus {
  std::vector<CloudEndpoint> endpoints;
  std::vector<SlotStatus> slots;
  std::size_t queued = 0;
};

// Loop thread only. Connections are kept up by themselves: after an outage nobody has to help.
// A call takes a place on the least loaded connection of the endpoints that are asked first. It waits if all are full,
// if limits.in_flight or its server's share of it is used up, or if none is up but one may soon be: servers take turns
// (FairQueue), and nobody waits for longer than limits.queue_timeout, nor for a connection longer than that since the
// last one was lost. If all have failed it is refused in microseconds.
// REQUIRES at destruction: no call() is under way; after start() that takes stop().
class Pool final : public CloudClient {
 public:
  // How long reconfigure() waits for the last of the new connections to come to something.
  static constexpr std::chrono::seconds kReconfigurePatience{10};
  // How long a call that may be asked again waits because too many ask again already.
  static constexpr std::chrono::seconds kBudgetPatience{2};

  // `connector_id` is how the service's log names us. `log`, `clock` and `metrics` outlive the pool.
  Pool(boost::asio::any_io_executor executor, const CloudSettings& settings, const LimitSettings& limits,
       net::PemFiles pem, Log& log, Clock& clock, Metrics& metrics, std::string connector_id);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() override;

  // Begins to connect. Never fails: a service that is away is waited for. Once.
  void start();

  // Other endpoints, certificates, numbers of connections or limits, while calls are under way: connects beside what
  // there is, and goes over to it when every new connection is ready or has failed once, or after kReconfigurePatience.
  // Calls in hand finish where they are, those that wait take the new ones. If nobody can be reached there, calls are
  // refused as after a start with those settings. Called again before that: the last one counts.
  // REQUIRES: start() was called; a key that net::Signer takes.
  void reconfigure(const CloudSettings& settings, net::PemFiles pem);

  // Other limits on what is on its way and what waits, from now on. Who waits already stays, even if they are more.
  void change_limits(const LimitSettings& limits);

  // As CloudClient says. Errc::overloaded: the queue is full, or it waited too long for a place; the context says which
  // limit. Errc::unavailable also when no connection became ready in time.
  // A call that the service did not answer because the connection broke is asked again, elsewhere if that can be: see
  // retry.h. With CloudSettings::hedge also one that takes longer than most, and the first answer counts.
  // REQUIRES: start() was called.
  boost::asio::awaitable<Result<soap::Response>> call(CloudCall call) override;

  // Has the service keep a head of the audit journal, again if the connection breaks: the same head is kept once.
  // Errors and deadline as with call(); Errc::overloaded also if the service has enough heads of ours for now.
  boost::asio::awaitable<Result<HeadReceipt>> keep_head(HeadCall call);

  PoolStatus status() const;
  // Whether a call would be sent now: a connection is up, and we are not stopping.
  bool ready() const { return fleet_->machine().ready() && !stopping_; }

  // From now on every call, waiting, under way or new, ends with Errc::cancelled; completes when the last has ended and
  // the connections are closed. Blocks the loop for the moment that joining the watching thread takes.
  boost::asio::awaitable<void> stop();

 private:
  class Lease;
  struct Waiter;
  class Presence;
  // One call on its way through its attempts.
  struct Journey {
    std::string flow;  // whose it is
    SteadyTime deadline;
    bool idempotent = false;
    unsigned attempts = 0;
    Avoid avoid;                         // slots of ...
    std::uint64_t generation = 0;        // ... this fleet
    std::optional<net::Backoff> pauses;  // before the next attempts; made when there is one
  };
  template <class Call>
  struct Race;

  // --- pool.cpp
  std::unique_ptr<Fleet> make_fleet(const CloudSettings& settings, net::PemFiles pem);
  boost::asio::awaitable<Result<Lease>> take(Journey& journey);
  boost::asio::awaitable<void> wait_turn(Waiter& waiter, SteadyTime until);
  Error too_busy(Rejection why, const std::string& flow);
  void hand_out();
  void wake_all();
  void fleet_changed();
  void go_over();
  void retire(std::unique_ptr<Fleet> fleet);
  boost::asio::awaitable<void> drain(std::list<std::unique_ptr<Fleet>>::iterator old);
  boost::asio::awaitable<void> go_over_later(std::uint64_t reconfiguration);

  // --- pool_call.cpp
  template <class Call>
  boost::asio::awaitable<Result<typename Call::Answer>> put(Call call, std::string flow, bool idempotent);
  template <class Call>
  boost::asio::awaitable<AttemptAt<Call>> ask(Lease lease, const Call& call, Journey& journey);
  template <class Call>
  boost::asio::awaitable<AttemptAt<Call>> ask_with_hedge(Lease lease, const Call& call, Journey& journey,
                                                         std::chrono::milliseconds slow);
  template <class Call>
  boost::asio::awaitable<void> first_leg(Race<Call>& race);
  template <class Call>
  boost::asio::awaitable<void> second_leg(Race<Call>& race);
  boost::asio::awaitable<std::optional<RetryBudget::Ticket>> permit(Journey& journey,
                                                                    std::optional<std::chrono::milliseconds> pushback);
  boost::asio::awaitable<bool> pause(std::chrono::milliseconds wait);
  bool another_is_free(const Journey& journey) const;
  void avoid(Journey& journey, const Lease& lease);

  const PoolSurroundings around_;
  net::TaskGroup tasks_;
  FairQueue queue_;  // of Waiters, in the frames of take()
  std::chrono::milliseconds patience_;
  net::Shedding shedding_;
  std::size_t calls_ = 0;           // frames of call()
  boost::asio::steady_timer idle_;  // cancelled when the last call has ended
  boost::asio::steady_timer going_over_;
  bool stopping_ = false;
  RetryBudget budget_;
  std::array<Latency, soap::kOperationCount> latencies_;
  SteadyTime patient_until_ = SteadyTime::max();  // max while a connection is up
  std::uint64_t reconfigurations_ = 0;
  std::uint64_t generation_ = 0;  // of fleet_
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Fleet> next_;                // until it takes over
  std::list<std::unique_ptr<Fleet>> retired_;  // until their last calls have ended
};

}  // namespace rms::connector

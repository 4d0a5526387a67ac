// SPDX-License-Identifier: Apache-2.0
//
// A few connections to the rights service, and who may use which when. The decisions are PoolMachine's; this is the
// part that waits, calls and tells.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/pool/fair_queue.h"
#include "connector/pool/pool_machine.h"
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
  struct Slot {
    std::string state;  // "idle", "connecting", "ready", "failing"
    std::size_t in_flight = 0;
    std::uint64_t connects = 0;
    std::string last_error;  // why the last attempt to connect failed; empty while ready
  };
  std::vector<Slot> slots;
  std::size_t queued = 0;
};

// Loop thread only. Connections are kept up by themselves: after an outage nobody has to help.
// A call takes a place on the least loaded connection. It waits if all are full, if limits.in_flight or its server's
// share of it is used up, or if none is up but one may soon be: servers take turns (FairQueue), and nobody waits for
// longer than limits.queue_timeout. If all have failed it is refused in microseconds.
// REQUIRES at destruction: no call() is under way; after start() that takes stop().
class Pool final : public CloudClient {
 public:
  // `connector_id` is how the service's log names us. `log`, `clock` and `metrics` outlive the pool.
  Pool(boost::asio::any_io_executor executor, const CloudSettings& settings, const LimitSettings& limits,
       net::PemFiles pem, Log& log, Clock& clock, Metrics& metrics, std::string connector_id);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() override;

  // Begins to connect. Never fails: a service that is away is waited for. Once.
  void start();

  // As CloudClient says. Errc::overloaded: the queue is full, or it waited too long for a place; the context says which
  // limit. Errc::unavailable also when no connection became ready in time.
  // A call that the service did not answer because the connection broke is asked once more, see retry.h.
  // REQUIRES: start() was called.
  boost::asio::awaitable<Result<soap::Response>> call(CloudCall call) override;

  // Has the service keep a head of the audit journal, once more if the connection breaks: the same head is kept once.
  // Errors and deadline as with call(); Errc::overloaded also if the service has enough heads of ours for now.
  boost::asio::awaitable<Result<HeadReceipt>> keep_head(HeadCall call);

  PoolStatus status() const;
  // Whether a call would be sent now: a connection is up, and we are not stopping.
  bool ready() const { return machine_.ready() && !stopping_; }

  // From now on every call, waiting, under way or new, ends with Errc::cancelled; completes when the last has ended and
  // the connections are closed. Blocks the loop for the moment that joining the watching thread takes.
  boost::asio::awaitable<void> stop();

 private:
  class Lease;
  struct Waiter;
  class Presence;

  boost::asio::awaitable<Result<Lease>> take(const std::string& flow, SteadyTime deadline,
                                             std::optional<std::size_t> avoid);
  boost::asio::awaitable<void> wait_turn(Waiter& waiter, SteadyTime until);
  Error too_busy(Rejection why, const std::string& flow);
  template <class Call>
  boost::asio::awaitable<Result<typename Call::Answer>> put(Call call, std::string flow, bool idempotent);
  template <class Call>
  boost::asio::awaitable<AttemptAt<Call>> ask(Lease lease, const Call& call, unsigned attempt);
  boost::asio::awaitable<bool> pause(SteadyTime deadline);
  boost::asio::awaitable<void> explain_failure(std::size_t slot);
  void on_state(std::size_t slot, ChannelState state);
  void hand_out();
  void wake_all();
  void occupy(const std::string& flow, std::size_t slot);
  void vacate(const std::string& flow, std::size_t slot);

  boost::asio::any_io_executor executor_;
  Log& log_;
  Clock& clock_;
  Metrics& metrics_;
  PoolMachine machine_;
  std::string endpoint_;  // "host:port", for the log
  net::TaskGroup tasks_;
  net::Backoff retry_pause_;
  FairQueue queue_;  // of Waiters, in the frames of take()
  const std::chrono::milliseconds patience_;
  net::Shedding shedding_;
  std::size_t calls_ = 0;           // frames of call()
  boost::asio::steady_timer idle_;  // cancelled when the last call has ended
  bool stopping_ = false;
  std::vector<std::string> last_errors_;
  std::unique_ptr<Upstream> upstream_;
  std::vector<std::unique_ptr<Channel>> channels_;  // after upstream_: they go first
};

}  // namespace rms::connector

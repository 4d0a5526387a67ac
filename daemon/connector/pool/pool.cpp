// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/pool/retry.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

// Before a second attempt: long enough for the watch to notice what died, short against any deadline.
constexpr std::chrono::milliseconds kLongestPause{100};

Error cancelled() {
  return Error(Errc::cancelled, "the caller went away or the connector is stopping");
}

std::string_view to_string(SlotState state) {
  switch (state) {
    case SlotState::idle:
      return "idle";
    case SlotState::connecting:
      return "connecting";
    case SlotState::ready:
      return "ready";
    case SlotState::failing:
      return "failing";
  }
  return "idle";
}

}  // namespace

// A place on a connection, given back when it goes.
class Pool::Lease {
 public:
  Lease(Pool& pool, std::size_t slot) : pool_(&pool), slot_(slot) {}
  Lease(Lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), slot_(other.slot_) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (pool_) pool_->vacate(slot_);
  }
  std::size_t slot() const { return slot_; }

 private:
  Pool* pool_;
  std::size_t slot_;
};

// A call that waits for a place. Whoever grants one has taken the place for it already.
struct Pool::Waiter {
  explicit Waiter(asio::any_io_executor executor) : timer(std::move(executor)) {}
  asio::steady_timer timer;
  std::optional<Lease> granted;
  bool queued = false;
};

// Counts a frame of call(): stop() waits for the last one.
class Pool::Presence {
 public:
  explicit Presence(Pool& pool) : pool_(pool) { ++pool_.calls_; }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    if (--pool_.calls_ == 0) pool_.idle_.cancel();
  }

 private:
  Pool& pool_;
};

Pool::Pool(asio::any_io_executor executor, const CloudSettings& settings, net::PemFiles pem, Log& log, Clock& clock,
           Metrics& metrics, std::string connector_id)
    : executor_(executor),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      machine_(settings.connections, settings.per_connection_in_flight),
      endpoint_(fmt::format("{}:{}", settings.endpoint.host, settings.endpoint.port)),
      tasks_(executor, log, "pool"),
      retry_pause_(kLongestPause, kLongestPause),
      idle_(executor, SteadyTime::max()),
      last_errors_(settings.connections),
      upstream_(std::make_unique<Upstream>(executor, settings, std::move(pem), std::move(connector_id), log, clock,
                                           metrics)) {
  metrics_.upstream(settings.endpoint.host, settings.endpoint.port, settings.connections);
  metrics_.queue_capacity(kQueueEntries);
}

Pool::~Pool() {
  assert(calls_ == 0 && queue_.empty());
}

void Pool::start() {
  assert(channels_.empty() && !stopping_);
  for (std::size_t slot = 0; slot < machine_.size(); ++slot)
    channels_.push_back(upstream_->connect(slot, [this, slot](ChannelState state) { on_state(slot, state); }));
}

asio::awaitable<Result<soap::Response>> Pool::call(CloudCall call) {
  const bool idempotent = is_idempotent(soap::operation_of(*call.request));
  return put(std::move(call), idempotent);
}

asio::awaitable<Result<HeadReceipt>> Pool::keep_head(HeadCall call) {
  return put(std::move(call), true);
}

template <class Call>
asio::awaitable<Result<typename Call::Answer>> Pool::put(Call call, bool idempotent) {
  const Presence presence(*this);
  std::optional<std::size_t> avoid;
  for (unsigned attempt = 1;; ++attempt) {
    Result<Lease> lease = co_await take(call.deadline, avoid);
    if (!lease) co_return std::move(lease).error();
    avoid = lease->slot();
    AttemptAt<Call> outcome = co_await ask(std::move(*lease), call, attempt);
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool gone = stopping_ || state.cancelled() != asio::cancellation_type::none;
    if (gone || !may_repeat(idempotent, outcome.grpc_code, attempt)) co_return std::move(outcome.answer);
    const bool go_on = co_await pause(call.deadline);
    if (!go_on) co_return std::move(outcome.answer);
  }
}

asio::awaitable<Result<Pool::Lease>> Pool::take(SteadyTime deadline, std::optional<std::size_t> avoid) {
  using Choice = PoolMachine::Choice;
  const SteadyTime patience = std::min(deadline, clock_.steady() + kConnectPatience);
  while (true) {
    if (stopping_) co_return cancelled();
    const SteadyTime now = clock_.steady();
    if (now >= deadline) co_return Error(Errc::deadline_exceeded, "no connection to the cloud was free in time");
    const PoolMachine::Pick pick = machine_.pick(avoid);
    if (pick.choice == Choice::use) {
      occupy(pick.slot);
      co_return Lease(*this, pick.slot);
    }
    if (pick.choice == Choice::away || (pick.choice == Choice::connecting && now >= patience))
      co_return Error(Errc::unavailable, "no connection to " + endpoint_);
    if (queue_.size() >= kQueueEntries)
      co_return Error(Errc::overloaded, fmt::format("{} calls wait for a connection already", queue_.size()));

    Waiter waiter(executor_);
    co_await wait_turn(waiter, pick.choice == Choice::full ? deadline : patience);
    const auto state = co_await asio::this_coro::cancellation_state;
    // A place may have been granted just before: it is given back, since after stop() nothing may begin.
    if (stopping_ || state.cancelled() != asio::cancellation_type::none) co_return cancelled();
    if (waiter.granted) co_return std::move(*waiter.granted);
  }
}

// Returns when `waiter` was granted a place, was woken to look again, or has waited until `until`.
asio::awaitable<void> Pool::wait_turn(Waiter& waiter, SteadyTime until) {
  const SteadyTime arrived = clock_.steady();
  waiter.timer.expires_after(until - arrived);
  metrics_.queued();
  const auto place = queue_.insert(queue_.end(), &waiter);
  waiter.queued = true;
  co_await waiter.timer.async_wait(as_tuple_awaitable);
  if (waiter.queued) queue_.erase(place);
  metrics_.dequeued(clock_.steady() - arrived);
}

template <class Call>
asio::awaitable<AttemptAt<Call>> Pool::ask(Lease lease, const Call& call, unsigned attempt) {
  const SteadyTime started = clock_.steady();
  AttemptAt<Call> outcome = co_await channels_[lease.slot()]->ask(call, attempt);
  metrics_.upstream_call(outcome.method, outcome.grpc_code, clock_.steady() - started);
  if (outcome.grpc_code == 0) metrics_.upstream_succeeded(clock_.wall());
  co_return outcome;
}

// Waits a little before a second attempt. False if that would be in vain: the caller went away or the deadline is near.
asio::awaitable<bool> Pool::pause(SteadyTime deadline) {
  const auto wait = retry_pause_.next();
  if (clock_.steady() + wait >= deadline) co_return false;
  asio::steady_timer timer(executor_, wait);
  co_await timer.async_wait(as_tuple_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() == asio::cancellation_type::none;
}

void Pool::on_state(std::size_t slot, ChannelState state) {
  const PoolMachine::Change change = machine_.on_state(slot, state);
  metrics_.upstream_slot(slot, machine_.slot(slot).state);
  if (change == PoolMachine::Change::none || stopping_) return;

  switch (change) {
    case PoolMachine::Change::up:
      last_errors_[slot].clear();
      metrics_.upstream_connected();
      log_.event(Level::info, Event::upstream_up, "a connection to the cloud is ready",
                 {{"slot", slot}, {"endpoint", endpoint_}, {"connects", machine_.slot(slot).connects}});
      break;
    case PoolMachine::Change::dropped:
      // A service that restarts gracefully closes its connections so; if it stays away, `failed` follows at once.
      log_.info("a connection to the cloud was closed; connecting again", {{"slot", slot}, {"endpoint", endpoint_}});
      break;
    case PoolMachine::Change::failed:
      tasks_.spawn(explain_failure(slot));
      break;
    case PoolMachine::Change::none:
      break;
  }
  hand_out();
  if (machine_.pick().choice == PoolMachine::Choice::away) wake_all();  // in vain, so say so now
}

asio::awaitable<void> Pool::explain_failure(std::size_t slot) {
  const ConnectProblem problem = co_await channels_[slot]->problem();
  if (stopping_ || machine_.slot(slot).state != SlotState::failing) co_return;
  last_errors_[slot] = problem.text;
  metrics_.upstream_connect_failed(problem.kind);
  const bool was_up = machine_.slot(slot).connects > 0;
  log_.event(Level::warning, Event::upstream_lost,
             was_up ? "a connection to the cloud was lost; trying again" : "cannot connect to the cloud; trying again",
             {{"slot", slot}, {"endpoint", endpoint_}, {"error", problem.text}});
}

// Gives places that are free to those who wait for one, oldest first.
void Pool::hand_out() {
  while (!queue_.empty()) {
    const PoolMachine::Pick pick = machine_.pick();
    if (pick.choice != PoolMachine::Choice::use) return;
    occupy(pick.slot);
    queue_.front()->granted.emplace(*this, pick.slot);
    wake_first();
  }
}

// They look again at what there is, in the order in which they came.
void Pool::wake_all() {
  while (!queue_.empty()) wake_first();
}

void Pool::wake_first() {
  Waiter& first = *queue_.front();
  queue_.pop_front();
  first.queued = false;
  first.timer.cancel();
}

void Pool::occupy(std::size_t slot) {
  machine_.take(slot);
  metrics_.upstream_in_flight(slot, +1);
}

void Pool::vacate(std::size_t slot) {
  machine_.give_back(slot);
  metrics_.upstream_in_flight(slot, -1);
  if (!stopping_) hand_out();
}

PoolStatus Pool::status() const {
  PoolStatus status;
  for (std::size_t i = 0; i < machine_.size(); ++i) {
    const PoolMachine::Slot& slot = machine_.slot(i);
    status.slots.push_back({std::string(to_string(slot.state)), slot.in_flight, slot.connects, last_errors_[i]});
  }
  status.queued = queue_.size();
  return status;
}

asio::awaitable<void> Pool::stop() {
  stopping_ = true;
  wake_all();
  for (const auto& channel : channels_) channel->cancel_calls();
  while (calls_ > 0) co_await idle_.async_wait(as_tuple_awaitable);
  tasks_.cancel();
  co_await tasks_.wait_empty();
  channels_.clear();
  co_await upstream_->stop();
  upstream_.reset();
}

}  // namespace rms::connector

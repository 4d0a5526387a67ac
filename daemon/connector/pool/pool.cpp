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

// Whose call it is: servers take turns. Two servers of one entry are two.
std::string flow_of(const Identity& identity) {
  return identity.entry + '\n' + identity.principal;
}
std::string_view principal_of(std::string_view flow) {
  return flow.substr(flow.find('\n') + 1);
}
// The connector's own calls: no entry has an empty name.
constexpr std::string_view kOwnFlow = "";

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
  Lease(Pool& pool, std::string flow, std::size_t slot) : pool_(&pool), flow_(std::move(flow)), slot_(slot) {
    pool_->occupy(flow_, slot_);
  }
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), flow_(std::move(other.flow_)), slot_(other.slot_) {}
  Lease& operator=(Lease&&) = delete;
  ~Lease() {
    if (pool_) pool_->vacate(flow_, slot_);
  }
  std::size_t slot() const { return slot_; }

 private:
  Pool* pool_;
  std::string flow_;
  std::size_t slot_;
};

// A call that waits for a place. Whoever grants one has taken the place for it already.
struct Pool::Waiter : FairQueue::Entry {
  Waiter(asio::any_io_executor executor, std::string flow)
      : Entry(std::move(flow)), timer(std::move(executor), SteadyTime::max()) {}
  asio::steady_timer timer;
  std::optional<Lease> granted;
  bool crowded_out = false;
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

Pool::Pool(asio::any_io_executor executor, const CloudSettings& settings, const LimitSettings& limits,
           net::PemFiles pem, Log& log, Clock& clock, Metrics& metrics, std::string connector_id)
    : executor_(executor),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      machine_(settings.connections, settings.per_connection_in_flight),
      endpoint_(fmt::format("{}:{}", settings.endpoint.host, settings.endpoint.port)),
      tasks_(executor, log, "pool"),
      retry_pause_(kLongestPause, kLongestPause),
      queue_({limits.in_flight, limits.per_server_in_flight, limits.queue}),
      patience_(limits.queue_timeout),
      shedding_(log, clock),
      idle_(executor, SteadyTime::max()),
      last_errors_(settings.connections),
      upstream_(std::make_unique<Upstream>(executor, settings.endpoint, std::move(pem), std::move(connector_id), log,
                                           clock)) {
  metrics_.upstream(settings.endpoint.host, settings.endpoint.port, settings.connections);
  metrics_.queue_capacity(limits.queue);
}

Pool::~Pool() {
  assert(calls_ == 0 && queue_.size() == 0);
}

void Pool::start() {
  assert(channels_.empty() && !stopping_);
  for (std::size_t slot = 0; slot < machine_.size(); ++slot)
    channels_.push_back(upstream_->connect(slot, [this, slot](ChannelState state) { on_state(slot, state); }));
}

asio::awaitable<Result<soap::Response>> Pool::call(CloudCall call) {
  const bool idempotent = is_idempotent(soap::operation_of(*call.request));
  std::string flow = flow_of(call.identity);
  return put(std::move(call), std::move(flow), idempotent);
}

asio::awaitable<Result<HeadReceipt>> Pool::keep_head(HeadCall call) {
  return put(std::move(call), std::string(kOwnFlow), true);
}

template <class Call>
asio::awaitable<Result<typename Call::Answer>> Pool::put(Call call, std::string flow, bool idempotent) {
  const Presence presence(*this);
  std::optional<std::size_t> avoid;
  for (unsigned attempt = 1;; ++attempt) {
    Result<Lease> lease = co_await take(flow, call.deadline, avoid);
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

asio::awaitable<Result<Pool::Lease>> Pool::take(const std::string& flow, SteadyTime deadline,
                                                std::optional<std::size_t> avoid) {
  using Choice = PoolMachine::Choice;
  const SteadyTime patience = std::min(deadline, clock_.steady() + patience_);
  while (true) {
    if (stopping_) co_return cancelled();
    const SteadyTime now = clock_.steady();
    if (now >= deadline) co_return Error(Errc::deadline_exceeded, "no connection to the cloud was free in time");
    const PoolMachine::Pick pick = machine_.pick(avoid);
    if (pick.choice == Choice::use && queue_.may_go(flow)) co_return Lease(*this, flow, pick.slot);
    if (pick.choice == Choice::away || (pick.choice == Choice::connecting && now >= patience))
      co_return Error(Errc::unavailable, "no connection to " + endpoint_);
    if (now >= patience) co_return too_busy(Rejection::queue_timeout, flow);

    Waiter waiter(executor_, flow);
    co_await wait_turn(waiter, patience);
    const auto state = co_await asio::this_coro::cancellation_state;
    // A place may have been granted just before: it is given back, since after stop() nothing may begin.
    if (stopping_ || state.cancelled() != asio::cancellation_type::none) co_return cancelled();
    if (waiter.crowded_out) co_return too_busy(Rejection::queue_full, flow);
    if (waiter.granted) co_return std::move(*waiter.granted);
  }
}

// Returns when `waiter` was granted a place or crowded out, was woken to look again, or has waited until `until`.
asio::awaitable<void> Pool::wait_turn(Waiter& waiter, SteadyTime until) {
  const SteadyTime arrived = clock_.steady();
  waiter.timer.expires_after(until - arrived);
  if (FairQueue::Entry* out = queue_.join(waiter)) {
    auto& loser = static_cast<Waiter&>(*out);
    loser.crowded_out = true;
    loser.timer.cancel();
    if (out == &waiter) co_return;
  }
  metrics_.queued();
  co_await waiter.timer.async_wait(as_tuple_awaitable);
  queue_.leave(waiter);
  metrics_.dequeued(clock_.steady() - arrived);
}

Error Pool::too_busy(Rejection why, const std::string& flow) {
  metrics_.request_rejected(why);
  std::string text = why == Rejection::queue_full
                         ? fmt::format("{} calls wait already (limits.queue)", queue_.limits().entries)
                         : fmt::format("no place was free within {} ms (limits.queue_timeout)", patience_.count());
  shedding_.refused(text, principal_of(flow));
  return Error(Errc::overloaded, std::move(text));
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

// Gives places that are free to those who wait for one, server by server in turn.
void Pool::hand_out() {
  for (;;) {
    const PoolMachine::Pick pick = machine_.pick();
    if (pick.choice != PoolMachine::Choice::use) return;
    FairQueue::Entry* const next = queue_.next();
    if (next == nullptr) return;
    auto& waiter = static_cast<Waiter&>(*next);
    waiter.granted.emplace(*this, waiter.flow(), pick.slot);
    waiter.timer.cancel();
  }
}

// They look again at what there is.
void Pool::wake_all() {
  while (FairQueue::Entry* const entry = queue_.any()) static_cast<Waiter&>(*entry).timer.cancel();
}

void Pool::occupy(const std::string& flow, std::size_t slot) {
  machine_.take(slot);
  queue_.went(flow);
  metrics_.upstream_in_flight(slot, +1);
}

void Pool::vacate(const std::string& flow, std::size_t slot) {
  machine_.give_back(slot);
  queue_.came_back(flow);
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
  co_await tasks_.wait_empty();
  channels_.clear();
  upstream_.reset();
}

}  // namespace rms::connector

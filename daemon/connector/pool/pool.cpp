// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/pool/waiter.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

Error cancelled() {
  return Error(Errc::cancelled, "the caller went away or the connector is stopping");
}

std::string_view principal_of(std::string_view flow) {
  return flow.substr(flow.find('\n') + 1);
}

Error too_late() {
  return Error(Errc::deadline_exceeded, "no connection to the cloud was free in time");
}

}  // namespace

Pool::Pool(asio::any_io_executor executor, const CloudSettings& settings, const LimitSettings& limits,
           net::PemFiles pem, Log& log, Clock& clock, Metrics& metrics, std::string connector_id)
    : around_{executor, log, clock, metrics, std::move(connector_id)},
      tasks_(executor, log, "pool"),
      queue_({limits.in_flight, limits.per_server_in_flight, limits.queue}),
      patience_(limits.queue_timeout),
      shedding_(log, clock),
      idle_(executor, SteadyTime::max()),
      going_over_(executor),
      fleet_(make_fleet(settings, std::move(pem))) {
  metrics.queue_capacity(limits.queue);
}

Pool::~Pool() {
  assert(calls_ == 0 && queue_.size() == 0 && !next_ && retired_.empty());
}

std::unique_ptr<Fleet> Pool::make_fleet(const CloudSettings& settings, net::PemFiles pem) {
  return std::make_unique<Fleet>(around_, settings, std::move(pem), [this] { fleet_changed(); });
}

void Pool::start() {
  patient_until_ = around_.clock.steady() + patience_;
  fleet_->show();
  fleet_->start();
}

// --- other settings

void Pool::reconfigure(const CloudSettings& settings, net::PemFiles pem) {
  if (stopping_) return;
  auto made = make_fleet(settings, std::move(pem));
  if (next_) retire(std::move(next_));
  next_ = std::move(made);
  next_->start();
  going_over_.expires_after(kReconfigurePatience);
  tasks_.spawn(go_over_later(++reconfigurations_));
}

asio::awaitable<void> Pool::go_over_later(std::uint64_t reconfiguration) {
  const auto [error] = co_await going_over_.async_wait(as_tuple_awaitable);
  if (!error && !stopping_ && next_ && reconfiguration == reconfigurations_) go_over();
}

void Pool::go_over() {
  ++generation_;
  going_over_.cancel();
  retire(std::exchange(fleet_, std::move(next_)));
  fleet_->show();
  around_.log.info("the connections to the cloud are those of the new settings",
                   {{"endpoints", fleet_->endpoints()}, {"ready", fleet_->machine().ready() ? "yes" : "no"}});
  patient_until_ = SteadyTime::max();
  fleet_changed();
  wake_all();
}

void Pool::retire(std::unique_ptr<Fleet> fleet) {
  const auto place = retired_.insert(retired_.end(), std::move(fleet));
  tasks_.spawn(drain(place));
}

asio::awaitable<void> Pool::drain(std::list<std::unique_ptr<Fleet>>::iterator old) {
  co_await (*old)->close();
  retired_.erase(old);
}

// --- waiting for a place

void Pool::fleet_changed() {
  if (stopping_) return;
  if (next_ && next_->machine().settled()) return go_over();
  const PoolMachine& machine = fleet_->machine();
  if (machine.ready())
    patient_until_ = SteadyTime::max();
  else if (patient_until_ == SteadyTime::max())
    patient_until_ = around_.clock.steady() + patience_;
  if (queue_.size() == 0) return;
  hand_out();
  if (machine.pick().choice == PoolMachine::Choice::away) wake_all();  // in vain, so say so now
}

asio::awaitable<Result<Pool::Lease>> Pool::take(Journey& journey) {
  using Choice = PoolMachine::Choice;
  const SteadyTime patience = std::min(journey.deadline, around_.clock.steady() + patience_);
  while (true) {
    if (stopping_) co_return cancelled();
    const SteadyTime now = around_.clock.steady();
    if (now >= journey.deadline) {
      around_.metrics.call_expired();
      co_return too_late();
    }
    if (journey.generation != generation_) journey.avoid = {}, journey.generation = generation_;
    const PoolMachine::Pick pick = fleet_->machine().pick(journey.avoid);
    if (pick.choice == Choice::use && queue_.may_go(journey.flow))
      co_return Lease(*this, journey.flow, fleet_->take(pick.slot));
    const bool connecting = pick.choice == Choice::connecting;
    if (pick.choice == Choice::away || (connecting && now >= std::min(patience, patient_until_)))
      co_return Error(Errc::unavailable, "no connection to " + fleet_->endpoints());
    if (now >= patience) co_return too_busy(Rejection::queue_timeout, journey.flow);

    Waiter waiter(around_.executor, journey.flow, journey.avoid, generation_);
    co_await wait_turn(waiter, connecting ? std::min(patience, patient_until_) : patience);
    const auto state = co_await asio::this_coro::cancellation_state;
    // A place may have been granted just before: it is given back, since after stop() nothing may begin.
    if (stopping_ || state.cancelled() != asio::cancellation_type::none) co_return cancelled();
    if (waiter.crowded_out) co_return too_busy(Rejection::queue_full, journey.flow);
    if (waiter.granted && around_.clock.steady() < journey.deadline) co_return std::move(*waiter.granted);
  }
}

// Returns when `waiter` was granted a place or crowded out, was woken to look again, or has waited until `until`.
asio::awaitable<void> Pool::wait_turn(Waiter& waiter, SteadyTime until) {
  const SteadyTime arrived = around_.clock.steady();
  waiter.timer.expires_after(until - arrived);
  if (FairQueue::Entry* out = queue_.join(waiter)) {
    auto& loser = static_cast<Waiter&>(*out);
    loser.crowded_out = true;
    loser.timer.cancel();
    if (out == &waiter) co_return;
  }
  around_.metrics.queued();
  co_await waiter.timer.async_wait(as_tuple_awaitable);
  queue_.leave(waiter);
  around_.metrics.dequeued(around_.clock.steady() - arrived);
}

Error Pool::too_busy(Rejection why, const std::string& flow) {
  around_.metrics.request_rejected(why);
  std::string text = why == Rejection::queue_full
                         ? fmt::format("{} calls wait already (limits.queue)", queue_.limits().entries)
                         : fmt::format("no place was free within {} ms (limits.queue_timeout)", patience_.count());
  shedding_.refused(text, principal_of(flow));
  return Error(Errc::overloaded, std::move(text));
}

// Gives places that are free to those who wait for one, server by server in turn.
void Pool::change_limits(const LimitSettings& limits) {
  queue_.change({limits.in_flight, limits.per_server_in_flight, limits.queue});
  patience_ = limits.queue_timeout;
  around_.metrics.queue_capacity(limits.queue);
  if (!stopping_) hand_out();
}

void Pool::hand_out() {
  for (;;) {
    PoolMachine::Pick pick = fleet_->machine().pick();
    if (pick.choice != PoolMachine::Choice::use) return;
    FairQueue::Entry* const next = queue_.next();
    if (next == nullptr) return;
    auto& waiter = static_cast<Waiter&>(*next);
    if (waiter.generation == generation_)
      if (const PoolMachine::Pick other = fleet_->machine().pick(waiter.avoid);
          other.choice == PoolMachine::Choice::use)
        pick = other;
    waiter.granted.emplace(*this, waiter.flow(), fleet_->take(pick.slot));
    waiter.timer.cancel();
  }
}

// They look again at what there is.
void Pool::wake_all() {
  while (FairQueue::Entry* const entry = queue_.any()) static_cast<Waiter&>(*entry).timer.cancel();
}

// --- what there is, and the end

PoolStatus Pool::status() const {
  return {fleet_->settings().endpoints, fleet_->slots(), queue_.size()};
}

asio::awaitable<void> Pool::stop() {
  stopping_ = true;
  going_over_.cancel();
  wake_all();
  fleet_->cancel_calls();
  for (const auto& old : retired_) old->cancel_calls();
  while (calls_ > 0) co_await idle_.async_wait(as_tuple_awaitable);
  co_await tasks_.wait_empty();
  if (next_) co_await next_->close();
  next_.reset();
  co_await fleet_->close();
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/fleet.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rms::connector {
namespace asio = boost::asio;
namespace {

constexpr int kCancelled = 1, kDeadlineExceeded = 4, kUnavailable = 14;  // grpc/status.h

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

std::string joined(const std::vector<CloudEndpoint>& endpoints) {
  std::string text;
  for (const CloudEndpoint& endpoint : endpoints) text += (text.empty() ? "" : ", ") + to_string(endpoint.address);
  return text;
}

}  // namespace

// Keeps a connection for a question of our own.
class Fleet::Use {
 public:
  Use(Fleet& fleet, PoolConnection& connection) : fleet_(fleet), connection_(connection) { ++connection_.uses; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { fleet_.release(connection_); }

 private:
  Fleet& fleet_;
  PoolConnection& connection_;
};

Fleet::Lease::Lease(Lease&& other) noexcept
    : fleet_(std::exchange(other.fleet_, nullptr)), connection_(other.connection_) {}

Fleet::Lease::~Lease() {
  if (fleet_ != nullptr) fleet_->vacate(*connection_);
}

Fleet::Fleet(const PoolSurroundings& around, const CloudSettings& settings, net::PemFiles pem,
             std::function<void()> on_change)
    : around_(around),
      settings_(settings),
      endpoints_(joined(settings.endpoints)),
      on_change_(std::move(on_change)),
      machine_(settings_.endpoints, settings.connections, settings.per_connection_in_flight),
      tasks_(around.executor, around.log, "connections to the cloud"),
      tick_(around.executor),
      released_(around.executor, SteadyTime::max()),
      upstream_(std::make_unique<Upstream>(around.executor, settings, std::move(pem), around.connector_id, around.log,
                                           around.clock, around.metrics)) {
  for (const CloudEndpoint& endpoint : settings_.endpoints)
    servers_.push_back(around_.metrics.upstream_server(endpoint.address));
}

Fleet::~Fleet() {
  assert(retired_.empty());
}

void Fleet::start() {
  assert(slots_.empty() && !closing_);
  const SteadyTime now = around_.clock.steady();
  slots_.reserve(machine_.size());
  for (std::size_t i = 0; i < machine_.size(); ++i) {
    PoolSlot& slot = slots_.emplace_back(jitter_, now);
    slot.rotate_at = next_rotation();
    slot.now = connect(i);
  }
  tasks_.spawn(mind());
}

void Fleet::show() {
  shown_ = true;
  around_.metrics.upstream_slots(machine_.size());
  for (std::size_t i = 0; i < machine_.size(); ++i) show_slot(i);
}

// --- connections

const HostPort& Fleet::address_of(std::size_t slot) const {
  return settings_.endpoints[machine_.slot(slot).endpoint].address;
}

std::unique_ptr<PoolConnection> Fleet::connect(std::size_t slot) {
  auto made = std::make_unique<PoolConnection>(slot, around_.clock.steady());
  PoolConnection* const connection = made.get();
  made->channel = upstream_->connect(address_of(slot), slot,
                                     [this, connection](ChannelState state) { on_state(*connection, state); });
  return made;
}

void Fleet::retire(std::unique_ptr<PoolConnection> connection) {
  connection->retired = true;
  if (connection->uses > 0) retired_.push_back(std::move(connection));
}

// A user has gone.
void Fleet::release(PoolConnection& connection) {
  if (--connection.uses > 0) return;
  if (connection.retired) retired_.remove_if([&](const auto& retired) { return retired.get() == &connection; });
  released_.cancel();
}

Fleet::Lease Fleet::take(std::size_t slot) {
  machine_.take(slot);
  around_.metrics.upstream_in_flight(slot, +1);
  PoolConnection& connection = *slots_[slot].now;
  ++connection.uses;
  if (++connection.calls == 1) slots_[slot].health.sent(around_.clock.steady());
  return Lease(*this, connection);
}

void Fleet::vacate(PoolConnection& connection) {
  around_.metrics.upstream_in_flight(connection.slot, -1);
  if (!connection.retired) machine_.give_back(connection.slot);
  --connection.calls;
  release(connection);
  on_change_();
}

// --- what the watch says

void Fleet::on_state(PoolConnection& connection, ChannelState state) {
  connection.state = state;
  if (connection.retired || closing_) return;
  const std::size_t index = connection.slot;
  PoolSlot& slot = slots_[index];
  if (slot.next.get() == &connection) {
    if (state == ChannelState::ready) take_over(index);
    return;
  }
  const bool first_failure = state == ChannelState::failing && !std::exchange(connection.explained, true);
  const PoolMachine::Change change = machine_.on_state(index, state);
  show_slot(index);
  if (change == PoolMachine::Change::failed || first_failure) tasks_.spawn(explain_failure(index));
  switch (change) {
    case PoolMachine::Change::none:
      return;
    case PoolMachine::Change::up:
      came_up(index);
      break;
    case PoolMachine::Change::dropped:
      // A service that restarts gracefully closes its connections so; if it stays away, `failed` follows at once.
      around_.log.debug("a connection to the cloud was closed; connecting again",
                        {{"slot", index}, {"endpoint", to_string(address_of(index))}});
      break;
    case PoolMachine::Change::failed:
      slot.recreate_at = around_.clock.steady() + PoolSlot::kFirstRecreation + slot.recreation.next();
      break;
  }
  on_change_();
}

// The slot's connection is ready, and nothing is held against it.
void Fleet::came_up(std::size_t index) {
  PoolSlot& slot = slots_[index];
  machine_.restore(index);
  machine_.set_serving(index, true);
  slot.health.renewed(around_.clock.steady());
  slot.recreate_at.reset();
  slot.recreation.reset();
  slot.last_error.clear();
  around_.metrics.upstream_connected();
  news(index);
  // Where one came through, others will.
  for (std::size_t other = 0; other < slots_.size(); ++other)
    if (machine_.slot(other).endpoint == machine_.slot(index).endpoint &&
        machine_.slot(other).state == SlotState::failing)
      slots_[other].now->channel->connect_now();
}

// The next connection is ready: calls go over it from now on; those in hand finish where they are.
void Fleet::take_over(std::size_t index) {
  PoolSlot& slot = slots_[index];
  retire(std::exchange(slot.now, std::move(slot.next)));
  machine_.renew(index, SlotState::ready);
  slot.rotate_at = next_rotation();
  around_.metrics.upstream_renewed(Renewal::rotated);
  around_.log.debug("a connection to the cloud was replaced",
                    {{"slot", index}, {"endpoint", to_string(address_of(index))}});
  came_up(index);
  show_slot(index);
  on_change_();
}

// Makes the slot's connection anew: there is nothing to keep of it.
void Fleet::recreate(std::size_t index, Renewal why) {
  PoolSlot& slot = slots_[index];
  slot.now->dead = true;
  slot.now->channel->cancel_calls();
  retire(std::move(slot.now));
  slot.now = connect(index);
  machine_.renew(index, SlotState::failing);
  const SteadyTime now = around_.clock.steady();
  slot.health.renewed(now);
  slot.recreate_at = now + PoolSlot::kFirstRecreation + slot.recreation.next();
  around_.metrics.upstream_renewed(why);
  show_slot(index);
  on_change_();
}

SteadyTime Fleet::next_rotation() {
  if (settings_.rotate_every.count() == 0) return SteadyTime::max();
  return around_.clock.steady() + jitter_.around(settings_.rotate_every);
}

// --- what calls say

template <class Call>
asio::awaitable<AttemptAt<Call>> Fleet::ask(Lease& lease, const Call& call, unsigned attempt) {
  PoolConnection& connection = *lease.connection_;
  const SteadyTime started = around_.clock.steady();
  AttemptAt<Call> outcome = co_await connection.channel->ask(call, attempt);
  const SteadyTime now = around_.clock.steady();
  const auto state = co_await asio::this_coro::cancellation_state;
  if (connection.dead && outcome.grpc_code == kCancelled && state.cancelled() == asio::cancellation_type::none) {
    outcome.grpc_code = kUnavailable;
    outcome.answer = Error(Errc::unavailable, "nothing came over the connection to the cloud any more");
  }
  around_.metrics.upstream_call(servers_[machine_.slot(connection.slot).endpoint], outcome.method, outcome.grpc_code,
                                now - started);
  if (outcome.grpc_code == 0) around_.metrics.upstream_succeeded(around_.clock.wall());
  const bool own_deadline = outcome.grpc_code == kDeadlineExceeded && now >= call.deadline;
  const bool lost = own_deadline || outcome.grpc_code == kUnavailable;
  learn(connection, lost, !lost && outcome.grpc_code != kCancelled);
  co_return outcome;
}

template asio::awaitable<AttemptAt<CloudCall>> Fleet::ask(Lease&, const CloudCall&, unsigned);
template asio::awaitable<AttemptAt<HeadCall>> Fleet::ask(Lease&, const HeadCall&, unsigned);

// `lost`: the call was not answered. `heard`: it was. Neither: its caller went away.
void Fleet::learn(PoolConnection& connection, bool lost, bool heard) {
  if (connection.retired || closing_) return;
  const std::size_t index = connection.slot;
  SlotHealth& health = slots_[index].health;
  const bool on_trial = machine_.slot(index).standing == PoolMachine::Standing::trial;
  if (lost) health.lost();
  if (heard) health.heard(around_.clock.steady());
  if (!on_trial) return;  // the watch may be about to say that the connection is down: mind() decides
  if (lost) eject(index, "its trial call was not answered either");
  if (heard) {
    machine_.restore(index);
    slots_[index].last_error.clear();
    news(index);
    on_change_();
  }
}

bool Fleet::eject(std::size_t index, std::string_view why) {
  if (!machine_.eject(index)) return false;
  PoolSlot& slot = slots_[index];
  slot.health.ejected(around_.clock.steady());
  slot.last_error = why;
  around_.metrics.upstream_ejected();
  news(index);
  on_change_();
  return true;
}

// All are as bad, so it is none of them.
void Fleet::lift_ejections() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].health.forgiven();
    if (machine_.slot(i).standing == PoolMachine::Standing::good) continue;
    machine_.restore(i);
    slots_[i].last_error.clear();
    news(i);
  }
  on_change_();
}

// --- looking after them

asio::awaitable<void> Fleet::mind() {
  constexpr std::chrono::milliseconds kTick{100};
  for (;;) {
    tick_.expires_after(kTick);
    co_await tick_.async_wait(asio::use_awaitable);
    const SteadyTime now = around_.clock.steady();
    for (std::size_t i = 0; i < slots_.size(); ++i) mind(i, now);
  }
}

void Fleet::mind(std::size_t index, SteadyTime now) {
  constexpr std::chrono::seconds kRotationPatience{15};
  constexpr std::chrono::minutes kRotationAgain{1};
  PoolSlot& slot = slots_[index];
  if (slot.next && (slot.next->state == ChannelState::failing || now - slot.next->made > kRotationPatience)) {
    slot.next.reset();  // the old one does as well
    slot.rotate_at = now + jitter_.around(kRotationAgain);
  }
  if (machine_.slot(index).state == SlotState::ready) {
    if (slot.health.eject_due() && !eject(index, "calls over it were not answered, several in a row")) lift_ejections();
    if (slot.health.trial_due(now)) {
      machine_.try_again(index);
      on_change_();
    }
    if (now >= slot.rotate_at && !slot.next) slot.next = connect(index);
    if (slot.health.check_due(now, slot.now->calls > 0)) {
      slot.health.check_began();
      tasks_.spawn(check(index));
    }
  } else if (slot.recreate_at && now >= *slot.recreate_at) {
    recreate(index, Renewal::failing);
  }
  tell(index);
}

asio::awaitable<void> Fleet::check(std::size_t index) {
  PoolConnection& connection = *slots_[index].now;
  const Use use(*this, connection);
  const ServiceHealth said = co_await connection.channel->check(SlotHealth::kCheckPatience);
  if (connection.retired || closing_) co_return;
  if (said != ServiceHealth::away)
    around_.metrics.upstream_checked(said == ServiceHealth::serving       ? HealthCheck::serving
                                     : said == ServiceHealth::not_serving ? HealthCheck::not_serving
                                                                          : HealthCheck::no_answer);
  judge(index, slots_[index].health.checked(said, around_.clock.steady()));
}

void Fleet::judge(std::size_t index, SlotHealth::Finding finding) {
  using Finding = SlotHealth::Finding;
  PoolSlot& slot = slots_[index];
  switch (finding) {
    case Finding::fine:
    case Finding::not_serving: {
      const bool serving = finding == Finding::fine;
      if (machine_.slot(index).serving == serving) return;
      machine_.set_serving(index, serving);
      slot.last_error = serving ? "" : "the service says that it is not serving";
      news(index);
      return on_change_();
    }
    case Finding::silent:
      static_cast<void>(eject(index, "a health check was not answered"));
      for (std::size_t other = 0; other < slots_.size(); ++other)
        if (other != index && machine_.slot(other).endpoint == machine_.slot(index).endpoint)
          slots_[other].health.suspect();
      return;
    case Finding::dead:
      slot.last_error = "nothing comes over it any more";
      recreate(index, Renewal::silent);
      return news(index);
    case Finding::nothing:
      return;
  }
}

// --- what is said

asio::awaitable<void> Fleet::explain_failure(std::size_t index) {
  PoolConnection& connection = *slots_[index].now;
  const Use use(*this, connection);
  const ConnectProblem problem = co_await connection.channel->problem();
  if (connection.retired || closing_ || machine_.slot(index).state != SlotState::failing || problem.text.empty())
    co_return;
  PoolSlot& slot = slots_[index];
  if (slot.last_error != problem.text) slot.told_good.reset();  // another reason is news
  slot.last_error = problem.text;
  around_.metrics.upstream_connect_failed(problem.kind);
  news(index);
}

// The slot has become better or worse. Said once; when that happens again and again, only so often.
void Fleet::news(std::size_t index) {
  ++slots_[index].untold;
  tell(index);
}

void Fleet::tell(std::size_t index) {
  PoolSlot& slot = slots_[index];
  const PoolMachine::Slot& known = machine_.slot(index);
  const bool good = machine_.usable(index);
  if (slot.untold == 0 || slot.told_good == good || !slot.lines.spend(around_.clock.steady())) return;
  const std::uint64_t since = std::exchange(slot.untold, 0) - 1;  // that were not told
  const std::string endpoint = to_string(address_of(index));
  slot.told_good = good;
  if (good) {
    around_.log.event(
        Level::info, Event::upstream_up, "a connection to the cloud is ready",
        {{"slot", index}, {"endpoint", endpoint}, {"connects", known.connects}, {"changes_untold", since}});
    return;
  }
  const char* const what = known.state == SlotState::ready
                               ? "a connection to the cloud is left alone for a while"
                               : (known.connects > 0 ? "a connection to the cloud was lost; trying again"
                                                     : "cannot connect to the cloud; trying again");
  around_.log.event(Level::warning, Event::upstream_lost, what,
                    {{"slot", index}, {"endpoint", endpoint}, {"error", slot.last_error}, {"changes_untold", since}});
}

void Fleet::show_slot(std::size_t index) {
  if (shown_) around_.metrics.upstream_slot(index, machine_.slot(index).state);
}

std::vector<SlotStatus> Fleet::slots() const {
  std::vector<SlotStatus> all;
  const SteadyTime now = around_.clock.steady();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const PoolMachine::Slot& known = machine_.slot(i);
    const PoolSlot& slot = slots_[i];
    SlotStatus& status = all.emplace_back();
    status.state = to_string(known.state);
    status.in_flight = known.in_flight;
    status.connects = known.connects;
    status.last_error = slot.last_error;
    status.endpoint = to_string(address_of(i));
    status.serving = known.serving;
    if (slot.health.is_ejected() && slot.health.ejected_until() > now)
      status.ejected_for = std::chrono::ceil<std::chrono::milliseconds>(slot.health.ejected_until() - now);
  }
  return all;
}

// --- the end

void Fleet::cancel_calls() {
  for (const PoolSlot& slot : slots_)
    if (slot.now) slot.now->channel->cancel_calls();
  for (const auto& connection : retired_) connection->channel->cancel_calls();
}

asio::awaitable<void> Fleet::close() {
  constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);
  if (!upstream_) co_return;  // closed already
  closing_ = true;
  tasks_.cancel();
  co_await tasks_.wait_empty();
  const auto used = [this] {
    return !retired_.empty() || std::any_of(slots_.begin(), slots_.end(),
                                            [](const PoolSlot& slot) { return slot.now && slot.now->uses > 0; });
  };
  while (used()) co_await released_.async_wait(as_tuple_awaitable);
  slots_.clear();
  co_await upstream_->stop();
  upstream_.reset();
}

}  // namespace rms::connector

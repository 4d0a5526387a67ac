// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool_machine.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace rms::connector {

PoolMachine::PoolMachine(std::span<const CloudEndpoint> endpoints, std::size_t connections, std::size_t per_slot)
    : slots_(endpoints.size() * connections), per_slot_(per_slot) {
  assert(!slots_.empty() && per_slot > 0);
  for (const CloudEndpoint& endpoint : endpoints) endpoints_.push_back({endpoint.priority, endpoint.weight});
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].endpoint = i / connections;
}

PoolMachine::Change PoolMachine::on_state(std::size_t index, ChannelState state) {
  Slot& slot = slots_[index];
  switch (state) {
    case ChannelState::ready:
      if (slot.state == SlotState::ready) return Change::none;
      slot.state = SlotState::ready;
      ++slot.connects;
      return Change::up;
    case ChannelState::failing:
      if (slot.state == SlotState::failing) return Change::none;
      slot.state = SlotState::failing;
      return Change::failed;
    case ChannelState::idle:
    case ChannelState::connecting:
      // Once an attempt has failed, trying again is not news, and nobody should wait for it.
      if (slot.state == SlotState::failing) return Change::none;
      return std::exchange(slot.state, SlotState::connecting) == SlotState::ready ? Change::dropped : Change::none;
  }
  return Change::none;
}

void PoolMachine::renew(std::size_t index, SlotState state) {
  Slot& slot = slots_[index];
  const std::uint64_t connects = slot.connects + (state == SlotState::ready ? 1 : 0);
  slot = {.endpoint = slot.endpoint,
          .state = state,
          .standing = Standing::good,
          .serving = true,
          .on_trial = false,
          .in_flight = 0,
          .connects = connects,
          .last_taken = slot.last_taken};
}

bool PoolMachine::eject(std::size_t index) {
  bool another = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) another |= i != index && usable(i);
  if (!another) return false;
  slots_[index].standing = Standing::ejected;
  slots_[index].on_trial = false;
  return true;
}

void PoolMachine::try_again(std::size_t index) {
  assert(slots_[index].standing == Standing::ejected);
  slots_[index].standing = Standing::trial;
}

void PoolMachine::restore(std::size_t index) {
  slots_[index].standing = Standing::good;
  slots_[index].on_trial = false;
}

bool PoolMachine::candidate(const Slot& slot, bool even_ejected) const {
  if (!is_ready(slot)) return false;
  return even_ejected || slot.standing == Standing::good || (slot.standing == Standing::trial && !slot.on_trial);
}

bool PoolMachine::usable(std::size_t index) const {
  return candidate(slots_[index], false);
}

// Whether a call that avoids `avoid` should go even to another priority rather than here.
bool PoolMachine::has_failed(std::size_t index, const Avoid& avoid) const {
  std::size_t of_the_endpoint = 0;
  for (const std::size_t failed : avoid.slots()) {
    if (failed == index) return true;
    of_the_endpoint += slots_[failed].endpoint == slots_[index].endpoint ? 1 : 0;
  }
  return of_the_endpoint > 1;
}

unsigned PoolMachine::best_tier(bool even_ejected, const Avoid& avoid) const {
  unsigned any = kNobody, unblemished = kNobody;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!candidate(slots_[i], even_ejected)) continue;
    const unsigned tier = endpoints_[slots_[i].endpoint].priority;
    any = std::min(any, tier);
    if (!has_failed(i, avoid)) unblemished = std::min(unblemished, tier);
  }
  return unblemished != kNobody ? unblemished : any;
}

PoolMachine::Pick PoolMachine::pick_from(unsigned tier, bool even_ejected, const Avoid& avoid) const {
  using Cost = std::tuple<bool, bool, double, double, std::uint64_t>;  // the less the better, the first counts most
  Pick best{Choice::full};
  Cost least;
  for (std::size_t index = 0; index < slots_.size(); ++index) {
    const Slot& slot = slots_[index];
    const Endpoint& endpoint = endpoints_[slot.endpoint];
    if (endpoint.priority != tier || !candidate(slot, even_ejected) || slot.in_flight >= per_slot_) continue;
    bool endpoint_failed = false;
    for (const std::size_t failed : avoid.slots()) endpoint_failed |= slots_[failed].endpoint == slot.endpoint;
    const Cost cost{has_failed(index, avoid), endpoint_failed,
                    static_cast<double>(slot.in_flight) / static_cast<double>(endpoint.weight),
                    std::max(endpoint.served, served_), slot.last_taken};
    if (best.choice == Choice::use && cost >= least) continue;
    best = {Choice::use, index};
    least = cost;
  }
  return best;
}

PoolMachine::Pick PoolMachine::pick(const Avoid& avoid) const {
  for (const bool even_ejected : {false, true})
    if (const unsigned tier = best_tier(even_ejected, avoid); tier != kNobody)
      return pick_from(tier, even_ejected, avoid);
  const bool any_connecting = std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) {
    return slot.state == SlotState::connecting || slot.state == SlotState::idle;
  });
  return {any_connecting ? Choice::connecting : Choice::away};
}

void PoolMachine::take(std::size_t index) {
  Slot& slot = slots_[index];
  assert(slot.in_flight < per_slot_);
  ++slot.in_flight;
  if (slot.standing == Standing::trial) slot.on_trial = true;
  slot.last_taken = ++taken_;
  Endpoint& endpoint = endpoints_[slot.endpoint];
  served_ = std::max(served_, endpoint.served);
  endpoint.served = served_ + 1.0 / endpoint.weight;
}

void PoolMachine::give_back(std::size_t index) {
  Slot& slot = slots_[index];
  assert(slot.in_flight > 0);
  --slot.in_flight;
  slot.on_trial = false;  // it was decided before, or nothing was learned
}

bool PoolMachine::ready() const {
  return std::any_of(slots_.begin(), slots_.end(), [this](const Slot& slot) { return is_ready(slot); });
}

bool PoolMachine::settled() const {
  return std::all_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.state == SlotState::failing || slot.connects > 0; });
}

std::size_t PoolMachine::in_flight() const {
  std::size_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.in_flight;
  return sum;
}

}  // namespace rms::connector

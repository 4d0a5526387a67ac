// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool_machine.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace rms::connector {

PoolMachine::PoolMachine(std::size_t slots, std::size_t per_slot) : slots_(slots), per_slot_(per_slot) {
  assert(slots > 0 && per_slot > 0);
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

PoolMachine::Pick PoolMachine::pick(std::optional<std::size_t> avoid) const {
  std::optional<std::size_t> best;
  bool any_ready = false, any_connecting = false;
  for (std::size_t step = 0; step < slots_.size(); ++step) {
    const std::size_t index = (turn_ + step) % slots_.size();
    const Slot& slot = slots_[index];
    any_ready |= slot.state == SlotState::ready;
    any_connecting |= slot.state == SlotState::connecting || slot.state == SlotState::idle;
    if (slot.state != SlotState::ready || slot.in_flight >= per_slot_) continue;
    const bool better = !best || best == avoid || (index != avoid && slot.in_flight < slots_[*best].in_flight);
    if (better) best = index;
  }
  if (best) return {Choice::use, *best};
  if (any_ready) return {Choice::full};
  return {any_connecting ? Choice::connecting : Choice::away};
}

void PoolMachine::take(std::size_t index) {
  assert(slots_[index].in_flight < per_slot_);
  ++slots_[index].in_flight;
  turn_ = (index + 1) % slots_.size();
}

void PoolMachine::give_back(std::size_t index) {
  assert(slots_[index].in_flight > 0);
  --slots_[index].in_flight;
}

bool PoolMachine::ready() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.state == SlotState::ready; });
}

std::size_t PoolMachine::in_flight() const {
  std::size_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.in_flight;
  return sum;
}

}  // namespace rms::connector

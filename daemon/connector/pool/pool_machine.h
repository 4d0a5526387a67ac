// SPDX-License-Identifier: Apache-2.0
//
// What the pool decides, without I/O, clocks or threads: which slot takes a call, what to do when none can, and what a
// change of a connection's state amounts to.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/upstream.h"

namespace rms::connector {

// The slots that failed one call before: the newest few of them.
class Avoid {
 public:
  void add(std::size_t slot) { slots_[added_++ % slots_.size()] = slot; }
  std::span<const std::size_t> slots() const { return std::span(slots_).first(std::min(added_, slots_.size())); }

 private:
  std::array<std::size_t, 4> slots_{};
  std::size_t added_ = 0;
};

// A slot is a place for one connection to one endpoint; `connections` of them in a row belong to each endpoint.
class PoolMachine {
 public:
  // REQUIRES: at least one endpoint, weights > 0, both numbers > 0. `per_slot`: calls in flight on one connection;
  // beyond the peer's limit on streams gRPC would queue without telling anyone.
  PoolMachine(std::span<const CloudEndpoint> endpoints, std::size_t connections, std::size_t per_slot);

  // Whether a slot that is ready may be used.
  enum class Standing {
    good,
    ejected,  // calls over it failed: left alone for a while
    trial,    // that while is over: one call may try it
  };
  struct Slot {
    std::size_t endpoint = 0;
    SlotState state = SlotState::idle;
    Standing standing = Standing::good;
    bool serving = true;    // false: the service said that it is not to be asked
    bool on_trial = false;  // the one call that tries it is under way
    std::size_t in_flight = 0;
    std::uint64_t connects = 0;
    std::uint64_t last_taken = 0;  // the number of the call; 0: never
  };

  // --- what is learned of a slot

  enum class Change {
    none,
    up,       // ready, for the first time or again
    dropped,  // was ready, was closed, is being connected again: a GOAWAY looks like this, a peer that died too
    failed,   // an attempt to connect failed, and the last thing we knew was better
  };
  Change on_state(std::size_t slot, ChannelState state);
  // Another connection stands in the slot from now on: with nothing in flight, nothing against it, and in this state.
  void renew(std::size_t slot, SlotState state);
  void set_serving(std::size_t slot, bool serving) { slots_[slot].serving = serving; }
  // False, and nothing changes, if no other slot could take its calls. Then the fault is hardly the connection's.
  bool eject(std::size_t slot);
  void try_again(std::size_t slot);  // REQUIRES: it is ejected
  void restore(std::size_t slot);    // to good standing

  // --- who takes the next call

  enum class Choice {
    use,         // take `slot`
    full,        // every slot that may be used is at its limit
    connecting,  // none may be used, but one has not failed yet: it may be ready in a moment
    away,        // the service cannot be reached now
  };
  struct Pick {
    Choice choice;
    std::size_t slot = 0;
  };
  // Of the endpoints with the lowest number for priority that have a usable slot: the slot with the least in flight for
  // its weight; equal ones take turns, by weight. What failed the same call before is avoided: its endpoint if another
  // one has the same priority; the slot itself, and an endpoint that failed it twice, even if that leads to the next
  // priority. When all of one priority are full, calls wait: the next one is for failures, not for load.
  // If nothing may be used but what is ejected, that is used: perhaps is better than no.
  Pick pick(const Avoid& avoid = {}) const;

  // One more, one less call in flight. REQUIRES for take(): pick() said so.
  void take(std::size_t slot);
  void give_back(std::size_t slot);

  const Slot& slot(std::size_t index) const { return slots_[index]; }
  std::size_t size() const { return slots_.size(); }
  // Whether a call may be sent over it, were there room.
  bool usable(std::size_t slot) const;
  bool ready() const;    // some slot is usable, or ejected and would be used
  bool settled() const;  // every slot has become ready or has failed since the start
  std::size_t in_flight() const;

 private:
  struct Endpoint {
    unsigned priority, weight;
    double served = 0;  // what it has taken so far, divided by its weight; for turns
  };
  static constexpr unsigned kNobody = ~0U;

  bool is_ready(const Slot& slot) const { return slot.state == SlotState::ready && slot.serving; }
  bool candidate(const Slot& slot, bool even_ejected) const;
  bool has_failed(std::size_t slot, const Avoid& avoid) const;
  unsigned best_tier(bool even_ejected, const Avoid& avoid) const;
  Pick pick_from(unsigned tier, bool even_ejected, const Avoid& avoid) const;

  std::vector<Endpoint> endpoints_;
  std::vector<Slot> slots_;
  const std::size_t per_slot_;
  std::uint64_t taken_ = 0;  // calls, in all
  double served_ = 0;        // of the endpoint that took the last call: who was away does not catch up
};

}  // namespace rms::connector

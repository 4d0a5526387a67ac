// SPDX-License-Identifier: Apache-2.0
//
// What the pool decides, without I/O, clocks or threads: which slot takes a call, what to do when none can, and what a
// change of a connection's state amounts to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "connector/telemetry/metrics.h"
#include "connector/upstream/upstream.h"

namespace rms::connector {

class PoolMachine {
 public:
  // REQUIRES: both > 0. `per_slot`: calls in flight on one connection; beyond the peer's limit on streams gRPC would
  // queue without telling anyone.
  PoolMachine(std::size_t slots, std::size_t per_slot);

  enum class Change {
    none,
    up,       // ready, for the first time or again
    dropped,  // was ready, was closed, is being connected again: a GOAWAY looks like this, a peer that died too
    failed,   // an attempt to connect failed, and the last thing we knew was better
  };
  Change on_state(std::size_t slot, ChannelState state);

  enum class Choice {
    use,         // take `slot`
    full,        // every ready slot is at its limit
    connecting,  // none is ready, but one has not failed yet: it may be ready in a moment
    away,        // every slot has failed: the service cannot be reached now
  };
  struct Pick {
    Choice choice;
    std::size_t slot = 0;
  };
  // The ready slot with the least in flight and room for more; among equals they take turns. `avoid` is taken only if
  // there is no other: it failed the same call before.
  Pick pick(std::optional<std::size_t> avoid = std::nullopt) const;

  // One more, one less call in flight. REQUIRES for take(): pick() said so.
  void take(std::size_t slot);
  void give_back(std::size_t slot);

  struct Slot {
    SlotState state = SlotState::idle;
    std::size_t in_flight = 0;
    std::uint64_t connects = 0;
  };
  const Slot& slot(std::size_t index) const { return slots_[index]; }
  std::size_t size() const { return slots_.size(); }
  bool ready() const;
  std::size_t in_flight() const;

 private:
  std::vector<Slot> slots_;
  const std::size_t per_slot_;
  std::size_t turn_ = 0;  // where the search begins
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// What a fleet keeps of each of its slots.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "connector/pool/health.h"
#include "connector/upstream/upstream.h"
#include "net/backoff.h"

namespace rms::connector {

// One connection from the day it is made until nobody uses it any more.
//
//   made ──▶ the slot's next (while another one is in use) ──ready──▶ the slot's own ──another took its place──▶
//   retired
//        └─▶ the slot's own (if there is none that works)                                   └─ its last user ─▶
//        destroyed
struct PoolConnection {
  PoolConnection(std::size_t in, SteadyTime now) : slot(in), made(now) {}

  const std::size_t slot;
  const SteadyTime made;
  ChannelState state = ChannelState::idle;
  std::size_t calls = 0;  // under way
  std::size_t uses = 0;   // those, and questions of our own: it is not destroyed before they end
  bool retired = false;
  bool explained = false;  // why it failed for the first time was asked
  bool dead = false;       // nothing comes over it: its calls were told to end
  std::unique_ptr<Channel> channel;
};

// How often a slot may be spoken of: a few lines at once, then one a minute.
class LineBudget {
 public:
  static constexpr unsigned kBurst = 4;
  static constexpr std::chrono::minutes kEvery{1};

  // Whether to write a line now.
  bool spend(SteadyTime now) {
    while (spent_ > 0 && now >= since_ + kEvery) {
      --spent_;
      since_ += kEvery;
    }
    if (spent_ == kBurst) return false;
    if (spent_++ == 0) since_ = now;
    return true;
  }

 private:
  unsigned spent_ = 0;
  SteadyTime since_;  // when the oldest that is not given back was spent; of interest if there are any
};

struct PoolSlot {
  // After it has failed for this long a connection is made anew, which looks its name up again; then ever more seldom,
  // at random, so that connectors do not come in step. The first try of each takes up to 5 s.
  static constexpr std::chrono::milliseconds kFirstRecreation{5'000};
  static constexpr std::chrono::milliseconds kLongestRecreation{25'000};

  PoolSlot(Jitter& jitter, SteadyTime made) : health(jitter, made) {}

  std::unique_ptr<PoolConnection> now;   // in use; null before start and after close
  std::unique_ptr<PoolConnection> next;  // to take its place when it is ready
  SlotHealth health;
  net::Backoff recreation{kFirstRecreation, kLongestRecreation};
  std::optional<SteadyTime> recreate_at;  // set while it is failing
  SteadyTime rotate_at = SteadyTime::max();

  std::string last_error;  // why the last attempt to connect failed, or what is held against it; empty while it is good
  LineBudget lines;
  std::uint64_t untold = 0;       // changes since the last line
  std::optional<bool> told_good;  // what the last line said; nullopt: there was none, or it is true no more
};

}  // namespace rms::connector

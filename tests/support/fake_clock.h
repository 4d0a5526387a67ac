// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/clock.h"

namespace rms::test {

// Stands still until it is moved. Any thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime now) : wall_(now) {}
  WallTime wall() const override { return wall_; }
  SteadyTime steady() const override { return steady_; }

  void set(WallTime now) { wall_ = now; }
  void advance(std::chrono::nanoseconds by) {
    wall_ = wall_.load() + std::chrono::duration_cast<WallTime::duration>(by);
    steady_ = steady_.load() + std::chrono::duration_cast<SteadyTime::duration>(by);
  }

 private:
  std::atomic<WallTime> wall_;
  std::atomic<SteadyTime> steady_{SteadyTime()};
};

}  // namespace rms::test

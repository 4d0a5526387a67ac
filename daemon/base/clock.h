// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace rms {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

// What time it is. Any thread; never fails. Tests pass a FakeClock; programs pass SystemClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;      // For certificates, licences and logs.
  virtual SteadyTime steady() const = 0;  // For deadlines and intervals.
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace rms

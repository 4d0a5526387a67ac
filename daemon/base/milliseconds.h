// SPDX-License-Identifier: Apache-2.0
//
// Times as messages carry them: milliseconds since 1970, UTC. Pure; any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace rms {

// The end of the year 9999: a later time no calendar has, and nobody can print.
inline constexpr std::int64_t kLastMilliseconds = 253'402'300'799'999;

inline std::int64_t to_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// A time that WallTime cannot hold becomes the first or the last that it can (the years 1677 and 2262).
inline WallTime from_milliseconds(std::int64_t since_1970) {
  using std::chrono::milliseconds;
  const auto least = std::chrono::ceil<milliseconds>(WallTime::min().time_since_epoch());
  const auto most = std::chrono::floor<milliseconds>(WallTime::max().time_since_epoch());
  return WallTime(std::clamp(milliseconds(since_1970), least, most));
}

}  // namespace rms

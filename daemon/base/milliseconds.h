// SPDX-License-Identifier: Apache-2.0
//
// Times as messages carry them: milliseconds since 1970, UTC. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace rms {

// The end of the year 9999: a later time no calendar has, and nobody can print.
inline constexpr std::int64_t kLastMilliseconds = 253'402'300'799'999;

inline std::int64_t to_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

inline WallTime from_milliseconds(std::int64_t since_1970) {
  return WallTime(std::chrono::milliseconds(since_1970));
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/clock.h"
#include "xrml/content.h"

namespace rms::cloud {

// XrML's clock has minutes.
inline xrml::Time to_xrml_time(WallTime t) {
  return std::chrono::floor<std::chrono::minutes>(t);
}

// What we issue is valid from a little before now, for machines whose clocks are behind ours (MS-RMPR 2.2.9.5: 15
// minutes), and what they made may be as much ahead.
inline constexpr std::chrono::minutes kClockTolerance{15};

}  // namespace rms::cloud

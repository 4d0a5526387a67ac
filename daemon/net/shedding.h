// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"

namespace rms::net {

// Tells the log that somebody is refused for want of room (Event::shedding): at the first time, and then once a minute
// at most, with how many were since. One thread.
class Shedding {
 public:
  static constexpr std::chrono::minutes kEvery{1};

  // Both outlive it.
  Shedding(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  // One more. `why` names the limit; `who` met it.
  void refused(std::string_view why, std::string_view who);

 private:
  Log& log_;
  const Clock& clock_;
  std::optional<SteadyTime> said_;
  std::size_t refused_ = 0;  // since then
};

}  // namespace rms::net

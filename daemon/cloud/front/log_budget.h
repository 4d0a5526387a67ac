// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace rms::cloud {

// Bounds how often others can make us write a log line: a burst, then one a second. Any thread.
class LogBudget {
 public:
  explicit LogBudget(const Clock& clock, double burst = 10) : clock_(clock), burst_(burst), left_(burst) {}

  // Whether to write this line, and how many were kept back since the last that was written.
  std::optional<std::uint64_t> spend() {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.steady();
    if (last_) left_ = std::min(burst_, left_ + std::chrono::duration<double>(now - *last_).count());
    last_ = now;
    if (left_ < 1) {
      ++kept_back_;
      return std::nullopt;
    }
    left_ -= 1;
    return std::exchange(kept_back_, 0);
  }

 private:
  const Clock& clock_;
  const double burst_;
  std::mutex mutex_;  // guards what follows
  double left_;
  std::optional<SteadyTime> last_;
  std::uint64_t kept_back_ = 0;
};

}  // namespace rms::cloud

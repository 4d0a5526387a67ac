// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace rms::net {

// Full jitter: each wait is random between zero and a ceiling that doubles from `first` to `cap`.
// A value without clocks or sockets; one thread.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap, std::uint64_t seed = std::random_device{}())
      : first_(first), cap_(cap), ceiling_(first), random_(seed) {}

  // How long to wait before the next try.
  std::chrono::milliseconds next();
  // Health has lasted: start from `first` again.
  void reset() { ceiling_ = first_; }
  std::chrono::milliseconds ceiling() const { return ceiling_; }

 private:
  std::chrono::milliseconds first_, cap_, ceiling_;
  std::mt19937_64 random_;
};

}  // namespace rms::net

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

// When those who are turned away together shall come back, so that they do not come back together: each is told a
// random number of seconds from `least` to `most`. One thread.
class Scatter {
 public:
  Scatter(std::chrono::seconds least, std::chrono::seconds most, std::uint64_t seed = std::random_device{}())
      : seconds_(least.count(), most.count()), random_(seed) {}
  std::chrono::seconds next() { return std::chrono::seconds(seconds_(random_)); }

 private:
  std::uniform_int_distribution<std::chrono::seconds::rep> seconds_;
  std::mt19937_64 random_;
};

}  // namespace rms::net

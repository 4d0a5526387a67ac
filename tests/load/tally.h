// SPDX-License-Identifier: Apache-2.0
//
// What became of the requests of a load.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rms::load {

enum class Outcome {
  good,           // 2xx, and in it what was asked for
  wrong,          // 2xx, but not what was asked for
  fault,          // 500: the service refused, or something broke
  denied,         // 403
  too_many,       // 429
  unavailable,    // 503
  other,          // another status
  not_connected,  // no connection could be made
  lost,           // the connection ended without an answer
  timed_out,      // nothing came in time
};
inline constexpr std::size_t kOutcomes = 10;
std::string_view to_string(Outcome outcome);

// Counts and times. A value; one thread.
class Tally {
 public:
  // A request that began so long after the load did. `latency` counts from when it should have been sent.
  void add(std::chrono::microseconds began, std::chrono::microseconds latency, Outcome outcome);
  // Everything of another thread's.
  void merge(Tally&& other);

  // {"seconds", "requests", "rate", "unsent", "counts", "latency_ms", "failures_ms", "by_second"}. latency_ms is that
  // of good answers; "failed" are all others, failures_ms theirs. "unsent": how many were due at `rate` and not sent,
  // because every caller still waited for another answer.
  std::string json(std::chrono::microseconds took, double rate);

 private:
  struct Second {
    std::vector<std::uint32_t> good;  // microseconds
    std::size_t failed = 0;
  };
  std::array<std::size_t, kOutcomes> counts_{};
  std::vector<Second> seconds_;  // by when they began
  std::vector<std::uint32_t> failures_;
};

}  // namespace rms::load

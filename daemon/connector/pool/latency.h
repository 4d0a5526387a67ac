// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace rms::connector {

// How long something usually takes, in a fixed amount of memory: four buckets to each doubling from 1 ms to a minute.
// What is old counts less and less: after every kHalveAfter samples all counts are halved. Pure; one thread.
class Latency {
 public:
  using Duration = std::chrono::nanoseconds;
  static constexpr std::uint32_t kEnough = 50;  // samples before anything is said
  static constexpr std::uint32_t kHalveAfter = 1024;

  void add(Duration took);
  // What 95 of 100 do not take longer than, up to 19 % more than that; nullopt: too little is known.
  std::optional<std::chrono::milliseconds> p95() const;

 private:
  static constexpr std::size_t kBuckets = 64;
  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint32_t total_ = 0;
};

}  // namespace rms::connector

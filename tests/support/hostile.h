// SPDX-License-Identifier: Apache-2.0
//
// The claim that no input costs more than 100 bytes of memory for each of its bytes, or more than linear time, held
// against inputs that try: each at one, two and four times a size.
#pragma once

#include <array>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "support/cost.h"

namespace rms::test {

inline std::string times(std::size_t n, std::string_view what) {
  std::string all;
  all.reserve(n * what.size());
  for (std::size_t i = 0; i < n; ++i) all += what;
  return all;
}

// `what` so often that it makes about `bytes`.
inline std::string filled(std::size_t bytes, std::string_view what) {
  return times(bytes / what.size(), what);
}

// About `bytes` of `what`, each # in it replaced by another number.
inline std::string numbered(std::size_t bytes, std::string_view what) {
  std::string all;
  for (std::size_t i = 100'000; all.size() < bytes; ++i)
    for (const char c : what) c == '#' ? all += std::to_string(i) : all += c;
  return all;
}

struct Hostile {
  const char* name;
  std::function<std::string(std::size_t bytes)> make;  // an input of about so many bytes
  bool is_read = true;                                 // or refused: what that costs counts, too
  std::size_t bytes = 100'000;                         // the size to start from
};
inline void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

// What does not grow with the input: the objects around it, and a vector's first steps.
inline constexpr std::size_t kFixedBytes = 64 * 1024;

// `read`: takes the input, returns whether it was read.
inline void expect_modest(const Hostile& hostile, const std::function<bool(std::string)>& read,
                          std::size_t fixed_bytes = kFixedBytes) {
  std::array<Cost, 3> costs;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    std::string input = hostile.make(hostile.bytes << i);
    const std::size_t size = input.size();
    bool is_read = false;
    costs[i] = cost_of([&] { is_read = read(std::move(input)); });
    EXPECT_EQ(is_read, hostile.is_read) << size << " bytes";
    EXPECT_LE(costs[i].peak_bytes, 100 * size + fixed_bytes) << size << " bytes";
    testing::Test::RecordProperty("bytes_per_byte_" + std::to_string(i), static_cast<int>(costs[i].peak_bytes / size));
    testing::Test::RecordProperty("work_per_byte_" + std::to_string(i), static_cast<int>(costs[i].work / size));
  }
  // Twice the step costs twice as much: four times, were it the square of it. What is the same at every size falls out.
  const auto step = [&](std::size_t i) {
    return static_cast<double>(costs[i + 1].work) - static_cast<double>(costs[i].work);
  };
  EXPECT_LE(step(1), 2.6 * std::max(step(0), 1'000.0))
      << costs[0].work << ", " << costs[1].work << ", " << costs[2].work;
}

}  // namespace rms::test

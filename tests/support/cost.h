// SPDX-License-Identifier: Apache-2.0
//
// What something costs, counted and never timed: the same on every machine, however busy it is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rms::test {

struct Cost {
  std::size_t peak_bytes = 0;  // most memory that was held at once on top of what was held before
  // Basic blocks that ran in the code compiled for it (tests/unit/cost.cmake; none elsewhere), and bytes that memcmp,
  // memcpy and their like went over, in whatever library. Under a sanitizer, which has its own, blocks alone.
  std::uint64_t work = 0;
};

// Allocations of the whole program are counted, C libraries' too: one at a time.
void start_counting();
Cost stop_counting();

// REQUIRES: `use` starts no thread.
template <class Use>
Cost cost_of(Use use) {
  start_counting();
  use();
  return stop_counting();
}

}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// Feeds a target its seeds: what libFuzzer starts from and what it found once. They run with every compiler and
// sanitizer of ours, where libFuzzer does not.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/support.h"

namespace rms::fuzz {
namespace {

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The suite is named after the target.
TEST(RMS_FUZZ_TARGET, HoldsForEachSeed) {
  std::vector<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(RMS_FUZZ_SEEDS)) seeds.push_back(entry.path());
  std::ranges::sort(seeds);
  ASSERT_FALSE(seeds.empty());
  for (const auto& seed : seeds) {
    SCOPED_TRACE(seed.filename());
    const auto bytes = bytes_of(seed);
    EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }
}

TEST(RMS_FUZZ_TARGET, HoldsForNothing) {
  EXPECT_EQ(LLVMFuzzerTestOneInput(nullptr, 0), 0);
}

}  // namespace
}  // namespace rms::fuzz

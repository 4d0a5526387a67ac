// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/latency.h"

#include <algorithm>
#include <cmath>

namespace rms::connector {
namespace {

constexpr double kPerDoubling = 4;

}  // namespace

void Latency::add(Duration took) {
  const double ms = std::chrono::duration<double, std::milli>(took).count();
  const double place = ms <= 1 ? 0 : std::ceil(std::log2(ms) * kPerDoubling);
  ++counts_[static_cast<std::size_t>(std::min(place, static_cast<double>(kBuckets - 1)))];
  if (++total_ < kHalveAfter) return;
  total_ = 0;
  for (std::uint32_t& count : counts_) total_ += count /= 2;
}

std::optional<std::chrono::milliseconds> Latency::p95() const {
  if (total_ < kEnough) return std::nullopt;
  std::uint32_t below = 0;
  std::size_t bucket = 0;
  for (; bucket < kBuckets; ++bucket) {
    below += counts_[bucket];
    if (below * 20ULL >= total_ * 19ULL) break;
  }
  return std::chrono::milliseconds(std::llround(std::ceil(std::exp2(static_cast<double>(bucket) / kPerDoubling))));
}

}  // namespace rms::connector

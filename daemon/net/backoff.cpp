// SPDX-License-Identifier: Apache-2.0
#include "net/backoff.h"

#include <algorithm>

namespace rms::net {

std::chrono::milliseconds Backoff::next() {
  std::uniform_int_distribution<std::chrono::milliseconds::rep> upto(0, ceiling_.count());
  const std::chrono::milliseconds wait(upto(random_));
  ceiling_ = std::min(cap_, ceiling_ * 2);
  return wait;
}

}  // namespace rms::net

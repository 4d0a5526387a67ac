// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace rms::client {

// Hears how far long work has come, and may stop it. Called a few thousand times for a gigabyte, on the worker's
// thread.
class Progress {
 public:
  virtual ~Progress() = default;
  // `done` of `total` bytes are through. False: stop; the work then ends with Errc::cancelled and leaves nothing
  // behind.
  virtual bool advance(std::uint64_t done, std::uint64_t total) = 0;
};

}  // namespace rms::client

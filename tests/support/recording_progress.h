// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client/progress.h"

namespace rms::test {

// Remembers the last report; says stop once `stop_after` bytes are through.
class RecordingProgress final : public client::Progress {
 public:
  bool advance(std::uint64_t done, std::uint64_t total) override {
    last_done = done;
    last_total = total;
    ++reports;
    return done < stop_after;
  }
  std::uint64_t stop_after = ~std::uint64_t{0};
  std::uint64_t last_done = 0, last_total = 0;
  int reports = 0;
};

}  // namespace rms::test

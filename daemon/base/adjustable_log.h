// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "base/log.h"

namespace rms {

// A log whose least level can be changed while it is used. Any thread, if `log` allows it; `log` outlives it and lets
// everything pass.
class AdjustableLog final : public Log {
 public:
  AdjustableLog(Log& log, Level least) : log_(log), least_(least) {}

  void change_least(Level least) { least_ = least; }

  bool enabled(Level level) const override { return level >= least_ && log_.enabled(level); }
  void write(Level level, Event event, std::string_view message, std::span<const Field> fields) override {
    log_.write(level, event, message, fields);
  }

 private:
  Log& log_;
  std::atomic<Level> least_;
};

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace rms::test {

// Keeps what is logged, so that a test can say what must be said and what must not. Any thread.
class RecordLog final : public Log {
 public:
  struct Line {
    Level level;
    Event event;
    std::string message;
    std::vector<Field> fields;

    // The field's value; empty if there is none.
    std::string field(std::string_view name) const {
      for (const Field& f : fields)
        if (f.name == name) return f.value;
      return {};
    }
  };

  bool enabled(Level) const override { return true; }
  void write(Level level, Event event, std::string_view message, std::span<const Field> fields) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, event, std::string(message), {fields.begin(), fields.end()}});
  }

  std::vector<Line> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<Line> lines(Event event) const {
    std::vector<Line> found;
    for (Line& line : lines())
      if (line.event == event) found.push_back(std::move(line));
    return found;
  }
  // How many lines are at `least` or above.
  std::size_t count_from(Level least) const {
    std::size_t count = 0;
    for (const Line& line : lines()) count += line.level >= least ? 1 : 0;
    return count;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

}  // namespace rms::test

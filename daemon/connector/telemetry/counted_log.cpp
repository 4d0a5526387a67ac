// SPDX-License-Identifier: Apache-2.0
#include "connector/telemetry/metrics.h"

namespace rms::connector {
namespace {

class CountedLog final : public Log {
 public:
  CountedLog(Log& log, Metrics& metrics) : log_(log), metrics_(metrics) {}

  bool enabled(Level level) const override { return log_.enabled(level); }

  void write(Level level, Event event, std::string_view message, std::span<const Field> fields) override {
    metrics_.log_message(level);
    log_.write(level, event, message, fields);
  }

 private:
  Log& log_;
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<Log> make_counted_log(Log& log, Metrics& metrics) {
  return std::make_unique<CountedLog>(log, metrics);
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <algorithm>
#include <chrono>

#include <fmt/chrono.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <nlohmann/json.hpp>

namespace rms {
namespace {

std::string timestamp() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (now - seconds).count());
}

// Quotes where a reader or a parser would stumble. Control characters never reach the stream as they are:
// a caller must not be able to write a line of its own into the log, nor to steer a terminal.
void append_value(std::string& line, std::string_view value) {
  const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos &&
                     std::all_of(value.begin(), value.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (plain) {
    line.append(value);
    return;
  }
  line += nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

class StderrLog final : public Log {
 public:
  StderrLog(Level least, LogFormat format)
      : least_(least), format_(format), logger_("rms", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v", spdlog::pattern_time_type::utc);
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  bool enabled(Level level) const override { return level >= least_; }

  void write(Level level, Event event, std::string_view message, std::span<const Field> fields) override {
    const std::string line = format_ == LogFormat::json ? json_line(level, event, message, fields)
                                                        : text_line(level, event, message, fields);
    logger_.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  static std::string text_line(Level level, Event event, std::string_view message, std::span<const Field> fields) {
    std::string line = fmt::format("{} {} {}", timestamp(), to_string(level), message);
    if (event != Event::none) line += fmt::format(" event={}", static_cast<int>(event));
    for (const Field& field : fields) {
      line.append(" ").append(field.name).append("=");
      append_value(line, field.value);
    }
    return line;
  }

  static std::string json_line(Level level, Event event, std::string_view message, std::span<const Field> fields) {
    nlohmann::ordered_json record{{"time", timestamp()}, {"level", to_string(level)}, {"message", message}};
    if (event != Event::none) record["event"] = static_cast<int>(event);
    for (const Field& field : fields) record[std::string(field.name)] = field.value;
    return record.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }

  const Level least_;
  const LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(Level least, LogFormat format) {
  return std::make_unique<StderrLog>(least, format);
}

Result<Level> parse_level(std::string_view name) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error})
    if (name == to_string(level)) return level;
  return Error(Errc::invalid_setting, "must be debug, info, warning or error (is '" + std::string(name) + "')");
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include <fmt/chrono.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <nlohmann/json.hpp>

#include "base/log_journal.h"

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

void append_fields(std::string& line, Event event, std::span<const Field> fields) {
  if (event != Event::none) line += fmt::format(" event={}", static_cast<int>(event));
  for (const Field& field : fields) {
    line.append(" ").append(field.name).append("=");
    append_value(line, field.value);
  }
}

// Cut between two characters of UTF-8, so that what is good stays good.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
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
    append_fields(line, event, fields);
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

class JournalLog final : public Log {
 public:
  JournalLog(Level least, std::string program, std::string socket_path)
      : least_(least),
        program_(std::move(program)),
        sender_(std::move(socket_path)),
        otherwise_(least, LogFormat::text) {}

  bool enabled(Level level) const override { return level >= least_; }

  void write(Level level, Event event, std::string_view message, std::span<const Field> fields) override {
    switch (sender_.send(journal_record(program_, level, event, message, fields))) {
      case JournalSend::taken:
        return tell_lost();
      case JournalSend::full:
        ++lost_;
        return;
      case JournalSend::failed:
        return otherwise_.write(level, event, message, fields);
    }
  }

 private:
  void tell_lost() {
    if (lost_.load() == 0) return;
    const std::uint64_t lost = lost_.exchange(0);
    if (lost == 0) return;  // another thread tells it
    const Field field("lost", lost);
    if (sender_.send(journal_record(program_, Level::warning, Event::none,
                                    "records of this log are lost: the journal did not take them in time",
                                    {&field, 1})) != JournalSend::taken)
      lost_ += lost;
  }

  const Level least_;
  const std::string program_;
  JournalSender sender_;
  std::atomic<std::uint64_t> lost_ = 0;
  StderrLog otherwise_;
};

// What syslog calls it.
int priority(Level level) {
  switch (level) {
    case Level::debug:
      return 7;
    case Level::info:
      return 6;
    case Level::warning:
      return 4;
    case Level::error:
      return 3;
  }
  return 3;
}

}  // namespace

std::string journal_name(std::string_view name) {
  std::string made = "RMS_";
  for (const char c : name.substr(0, kMostJournalNameBytes - made.size())) {
    const bool lower = c >= 'a' && c <= 'z', plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    made += lower ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
  }
  return made;
}

std::vector<std::string> journal_record(std::string_view program, Level level, Event event, std::string_view message,
                                        std::span<const Field> fields) {
  std::string line(message);
  append_fields(line, event, fields);
  std::vector<std::string> record;
  record.reserve(4 + fields.size());
  record.push_back(fmt::format("MESSAGE={}", cut(line, kMostJournalMessageBytes)));
  record.push_back(fmt::format("PRIORITY={}", priority(level)));
  record.push_back(fmt::format("SYSLOG_IDENTIFIER={}", program));
  if (event != Event::none) record.push_back(fmt::format("RMS_EVENT={}", static_cast<int>(event)));
  for (const Field& field : fields.first(std::min(fields.size(), kMostJournalFields)))
    record.push_back(journal_name(field.name) + "=" + std::string(cut(field.value, kMostJournalValueBytes)));
  return record;
}

std::unique_ptr<Log> make_log(Level least, LogFormat format, std::string_view program) {
  if (format == LogFormat::automatic && stderr_is_journal())
    return make_journal_log(least, std::string(program), kJournalSocket);
  return make_stderr_log(least, format);
}

std::unique_ptr<Log> make_journal_log(Level least, std::string program, std::string socket_path) {
  return std::make_unique<JournalLog>(least, std::move(program), std::move(socket_path));
}

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

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms {

enum class Level { debug, info, warning, error };

// Event numbers that administrators look up: docs/events.md. 1000-1004, 2000-2003, 3000 and 3001 mean what Microsoft's
// connector documents; 11xx and 21xx are ours.
enum class Event : int {
  none = 0,
  started = 1000,
  stopped = 1001,
  first_access = 1002,       // An authorized server was allowed, first time.
  client_secured = 1003,     // An account that used plain HTTP has moved to HTTPS.
  list_loaded = 1004,        // The list of authorized servers was loaded.
  upstream_up = 1100,        // A connection to the cloud is ready.
  journal_back = 1101,       // The audit journal can be written again.
  heads_kept = 1102,         // Heads of the audit journal are kept by the service again.
  store_back = 1120,         // The rights service's store can be written again.
  unauthenticated = 2000,    // Who asked is nobody: its certificate or token is missing or was refused.
  unauthorized = 2001,       // An unauthorized server asked.
  plain_http = 2002,         // An account uses plain HTTP.
  empty_list = 2003,         // No server is authorized.
  upstream_lost = 2100,      // A connection to the cloud was lost.
  shedding = 2101,           // Requests are refused for want of room.
  journal_failed = 2102,     // The audit journal cannot be written.
  heads_not_kept = 2103,     // Heads of the audit journal cannot be sent to the service.
  head_contradicted = 2104,  // A head of the audit journal and those that were kept before contradict each other.
  journal_anew = 2105,       // A connector has begun a new audit journal.
  store_away = 2120,         // The rights service's store cannot be written: nothing is answered.
  request_id_reused = 2121,  // A connector gave one request_id to two questions.
  unhandled = 3000,          // An exception that nobody foresaw.
  list_failed = 3001,        // What says who may come in (settings, keytab, CRLs) could not be read.
};

// One name and value of a log line. Values may be hostile: the log escapes them.
struct Field {
  std::string_view name;
  std::string value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(v) {}
  Field(std::string_view n, std::integral auto v) : name(n), value(std::to_string(v)) {}
};

// Where a program says what happens. Any thread. Never throws, never blocks on anything but the stream itself.
// One line per record; fields never carry secrets, tokens or licences.
class Log {
 public:
  virtual ~Log() = default;
  virtual bool enabled(Level level) const = 0;
  virtual void write(Level level, Event event, std::string_view message, std::span<const Field> fields) = 0;

  void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    say(Level::debug, Event::none, message, fields);
  }
  void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    say(Level::info, Event::none, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    say(Level::warning, Event::none, message, fields);
  }
  void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    say(Level::error, Event::none, message, fields);
  }
  void event(Level level, Event event, std::string_view message, std::initializer_list<Field> fields = {}) {
    say(level, event, message, fields);
  }

 private:
  void say(Level level, Event event, std::string_view message, std::initializer_list<Field> fields) {
    if (enabled(level)) write(level, event, message, std::span(fields.begin(), fields.size()));
  }
};

enum class LogFormat {
  automatic,  // the systemd journal's own, if standard error leads there; else text
  text,
  json,
};

// Where the format says. In the journal a record has RMS_EVENT and RMS_<NAME> for each field (base/log_journal.h), and
// `program` as its identifier.
std::unique_ptr<Log> make_log(Level least, LogFormat format, std::string_view program);

// Writes to standard error: `2026-11-20T12:00:00.123Z info message event=1000 name=value`, or one JSON object a line.
std::unique_ptr<Log> make_stderr_log(Level least, LogFormat format);

// "info" and the like; Errc::invalid_setting names the four.
Result<Level> parse_level(std::string_view name);
std::string_view to_string(Level level);

}  // namespace rms

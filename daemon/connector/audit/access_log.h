// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/log.h"
#include "connector/audit/transport_memory.h"
#include "connector/authorizer/authorizer.h"

namespace rms::connector {

// Outcomes of our own making: an exception ended the request; its decision could not be journaled.
inline constexpr std::string_view kInternalError = "internal error", kNotRecorded = "not recorded",
                                  kOverShare = "server over its share";

// What is known of one request when it has been answered. Fields that never came to be known stay empty.
struct AccessRecord {
  std::string_view correlation_id;
  std::string_view request_id;           // of the question to the cloud; empty: it was not asked
  std::string_view peer;                 // "192.0.2.7:50123"
  bool tls = true;                       // false: it came by plain HTTP
  const Principal* principal = nullptr;  // null: nobody authenticated
  std::string name{};                    // what to call it, if not principal->name (matched_name())
  std::optional<Decision> decision;      // nullopt: the request never reached the authorizer (404, 413, ...)
  std::string_view method;               // "POST"
  std::string_view path;                 // as received: the log escapes it
  std::string_view operation;            // "AcquireLicense"
  std::string_view user_agent;
  int status = 0;                             // HTTP
  std::string_view outcome;                   // exception name of a fault, Errc text, or empty when all is well
  std::string_view missing_grant;             // which grant the service found to reach not far enough; or empty
  std::uint64_t opened_any = 0;               // items of a batch that only open_any allowed
  std::string_view refusal_detail;            // why the caller's token was refused; empty: none was
  bool withdrawn = false;                     // the connection's certificate counts no longer; `outcome` says why
  std::uint64_t bytes_in = 0, bytes_out = 0;  // bodies
  std::chrono::microseconds total{0};
  std::optional<std::chrono::microseconds> upstream;  // nullopt: the cloud was not asked
};

// What lines call who asked; empty: nobody authenticated.
std::string_view name_of(const AccessRecord& record);

// The record of who asked for what and got which answer: exactly one line per request. Never a body, token, licence or
// key.
//  * an answered request: info; one of which open_any opened something: warning
//  * one whose token was refused, or whose certificate counts no longer: warning, Event::unauthenticated, with the
//    reason and what would be right; a token that could not be judged (503) is a warning without event
//  * a refused one (a Decision other than allowed): warning, Event::unauthorized, with the reason
//  * the first allowed request of an entry since the start: one more line before it, Event::first_access
//  * the first request of an account by plain HTTP, or by HTTPS after it: one more line, Event::plain_http (warning) or
//    Event::client_secured; TransportMemory says how often
// Lives on the loop thread; not thread-safe. `log` outlives it.
class AccessLog {
 public:
  explicit AccessLog(Log& log) : log_(log) {}

  void request(const AccessRecord& record);

  // A list of authorized servers came into force: Event::list_loaded with one line an entry at debug, or
  // Event::empty_list as a warning. An entry that is new to it will be reported as Event::first_access again.
  void list_loaded(const Settings& settings);

 private:
  void greet(const ServerEntry& entry, const AccessRecord& record);
  void watch_transport(const AccessRecord& record);

  Log& log_;
  std::set<std::string, std::less<>> seen_;  // names of entries; bounded by the settings
  TransportMemory transports_;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Reloading as administrators ask for it and are answered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "connector/settings/difference.h"

namespace rms::connector {

struct ReloadRequest {
  bool dry_run = false;  // only say what it would change
  bool force = false;    // take settings that went by themselves before, and keep them whatever they do
  std::string by;        // who asks, for the log: "user 0, process 4711", "SIGHUP"
};

struct ReloadAnswer {
  enum class Result {
    reloaded,   // or would be: dry_run
    unchanged,  // the settings in force are these already
    refused,    // nothing has changed; `problems` say why
  };
  Result result = Result::refused;
  bool dry_run = false;
  std::vector<std::string> problems{};  // file:line:col: key: what is wrong
  std::vector<Change> changes{};
  std::vector<std::string> warnings{};
  std::uint64_t generation = 0;    // of the settings in force
  std::string digest{};            // of those that were read; empty: they cannot be used
  std::int64_t watch_seconds = 0;  // so long they are watched, and may go by themselves; 0: they are not
};

// "reloaded", "unchanged", "refused": for metrics, log and JSON.
std::string_view to_string(ReloadAnswer::Result result);

// Pure.
std::string reload_json(const ReloadAnswer& answer);

// Whoever reloads. Loop thread.
class ReloadService {
 public:
  virtual ~ReloadService() = default;
  // One after the other, in the order in which they are asked for.
  virtual boost::asio::awaitable<ReloadAnswer> reload(ReloadRequest request) = 0;
};

}  // namespace rms::connector

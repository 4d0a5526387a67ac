// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::ctl {

struct ReloadOptions {
  bool dry_run = false, force = false, json = false;
  std::filesystem::path config, socket;  // one of them; `config` names the socket
  std::chrono::milliseconds patience{60'000};
};

enum class ReloadEnd {
  done,         // reloaded, nothing to reload, or shown
  refused,      // by the connector, or it could not be asked
  not_running,  // nobody listens at the socket
};

// What came of it: the difference, or every problem; with `json` the connector's own words. What keeps us from asking
// goes to `err`.
ReloadEnd run_reload(const ReloadOptions& options, std::ostream& out, std::ostream& err);

// The answer of a connector as people read it. Errc::malformed: it is none. Pure.
Result<std::string> reload_text(std::string_view json);

}  // namespace rms::ctl

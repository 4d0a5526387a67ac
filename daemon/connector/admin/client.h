// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::connector {

struct AdminReply {
  int status = 0;
  std::string body;
};

// One request to a connector by its Unix socket. `target`: "/reload?dry_run". Blocks until `patience` is over.
// Errc::not_found: there is no such socket; Errc::unavailable: nobody listens there; Errc::denied: we may not open it;
// Errc::deadline_exceeded; Errc::io_error; Errc::too_large: more than 64 MiB came. Any thread.
Result<AdminReply> ask_admin(const std::filesystem::path& socket, std::string_view method, std::string_view target,
                             std::chrono::milliseconds patience);

}  // namespace rms::connector

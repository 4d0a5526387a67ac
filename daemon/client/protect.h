// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/home/home.h"
#include "client/progress.h"
#include "xrml/certificates.h"

namespace rms::client {

struct ProtectRequest {
  std::filesystem::path input, output;
  bool replace = false;  // an output that exists
  std::vector<xrml::RightsFor> rights;
};

struct Protected {
  std::string content_id;  // GUID, without braces
  std::uint64_t plain_bytes;
};

// Encrypts a file and publishes it offline: a new content key, a licence signed with this machine's licensor key, the
// rights encrypted inside, nobody asked. The output appears complete or not at all. Any size, in constant memory.
// Errc::io_error, Errc::not_found, Errc::already_exists (files), Errc::too_large, Errc::cancelled.
Result<Protected> protect(const Identity& identity, const ProtectRequest& request, xrml::Time now, Progress& progress);

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/home/home.h"
#include "client/progress.h"
#include "client/service/rights_service.h"
#include "xrml/certificates.h"

namespace rms::client {

struct ProtectRequest {
  std::filesystem::path input, output;
  bool replace = false;  // an output that exists
  std::vector<xrml::RightsFor> rights;
  std::optional<xrml::Time> expires{};
  bool keep_no_license = false;                       // who opens it asks each time
  std::optional<xrml::Document> official_template{};  // says all of the three above, which are left out then
};

struct Protected {
  std::string content_id;  // GUID, without braces
  std::uint64_t plain_bytes;
};

// Encrypts a file and publishes it offline: a new content key, a licence signed with this machine's licensor key, the
// rights encrypted inside, nobody asked. The output appears complete or not at all. Any size, in constant memory.
// Errc::io_error, Errc::not_found, Errc::already_exists (files), Errc::too_large, Errc::cancelled.
Result<Protected> protect(const Identity& identity, const ProtectRequest& request, xrml::Time now, Progress& progress);

// The same with a licence that the service signs (MS-RMPR 3.5.4.1): the service's own name stands behind it, and this
// machine's licensor certificate is not needed. The content key goes to the service sealed, the content not at all.
// The file is read twice: the digest of what is encrypted must be known before anybody is asked to sign it. Errc: also
// RightsService's; Errc::untrusted: the service is not the one of the pinned root, or signed something else;
// Errc::corrupt: the file changed meanwhile.
Result<Protected> protect_online(const Identity& identity, RightsService& service, const ProtectRequest& request,
                                 xrml::Time now, Progress& progress);

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rms::connector {

// A long-term key of a service: one version of it, for one kind of encryption.
struct ServiceKey {
  std::string
      principal;  // "HTTP/connector.contoso.test@CONTOSO.TEST"; '/', '@' and '\' within a part are escaped by '\'
  std::uint32_t kvno = 0;
  std::int32_t enctype = 0;
  Secret key;
};

// The keys in a keytab file, format 0x0502: what ktpass, samba-tool, msktutil and ktutil write. At least one.
// Errc::not_found, Errc::insecure_file and others as read_secret_file(); Errc::malformed, all with the file's name. We
// read it ourselves because the library checks neither owner nor mode, and would open the file once more to read it.
Result<std::vector<ServiceKey>> read_keytab(const std::filesystem::path& file);

}  // namespace rms::connector

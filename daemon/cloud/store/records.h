// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace rms::cloud {

// An organization as it is kept: certificates in the clear, private keys only wrapped (keys/key_file.h).
struct TenantRecord {
  std::string guid;   // no braces
  std::string name;   // unique without regard to case
  std::string url;    // "https://rms.contoso.test": printed in what the tenant issues
  std::string chain;  // exact texts, one after the other: SLC, intermediate, root
  std::vector<std::uint8_t> licensor_key, intermediate_key, root_key;  // wrapped
  WallTime created;
};

// A connector that may ask, known by its client certificate.
struct ConnectorRecord {
  std::string tenant;       // GUID
  std::string name;         // unique in its tenant
  std::string fingerprint;  // SHA-256 of the certificate's DER, 64 lower-case hex digits; unique everywhere
  WallTime created;
  bool disabled = false;
};

}  // namespace rms::cloud

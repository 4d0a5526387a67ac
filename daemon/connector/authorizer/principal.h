// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "net/tls.h"

namespace rms::connector {

// Who authenticated, and how. Made only by the authenticator, from what TLS has verified.
struct Principal {
  std::string mechanism;             // "tls-client-certificate"
  std::string name;                  // "dns:exchange.contoso.test", "uri:..." or "sha256:<64 hex digits>": for logs
  net::PeerCertificate certificate;  // what the authorizer matches; it never looks at `name`
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/tls.h"

namespace rms::connector {

// Who a domain says that the caller is: from the ticket's PAC, whose signature was verified.
struct WindowsIdentity {
  std::string account;              // "CONTOSO\\EXCH01$"
  std::string sid;                  // "S-1-5-21-..."
  std::vector<std::string> groups;  // SIDs, nested and resource groups among them; of trusted domains only; sorted
};

// Who authenticated, and how. Made only by the authenticator, from what was verified.
struct Principal {
  std::string mechanism;  // "tls-client-certificate" or "kerberos"
  std::string
      name;  // "dns:exchange.contoso.test", "uri:...", "sha256:<64 hex digits>" or "EXCH01$@CONTOSO.TEST": for logs
  std::optional<net::PeerCertificate> certificate;  // what the authorizer matches; of "tls-client-certificate"
  std::optional<WindowsIdentity> windows;           // the same of "kerberos", if its ticket has a PAC
};

}  // namespace rms::connector

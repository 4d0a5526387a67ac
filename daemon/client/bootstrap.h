// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "client/home/home.h"
#include "client/service/rights_service.h"
#include "xrml/certificates.h"

namespace rms::client {

struct BootstrapOptions {
  bool renew = false;                   // ask even if what is there is good; repair what is damaged
  std::optional<xrml::PublicKey> root;  // what every chain must lead to, told beforehand
};

struct Bootstrapped {
  xrml::Account account;
  std::optional<xrml::Time> until;  // when the account certificate expires
  std::string root;                 // fingerprint of the pinned root
  bool fresh;                       // false: everything was there already, and nobody was asked
};

// Makes this machine able to protect and open (MS-RMPR 3.8.4, 4.1): a machine key and certificate of its own, an
// account certificate for the account that the connector knows this server by, and a licensor certificate for
// publishing offline. The root that the first account certificate leads to is pinned: it came over TLS with both sides
// verified. Every later one must lead there. Nothing that is there is replaced before all that replaces it is verified.
// Errc: those of RightsService and Home; Errc::untrusted if the chains lead to another root than the pinned one.
Result<Bootstrapped> bootstrap(Home& home, RightsService& service, const BootstrapOptions& options, xrml::Time now);

// The root that an exported chain or certificate leads to. Errc::malformed, Errc::signature_invalid.
Result<xrml::PublicKey> read_root(const std::filesystem::path& file);

}  // namespace rms::client

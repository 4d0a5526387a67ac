// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connector/authorizer/principal.h"

namespace rms::connector {

inline constexpr std::string_view kTlsClientCertificate = "tls-client-certificate";

// Who is at the other end of `ssl`. Errc::denied if it showed no certificate or one that was not verified (the TLS
// context refuses both in the handshake already; this is the second lock on the same door). Errc::malformed if the
// certificate cannot be read.
// REQUIRES: the handshake is over. The session's own thread.
Result<Principal> authenticate(SSL* ssl);

// The same for a certificate that is known to be verified. Named after the first SAN DNS, else the first SAN URI, else
// the fingerprint. The subject is never an identity: any CA writes what it likes there. Pure.
Principal principal_of(net::PeerCertificate certificate);

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/authenticator.h"

namespace rms::connector {

Result<Principal> authenticate(SSL* ssl) {
  auto certificate = net::peer_certificate(ssl);
  if (!certificate) {
    if (certificate.error() == Errc::not_found) return Error(Errc::denied, "the client showed no certificate");
    return std::move(certificate).error();
  }
  if (SSL_get_verify_result(ssl) != X509_V_OK) return Error(Errc::denied, "the client's certificate was not verified");
  return principal_of(*std::move(certificate));
}

Principal principal_of(net::PeerCertificate certificate) {
  std::string name = !certificate.dns.empty()    ? "dns:" + certificate.dns.front()
                     : !certificate.uris.empty() ? "uri:" + certificate.uris.front()
                                                 : "sha256:" + certificate.fingerprint;
  return {std::string(kTlsClientCertificate), std::move(name), std::move(certificate), std::nullopt};
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// TLS contexts of ours, made in one place: TLS 1.2 at least, certificates verified, secrets from checked files.
// There is no option to switch verification off.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace rms::net {

// A server that demands a client certificate signed by `client_ca`. If that certificate names its purposes (extended
// key usage), clientAuth must be among them. TLS 1.2 and 1.3; no renegotiation, compression or resumption, so that
// every connection shows its certificate.
// `optional` lets in who shows none, too, for who proves itself in another way; one that is shown is still verified.
// Errc::not_found, Errc::insecure_file, Errc::malformed (names the file), Errc::wrong_key (key is not the
// certificate's).
enum class ClientCertificate { required, optional };
Result<boost::asio::ssl::context> make_mutual_server_context(const std::filesystem::path& certificate_chain,
                                                             const std::filesystem::path& key,
                                                             const std::filesystem::path& client_ca,
                                                             ClientCertificate client = ClientCertificate::required);

// What binds a proof of identity to a connection that ends at this server: "tls-server-end-point:" and the hash of the
// server's own certificate (RFC 5929 4.1). Empty if that names no hash for it (Ed25519).
std::string server_end_point_binding(SSL* ssl);

// What a peer's verified certificate says.
struct PeerCertificate {
  std::string subject;                 // RFC 2253, for the log
  std::string fingerprint;             // SHA-256 of the DER, 64 lower-case hex digits
  std::string issuer_fingerprint;      // the same of the CA's certificate that signed it; empty if not known
  std::vector<std::string> dns, uris;  // SAN; names with characters outside printable ASCII are left out
  WallTime not_before, not_after;
};
// REQUIRES: the handshake is over. Errc::not_found if the peer showed none.
Result<PeerCertificate> peer_certificate(SSL* ssl);
// The same from PEM text, for gRPC's auth context and for tools; of several, the first. Errc::malformed.
Result<PeerCertificate> read_certificate_pem(std::string_view pem);

// The three PEM files of a mutual-TLS gRPC endpoint, read and checked like the above.
struct PemFiles {
  std::string certificate_chain, ca;
  Secret key;
};
Result<PemFiles> read_pem_files(const std::filesystem::path& certificate_chain, const std::filesystem::path& key,
                                const std::filesystem::path& ca);

// Why a handshake failed, for the log: "certificate has expired" where the peer's certificate is the reason, else what
// `error` says.
std::string handshake_failure(SSL* ssl, const boost::system::error_code& error);

// The oldest OpenSSL error of this thread, and forgets the rest: "bad base64 decode". "no OpenSSL error" if none.
std::string last_openssl_error();

}  // namespace rms::net

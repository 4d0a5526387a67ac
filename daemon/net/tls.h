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
  std::string issuer_fingerprint;      // the same of the CA's certificate by which it was verified; empty: not known
  std::vector<std::string> dns, uris;  // SAN; names with characters outside printable ASCII are left out
  WallTime not_before, not_after;
};
// REQUIRES: the handshake is over. Errc::not_found if the peer showed none. A certificate that is trusted by itself
// was signed by nobody: its issuer_fingerprint is empty.
Result<PeerCertificate> peer_certificate(SSL* ssl);
// The same from PEM text, for gRPC's auth context and for tools; of several, the first. Who signed it cannot be told.
// Errc::malformed.
Result<PeerCertificate> read_certificate_pem(std::string_view pem);
// All of them, in their order; at least one. Errc::malformed.
Result<std::vector<PeerCertificate>> read_certificates_pem(std::string_view pem);

// The three PEM files of a mutual-TLS gRPC endpoint, read and checked like the above.
struct PemFiles {
  std::string certificate_chain, ca;
  Secret key;
};
Result<PemFiles> read_pem_files(const std::filesystem::path& certificate_chain, const std::filesystem::path& key,
                                const std::filesystem::path& ca);

// What a client's certificate came to when it was held against the CAs and, if there are, their CRLs.
enum class CertificateVerdict {
  good,
  untrusted,      // its chain does not lead to a CA of ours, or it is for another purpose
  not_valid_now,  // it, or a CA's in its chain, has expired or is not valid yet
  revoked,        // it, or a CA's in its chain
  no_valid_crl,   // nobody can tell whether it is revoked: a CRL is missing, outdated, or not the CA's
};
CertificateVerdict verdict_of(long verify_result);  // X509_V_...

// What the certificate of a connection's peer would come to now, at the time `now`, if its handshake were in `context`,
// whatever it was judged by before: by the CAs and lists that `context` has.
// REQUIRES: the handshake is over, as a server; the peer showed a certificate; `context` is a server's.
CertificateVerdict judge_peer(SSL* ssl, boost::asio::ssl::context& context, WallTime now);

// Why a handshake failed, for the log: "certificate has expired" where the peer's certificate is the reason, else what
// `error` says.
std::string handshake_failure(SSL* ssl, const boost::system::error_code& error);
// Whose certificate that was, as the certificate itself says, which proves nothing: "CN=exchange sha256:<64 hex
// digits>", printable, 512 bytes at most. Empty if no certificate was the reason, or the context is none of ours.
std::string refused_certificate(SSL* ssl);

// The oldest OpenSSL error of this thread, and forgets the rest: "bad base64 decode". "no OpenSSL error" if none.
std::string last_openssl_error();

}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
//
// What is said in certificates and CRLs, and the PEM files that they are in. For sources of this room only.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/openssl_types.h"
#include "net/tls.h"

namespace rms::net {

std::string text_of(const X509_NAME* name);  // RFC 2253
std::string fingerprint_of(X509* certificate);
// Times before and after what WallTime can count become its first and last.
WallTime wall_time(const ASN1_TIME* time);

// A regular file as it is. Errc::not_found, Errc::io_error; `too_big` if it is larger. The context names it.
Result<std::string> read_public_file(const std::filesystem::path& path, std::size_t most_bytes, Errc too_big);

// All certificates in a PEM text: at least one. Errc::malformed names `path`.
Result<std::vector<X509Ptr>> parse_certificates(const std::filesystem::path& path, std::string_view pem);

// As judge_peer(), by what is in `store`.
CertificateVerdict judge_by(X509_STORE* store, SSL* ssl, WallTime now);

// OpenSSL would ask the terminal for a passphrase; a daemon has none.
int no_passphrase(char*, int, int, void*);

}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
//
// Proving by Kerberos who we are, as a client of HTTP Negotiate (RFC 4559).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"

namespace rms::kerberos {

// Whose tickets, and from where. Exactly one of the two files is named.
struct ClientCredentials {
  std::string principal;  // "svc-rms@CONTOSO.COM"; with a cache it may be empty: whoever the cache is of
  std::filesystem::path keytab;
  std::filesystem::path cache;  // a FILE: cache that somebody else keeps fresh
};

// Gets tickets and makes tokens of them. What it gets from a keytab's keys it keeps in memory, and gets anew when it is
// about to expire. One thread at a time; any thread.
class Initiator {
 public:
  explicit Initiator(ClientCredentials credentials);
  Initiator(const Initiator&) = delete;
  Initiator& operator=(const Initiator&) = delete;
  // Forgets the tickets that it got.
  ~Initiator();

  // A first token for HTTP@`host`, base64: what stands behind "Negotiate ". Good once. It may ask name servers and
  // KDCs, and blocks as long as libkrb5 is patient with them: some 20 s if none answers. Errc::unavailable: no KDC
  // answers. Errc::denied: the KDC refuses: it does not know us, our key or the service. Errc::not_valid_now: clocks
  // differ or a ticket is over. Errc::not_found: no such key or ticket here. Errc::unsupported: anything else. The
  // context has krb5's words, and what to do where that can be told.
  Result<std::string> token(const std::string& host);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether the keytab can be read and holds a key of `principal`. Errc::malformed, Errc::not_found; the context says
// whose keys it holds instead.
Result<void> check_client_keytab(const std::filesystem::path& keytab, const std::string& principal);

}  // namespace rms::kerberos

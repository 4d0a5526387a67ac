// SPDX-License-Identifier: Apache-2.0
//
// Public keys that somebody trusts by themselves ("pins"), and what a server shows held against the CAs that we trust.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rms::net {

// SHA-256 of a SubjectPublicKeyInfo (DER) as 64 lower-case hex digits, from base64 or hex (colons and capitals
// allowed), with or without "sha256//" before it, as curl writes it. nullopt: it is neither.
std::optional<std::string> parse_key_pin(std::string_view text);
// "sha256//" and base64. REQUIRES: what parse_key_pin() returned.
std::string shown_pin(std::string_view pin);

// What is wrong with a server's certificate. Several may be true at once.
struct CertificateProblems {
  bool unknown_issuer = false;  // no CA of ours has signed it
  bool other_key = false;       // it says that one of our CAs has, by name, but that CA has another key
  bool expired = false;
  bool not_yet_valid = false;
  bool wrong_name = false;
  std::string other;  // OpenSSL's words for anything else

  bool any() const { return unknown_issuer || other_key || expired || not_yet_valid || wrong_name || !other.empty(); }
};

// A server's certificate as it was shown, judged. Names are as the certificate says, printable, cut: which proves
// nothing unless `problems` are none.
struct ServerCertificate {
  std::string subject, issuer;  // RFC 2253
  std::string top_issuer;       // who signed the last certificate that was shown
  bool signed_by_itself = false;
  std::vector<std::string> names;  // SAN: DNS names and addresses; ten at most
  WallTime not_before, not_after;
  // Of the certificate of the chain (the server's or a CA's) that is out of its time, if one is.
  std::string untimely_subject;
  WallTime untimely_before, untimely_after;
  CertificateProblems problems;

  struct Key {
    std::string subject, pin;
  };
  std::vector<Key> keys;  // of the verified chain, up to the CA of ours; empty unless it leads to one
};

// `shown` are the certificates as they came, PEM, the server's own first. They are held against the CAs in `ca` (PEM)
// and nothing else, now, for `host` (a name or an address). Errc::malformed: nothing in `shown` is a certificate. Any
// thread.
Result<ServerCertificate> judge_server_certificate(std::string_view shown, std::string_view host, std::string_view ca);

// Whether a key of the verified chain is among `pins`.
bool has_pin(const ServerCertificate& certificate, const std::vector<std::string>& pins);

}  // namespace rms::net

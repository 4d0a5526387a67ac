// SPDX-License-Identifier: Apache-2.0
//
// Signatures with the key of a TLS certificate, for what is to be shown to others later.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace rms::net {

// Holds a private key. Any thread.
//
// `purpose` is part of what is signed, so that a signature made for one thing is good for no other: signed are its
// bytes, one zero byte and `text`. By the kind of key: RSA-PSS with SHA-256 and a salt of 32 bytes, ECDSA with SHA-256,
// or Ed25519.
class Signer {
 public:
  // PEM without a passphrase. Errc::malformed; Errc::unsupported: another kind of key.
  static Result<Signer> from_pem(const Secret& key);
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  // Takes some 20 us with a key on a curve, 250 us with RSA-2048. REQUIRES: no NUL in `purpose`.
  std::string sign(std::string_view purpose, std::string_view text) const;

 private:
  struct Impl;
  explicit Signer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether the key of `certificate` (PEM, the first one) made the signature. Errc::signature_invalid if not;
// Errc::malformed, Errc::unsupported: the certificate cannot be read, or has another kind of key. Any thread.
Result<void> verify_signature(std::string_view certificate, std::string_view purpose, std::string_view text,
                              std::string_view signature);

// 64 lower-case hex digits. Any thread.
std::string sha256_hex(std::string_view bytes);

}  // namespace rms::net

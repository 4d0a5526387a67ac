// SPDX-License-Identifier: Apache-2.0
//
// The keys of XrML: RSA pairs (Mode 2: 2048 bits with SHA-256; Mode 1: 1024 with SHA-1, read only) and AES content
// keys.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rms::xrml {

enum class Hash { sha1, sha256 };
std::vector<std::uint8_t> digest(Hash hash, std::string_view data);

std::string base64(std::span<const std::uint8_t> bytes);
std::string base64(std::string_view bytes);
// Ignores white space as XrML producers wrap lines; otherwise strict. Errc::malformed.
Result<std::vector<std::uint8_t>> from_base64(std::string_view text);

// An RSA public key. Value type, cheap to copy (the modulus); OpenSSL's form is made when it is used.
class PublicKey {
 public:
  // The modulus as XrML prints it: little-endian bytes. Errc::unsupported unless 1024, 2048, 3072 or 4096 bits
  // and the exponent is 65537.
  static Result<PublicKey> from_modulus_le(std::span<const std::uint8_t> modulus, std::uint32_t exponent = 65537);

  std::span<const std::uint8_t> modulus_le() const { return modulus_; }
  std::uint32_t exponent() const { return 65537; }
  std::size_t bits() const { return modulus_.size() * 8; }
  // SHA-256 of the modulus in hex: a short name for logs, pins and look-ups.
  std::string fingerprint() const;

  // RSAPublicKey of RFC 8017 A.1.1, DER.
  std::vector<std::uint8_t> to_pkcs1() const;

  // RSASSA-PKCS1-v1_5 over a digest. Errc::signature_invalid.
  Result<void> verify(Hash hash, std::span<const std::uint8_t> digest, std::span<const std::uint8_t> signature) const;
  // PKCS#1 v1.5 (Mode 1) or OAEP (Mode 2) encryption of a short secret.
  Result<std::vector<std::uint8_t>> encrypt(const Secret& plain, bool oaep) const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  std::vector<std::uint8_t> modulus_;  // little-endian
};

// An RSA key pair. Move-only; the private half lives in OpenSSL's memory and is wiped with it. Using it is thread-safe.
class PrivateKey {
 public:
  static Result<PrivateKey> generate(unsigned bits = 2048);
  // PKCS#8 PEM, unencrypted: callers keep it in a Secret and encrypt it at rest. Errc::malformed, Errc::unsupported.
  static Result<PrivateKey> from_pem(const Secret& pem);
  Secret to_pem() const;
  // Microsoft's PRIVATEKEYBLOB (MS-RMPR 2.2.9.1.13 seals RAC and CLC keys so). Errc::malformed.
  static Result<PrivateKey> from_blob(const Secret& blob);
  Secret to_blob() const;

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  const PublicKey& public_key() const;
  Result<std::vector<std::uint8_t>> sign(Hash hash, std::span<const std::uint8_t> digest) const;
  // Errc::wrong_key if the padding is not right.
  Result<Secret> decrypt(std::span<const std::uint8_t> sealed, bool oaep) const;

 private:
  struct Pair;
  explicit PrivateKey(std::unique_ptr<Pair> pair);
  std::unique_ptr<Pair> pair_;
};

// How the protected content itself is encrypted (MS-RMPR 2.2.9.1.13.1, reference: MICROSOFT.CBC4K and its kin).
enum class ContentCipher { ecb, cbc4k_no_padding, cbc4k, cbc512_no_padding };

// The symmetric key of one protected document: AES-128, 192 or 256.
struct ContentKey {
  Secret key;
  ContentCipher cipher = ContentCipher::cbc4k;

  static Result<ContentKey> generate(unsigned bits = 128);
  ContentKey clone() const { return {key.clone(), cipher}; }
};

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
//
// What making RSA keys from numbers and numbers from keys needs. For this room's sources only.
#pragma once

#include <cstdint>
#include <span>

#include "xrml/openssl.h"

namespace rms::xrml {

inline constexpr unsigned kRsaExponent = 65537;

inline bool is_rsa_key_length(std::size_t bits) {
  return bits == 1024 || bits == 2048 || bits == 3072 || bits == 4096;
}

openssl::Bignum from_little_endian(std::span<const std::uint8_t> bytes);

// `selection` as EVP_PKEY_fromdata takes it. Null if the numbers make no key.
openssl::Key rsa_key_from(OSSL_PARAM_BLD* build, int selection);

// REQUIRES: `key` has this number (OSSL_PKEY_PARAM_RSA_...).
openssl::Bignum number_of(const EVP_PKEY* key, const char* parameter);

}  // namespace rms::xrml

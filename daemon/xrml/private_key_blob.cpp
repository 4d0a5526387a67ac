// SPDX-License-Identifier: Apache-2.0
#include "xrml/private_key_blob.h"

#include <algorithm>
#include <array>

#include <openssl/core_names.h>

#include "xrml/rsa.h"

namespace rms::xrml {
namespace {

// PRIVATEKEYBLOB (wincrypt.h): a header of 20 bytes, then these numbers, each little-endian, as long as the modulus
// or half of that.
constexpr std::size_t kBlobHeaderBytes = 20;
constexpr std::array<std::uint8_t, 8> kBlobHeader = {7, 2, 0, 0, 0, 0x24, 0, 0};  // PRIVATEKEYBLOB, 2, CALG_RSA_SIGN
constexpr std::array<std::uint8_t, 4> kBlobMagic = {'R', 'S', 'A', '2'};
struct BlobNumber {
  const char* parameter;
  bool half;
};
constexpr std::array<BlobNumber, 7> kBlobNumbers = {{{OSSL_PKEY_PARAM_RSA_N, false},
                                                     {OSSL_PKEY_PARAM_RSA_FACTOR1, true},
                                                     {OSSL_PKEY_PARAM_RSA_FACTOR2, true},
                                                     {OSSL_PKEY_PARAM_RSA_EXPONENT1, true},
                                                     {OSSL_PKEY_PARAM_RSA_EXPONENT2, true},
                                                     {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, true},
                                                     {OSSL_PKEY_PARAM_RSA_D, false}}};

std::size_t blob_bytes(std::size_t modulus_bytes) {
  return kBlobHeaderBytes + modulus_bytes / 2 * 9;
}

// A key whose numbers do not belong together would give signatures that betray the others.
bool belong_together(const std::array<openssl::Bignum, 7>& numbers) {
  const auto& [n, p, q, dp, dq, inverse, d] = numbers;
  const openssl::BignumContext context(BN_CTX_new());
  const openssl::Bignum t(BN_new());
  const openssl::Bignum p1(BN_dup(p.get()));
  const openssl::Bignum q1(BN_dup(q.get()));
  openssl::require(context && t && p1 && q1, "numbers");
  if (BN_num_bits(p.get()) < 2 || BN_num_bits(q.get()) < 2) return false;
  openssl::require(BN_sub_word(p1.get(), 1) == 1 && BN_sub_word(q1.get(), 1) == 1, "numbers");

  const auto is_inverse = [&](const BIGNUM* a, BIGNUM* product, const BIGNUM* modulus) {
    openssl::require(BN_nnmod(product, a, modulus, context.get()) == 1, "numbers");
    return BN_is_one(product) == 1;
  };
  const auto undoes_exponent = [&](const BIGNUM* exponent, const BIGNUM* modulus) {
    openssl::require(BN_copy(t.get(), exponent) && BN_mul_word(t.get(), kRsaExponent) == 1, "numbers");
    return is_inverse(t.get(), t.get(), modulus);
  };
  openssl::require(BN_mul(t.get(), p.get(), q.get(), context.get()) == 1, "numbers");
  if (BN_cmp(t.get(), n.get()) != 0) return false;
  openssl::require(BN_mul(t.get(), inverse.get(), q.get(), context.get()) == 1, "numbers");
  return is_inverse(t.get(), t.get(), p.get()) && undoes_exponent(dp.get(), p1.get()) &&
         undoes_exponent(dq.get(), q1.get()) && undoes_exponent(d.get(), p1.get()) &&
         undoes_exponent(d.get(), q1.get());
}

}  // namespace

Result<openssl::Key> key_from_blob(const Secret& blob) {
  const auto bytes = blob.bytes();
  const auto word = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8 | std::uint32_t{bytes[at + 2]} << 16 |
           std::uint32_t{bytes[at + 3]} << 24;
  };
  if (bytes.size() < kBlobHeaderBytes || bytes[0] != kBlobHeader[0] || bytes[1] != kBlobHeader[1] ||
      !std::ranges::equal(bytes.subspan(8, 4), kBlobMagic)) {
    return Error(Errc::malformed, "PRIVATEKEYBLOB: wrong header");
  }
  // CALG_RSA_SIGN or CALG_RSA_KEYX: both are seen.
  if (const auto use = word(4); use != 0x2400 && use != 0xA400) {
    return Error(Errc::unsupported, "PRIVATEKEYBLOB: not an RSA key");
  }
  if (!is_rsa_key_length(word(12)) || word(16) != kRsaExponent) {
    return Error(Errc::unsupported, "PRIVATEKEYBLOB: key length or exponent");
  }
  const std::size_t modulus_bytes = word(12) / 8;
  if (bytes.size() != blob_bytes(modulus_bytes)) return Error(Errc::malformed, "PRIVATEKEYBLOB: wrong size");

  std::array<openssl::Bignum, kBlobNumbers.size()> numbers;
  const openssl::ParamBuild build(OSSL_PARAM_BLD_new());
  openssl::require(build && OSSL_PARAM_BLD_push_uint(build.get(), OSSL_PKEY_PARAM_RSA_E, kRsaExponent) == 1,
                   "RSA parameters");
  std::size_t at = kBlobHeaderBytes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t size = kBlobNumbers[i].half ? modulus_bytes / 2 : modulus_bytes;
    numbers[i] = from_little_endian(bytes.subspan(at, size));
    at += size;
    openssl::require(OSSL_PARAM_BLD_push_BN(build.get(), kBlobNumbers[i].parameter, numbers[i].get()) == 1,
                     "RSA parameters");
  }
  if (!belong_together(numbers)) return Error(Errc::malformed, "PRIVATEKEYBLOB: its numbers make no key");
  auto key = rsa_key_from(build.get(), EVP_PKEY_KEYPAIR);
  if (!key) return Error(Errc::malformed, "PRIVATEKEYBLOB: its numbers make no key");
  return key;
}

Secret blob_of(const EVP_PKEY* key) {
  const std::size_t modulus_bytes = static_cast<std::size_t>(EVP_PKEY_get_bits(key)) / 8;
  Secret blob(blob_bytes(modulus_bytes));
  const auto bytes = blob.bytes();
  std::ranges::copy(kBlobHeader, bytes.begin());
  std::ranges::copy(kBlobMagic, bytes.begin() + 8);
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[12 + i] = static_cast<std::uint8_t>((modulus_bytes * 8) >> (8 * i));
    bytes[16 + i] = static_cast<std::uint8_t>(kRsaExponent >> (8 * i));
  }
  std::size_t at = kBlobHeaderBytes;
  for (const auto& [parameter, half] : kBlobNumbers) {
    const std::size_t size = half ? modulus_bytes / 2 : modulus_bytes;
    const auto number = number_of(key, parameter);
    openssl::require(BN_bn2lebinpad(number.get(), bytes.data() + at, static_cast<int>(size)) >= 0, parameter);
    at += size;
  }
  return blob;
}

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "xrml/aes.h"

#include <cassert>

#include "xrml/openssl.h"

namespace rms::xrml {
namespace {

enum Direction { decrypt, encrypt };

Secret transform(Direction direction, const Secret& key, std::span<const std::uint8_t> input) {
  assert(is_aes_key_size(key.size()) && input.size() % kAesBlockBytes == 0);
  const EVP_CIPHER* const cipher = key.size() == 16   ? EVP_aes_128_ecb()
                                   : key.size() == 24 ? EVP_aes_192_ecb()
                                                      : EVP_aes_256_ecb();
  const openssl::Cipher context(EVP_CIPHER_CTX_new());
  Secret output(input.size());
  int size = 0;
  openssl::require(
      context != nullptr &&
          EVP_CipherInit_ex2(context.get(), cipher, key.bytes().data(), nullptr, direction, nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
          EVP_CipherUpdate(context.get(), output.bytes().data(), &size, input.data(), static_cast<int>(input.size())) ==
              1,
      "AES");
  return output;
}

}  // namespace

Secret aes_ecb_encrypt(const Secret& key, std::span<const std::uint8_t> plain) {
  return transform(encrypt, key, plain);
}

Secret aes_ecb_decrypt(const Secret& key, std::span<const std::uint8_t> sealed) {
  return transform(decrypt, key, sealed);
}

}  // namespace rms::xrml

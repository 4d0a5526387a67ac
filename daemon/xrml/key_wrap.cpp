// SPDX-License-Identifier: Apache-2.0
#include "xrml/key_wrap.h"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "xrml/openssl.h"

namespace rms::xrml {
namespace {

// version (1) | nonce (12) | ciphertext | tag (16)
constexpr std::uint8_t kVersion = 1;
constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr std::size_t kOverheadBytes = 1 + kNonceBytes + kTagBytes;

openssl::Cipher new_context() {
  openssl::Cipher context(EVP_CIPHER_CTX_new());
  if (!context) throw std::bad_alloc();
  return context;
}

// Memory or OpenSSL itself is broken: nothing that a caller could have foreseen.
void expect(bool good) {
  if (!good) throw std::runtime_error("AES-256-GCM is not available");
}

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

Secret new_wrapping_key() {
  Secret key(kWrappingKeyBytes);
  expect(RAND_priv_bytes(key.bytes().data(), static_cast<int>(key.size())) == 1);
  return key;
}

std::vector<std::uint8_t> wrap(const Secret& wrapping_key, const Secret& plain, std::string_view context) {
  std::vector<std::uint8_t> out(kOverheadBytes + plain.size());
  out[0] = kVersion;
  std::uint8_t* const nonce = out.data() + 1;
  std::uint8_t* const text = nonce + kNonceBytes;
  expect(RAND_bytes(nonce, kNonceBytes) == 1);

  const auto cipher = new_context();
  int n = 0;
  expect(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, wrapping_key.bytes().data(), nonce) == 1);
  expect(EVP_EncryptUpdate(cipher.get(), nullptr, &n, bytes_of(context), static_cast<int>(context.size())) == 1);
  expect(EVP_EncryptUpdate(cipher.get(), text, &n, plain.bytes().data(), static_cast<int>(plain.size())) == 1);
  expect(EVP_EncryptFinal_ex(cipher.get(), text + n, &n) == 1);
  expect(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, text + plain.size()) == 1);
  return out;
}

Result<Secret> unwrap(const Secret& wrapping_key, std::span<const std::uint8_t> wrapped, std::string_view context) {
  if (wrapped.size() < kOverheadBytes) return Error(Errc::malformed, "too short for a wrapped key");
  if (wrapped[0] != kVersion) return Error(Errc::unsupported, "a wrapped key of a version that we do not know");
  const auto nonce = wrapped.subspan(1, kNonceBytes);
  const auto text = wrapped.subspan(1 + kNonceBytes, wrapped.size() - kOverheadBytes);
  std::array<std::uint8_t, kTagBytes> tag;
  std::ranges::copy(wrapped.last(kTagBytes), tag.begin());

  Secret plain(text.size());
  const auto cipher = new_context();
  int n = 0;
  expect(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, wrapping_key.bytes().data(), nonce.data()) == 1);
  expect(EVP_DecryptUpdate(cipher.get(), nullptr, &n, bytes_of(context), static_cast<int>(context.size())) == 1);
  expect(EVP_DecryptUpdate(cipher.get(), plain.bytes().data(), &n, text.data(), static_cast<int>(text.size())) == 1);
  expect(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), plain.bytes().data() + n, &n) != 1)
    return Error(Errc::wrong_key, "the key file is not the one it was wrapped with, or it was altered");
  return plain;
}

}  // namespace rms::xrml

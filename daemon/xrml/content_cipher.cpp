// SPDX-License-Identifier: Apache-2.0
#include "xrml/content_cipher.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <limits>

#include "xrml/openssl.h"

namespace rms::xrml {
namespace {

constexpr std::size_t kAesBlock = 16;
constexpr std::uint64_t kMostBlocks = std::uint64_t{1} << 32;  // The block number is written in 32 bits.

struct Scheme {
  std::size_t block;  // Bytes that share one IV; 0: none, each 16 bytes stand alone.
  bool padded;        // PKCS#7, on the last block only.
};

Scheme scheme_of(ContentCipher cipher) {
  switch (cipher) {
    case ContentCipher::ecb:
      return {0, false};
    case ContentCipher::cbc4k_no_padding:
      return {4096, false};
    case ContentCipher::cbc4k:
      return {4096, true};
    case ContentCipher::cbc512_no_padding:
      return {512, false};
  }
  return {4096, true};
}

const EVP_CIPHER* aes(std::size_t key_bytes, bool cbc) {
  switch (key_bytes) {
    case 16:
      return cbc ? EVP_aes_128_cbc() : EVP_aes_128_ecb();
    case 24:
      return cbc ? EVP_aes_192_cbc() : EVP_aes_192_ecb();
    case 32:
      return cbc ? EVP_aes_256_cbc() : EVP_aes_256_ecb();
    default:
      return nullptr;
  }
}

openssl::Cipher keyed(const EVP_CIPHER* cipher, const Secret& key, bool encrypt) {
  openssl::Cipher context(EVP_CIPHER_CTX_new());
  const std::array<std::uint8_t, kAesBlock> no_iv{};
  openssl::require(context && EVP_CipherInit_ex(context.get(), cipher, nullptr, key.bytes().data(), no_iv.data(),
                                                encrypt ? 1 : 0) == 1,
                   "AES key");
  EVP_CIPHER_CTX_set_padding(context.get(), 0);  // We pad ourselves: only the last of many blocks.
  return context;
}

void run(const openssl::Cipher& context, std::span<const std::uint8_t> in, std::uint8_t* out) {
  if (in.empty()) return;
  int made = 0;
  openssl::require(EVP_CipherUpdate(context.get(), out, &made, in.data(), static_cast<int>(in.size())) == 1 &&
                       static_cast<std::size_t>(made) == in.size(),
                   "AES");
}

}  // namespace

std::uint64_t encrypted_size(std::uint64_t plain_bytes) {
  return (plain_bytes / kAesBlock + 1) * kAesBlock;
}

struct ContentCoder::State {
  Scheme scheme;
  bool encrypts;
  openssl::Cipher iv_maker;  // ECB, always encrypting
  openssl::Cipher cipher;    // CBC, or ECB where there are no blocks
  std::uint64_t block = 0;   // number of the next one
  std::vector<std::uint8_t> ivs;

  // IVs for `count` blocks from `block` on, in one go: much cheaper than one call for each.
  void make_ivs(std::size_t count) {
    std::vector<std::uint8_t> numbers(count * kAesBlock, 0);
    for (std::size_t i = 0; i < count; ++i) {
      // 4096-byte blocks are numbered; 512-byte blocks are named by their byte offset, in 64 bits.
      std::uint64_t value = scheme.block == 512 ? (block + i) * 512 : block + i;
      for (std::size_t byte = 0; byte < 8; ++byte, value >>= 8)
        numbers[i * kAesBlock + byte] = static_cast<std::uint8_t>(value & 0xff);
    }
    ivs.resize(numbers.size());
    run(iv_maker, numbers, ivs.data());
  }

  // Whole AES blocks, `in` starting at the start of a content block.
  Result<void> code(std::span<const std::uint8_t> in, std::uint8_t* out) {
    if (scheme.block == 0) {
      run(cipher, in, out);
      return {};
    }
    const std::size_t count = (in.size() + scheme.block - 1) / scheme.block;
    if (count > kMostBlocks - block)
      return Error(Errc::too_large,
                   "the content has more than 2^32 blocks of " + std::to_string(scheme.block) + " bytes");
    make_ivs(count);
    for (std::size_t i = 0; i < count; ++i) {
      openssl::require(EVP_CipherInit_ex(cipher.get(), nullptr, nullptr, nullptr, ivs.data() + i * kAesBlock, -1) == 1,
                       "AES IV");
      const auto piece = in.subspan(i * scheme.block, std::min(scheme.block, in.size() - i * scheme.block));
      run(cipher, piece, out + i * scheme.block);
    }
    block += count;
    return {};
  }
};

ContentCoder::ContentCoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
ContentCoder::ContentCoder(ContentCoder&&) noexcept = default;
ContentCoder& ContentCoder::operator=(ContentCoder&&) noexcept = default;
ContentCoder::~ContentCoder() = default;

Result<ContentCoder> ContentCoder::encryptor(const ContentKey& key) {
  if (key.cipher != ContentCipher::cbc4k)
    return Error(Errc::unsupported, "content is written with MICROSOFT.CBC4K only");
  const EVP_CIPHER* ecb = aes(key.key.size(), false);
  if (!ecb) return Error(Errc::unsupported, "the content key is not one of AES");
  return ContentCoder(std::make_unique<State>(State{
      scheme_of(key.cipher), true, keyed(ecb, key.key, true), keyed(aes(key.key.size(), true), key.key, true), 0, {}}));
}

Result<ContentCoder> ContentCoder::decryptor(const ContentKey& key) {
  const EVP_CIPHER* ecb = aes(key.key.size(), false);
  if (!ecb) return Error(Errc::unsupported, "the content key is not one of AES");
  const Scheme scheme = scheme_of(key.cipher);
  return ContentCoder(std::make_unique<State>(State{
      scheme, false, keyed(ecb, key.key, true), keyed(aes(key.key.size(), scheme.block != 0), key.key, false), 0, {}}));
}

Result<std::size_t> ContentCoder::code(std::span<const std::uint8_t> in, bool last, std::span<std::uint8_t> out) {
  assert(last || in.size() % kContentChunkUnit == 0);
  assert(out.size() >= in.size() + kContentPaddingBytes);
  if (!last) {
    RMS_CHECK(state_->code(in, out.data()));
    return in.size();
  }
  if (state_->encrypts) {
    // Everything before the last block, then that one with its padding: 1 to 16 bytes, each telling how many they are.
    const std::size_t whole = in.size() / state_->scheme.block * state_->scheme.block;
    RMS_CHECK(state_->code(in.first(whole), out.data()));
    std::array<std::uint8_t, 4096> tail;
    const std::size_t left = in.size() - whole;
    const std::size_t padding = kAesBlock - left % kAesBlock;
    std::copy_n(in.data() + whole, left, tail.begin());
    std::fill_n(tail.begin() + static_cast<std::ptrdiff_t>(left), padding, static_cast<std::uint8_t>(padding));
    RMS_CHECK(state_->code(std::span(tail).first(left + padding), out.data() + whole));
    return whole + left + padding;
  }
  if (in.size() % kAesBlock != 0 || (in.empty() && state_->scheme.padded && state_->block == 0))
    return Error(Errc::corrupt, "the encrypted content was cut short: its length is no multiple of 16 bytes");
  RMS_CHECK(state_->code(in, out.data()));
  if (!state_->scheme.padded) return in.size();
  const std::size_t padding = in.empty() ? 0 : out[in.size() - 1];
  const auto is_padding = [&](std::uint8_t byte) { return byte == padding; };
  if (padding < 1 || padding > kAesBlock ||
      !std::all_of(out.data() + in.size() - padding, out.data() + in.size(), is_padding))
    return Error(Errc::corrupt, "the encrypted content was altered or cut short: its padding is wrong");
  return in.size() - padding;
}

void ContentCoder::skip_for_test(std::uint64_t blocks) {
  state_->block += blocks;
}

struct ContentDigest::State {
  std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

ContentDigest::ContentDigest() : state_(std::make_unique<State>()) {
  openssl::require(state_->context && EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
}
ContentDigest::ContentDigest(ContentDigest&&) noexcept = default;
ContentDigest& ContentDigest::operator=(ContentDigest&&) noexcept = default;
ContentDigest::~ContentDigest() = default;

void ContentDigest::add(std::span<const std::uint8_t> bytes) {
  openssl::require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
}

std::vector<std::uint8_t> ContentDigest::finish() {
  std::vector<std::uint8_t> value(32);
  openssl::require(EVP_DigestFinal_ex(state_->context.get(), value.data(), nullptr) == 1, "SHA-256");
  return value;
}

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "xrml/content_cipher.h"

#include <openssl/evp.h>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <numeric>

namespace rms::xrml {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 251);
  return bytes;
}

ContentKey key_of(std::size_t size, ContentCipher cipher = ContentCipher::cbc4k) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0x40});
  return {Secret(std::span<const std::uint8_t>(bytes)), cipher};
}

Result<Bytes> run(ContentCoder coder, const Bytes& in, std::size_t chunk) {
  Bytes all;
  std::size_t at = 0;
  do {
    const std::size_t size = std::min(chunk, in.size() - at);
    Bytes out(size + kContentPaddingBytes);
    RMS_TRY(const std::size_t made, coder.code(std::span(in).subspan(at, size), at + size == in.size(), out));
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(made));
    at += size;
  } while (at < in.size());
  return all;
}

// AES straight from OpenSSL, one call, so that the formula below is an opinion of its own.
Bytes aes_128(const EVP_CIPHER* cipher, const ContentKey& key, const Bytes& iv, const Bytes& in, bool pad) {
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.key.bytes().data(), iv.empty() ? nullptr : iv.data());
  EVP_CIPHER_CTX_set_padding(context.get(), pad ? 1 : 0);
  Bytes out(in.size() + 16);
  int first = 0, last = 0;
  EVP_EncryptUpdate(context.get(), out.data(), &first, in.data(), static_cast<int>(in.size()));
  EVP_EncryptFinal_ex(context.get(), out.data() + first, &last);
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

// The rule as the format's description has it: blocks of 4096, IV = ECB(key, u32le(i) and zeros), the last one padded.
Bytes cbc4k_by_the_formula(const ContentKey& key, const Bytes& plain) {
  Bytes all;
  for (std::uint32_t block = 0; block <= plain.size() / 4096; ++block) {
    Bytes number(16, 0);
    for (int i = 0; i < 4; ++i) number[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(block >> (8 * i));
    const Bytes iv = aes_128(EVP_aes_128_ecb(), key, {}, number, false);
    const std::size_t start = block * std::size_t{4096};
    const Bytes piece(plain.begin() + static_cast<std::ptrdiff_t>(start),
                      plain.begin() + static_cast<std::ptrdiff_t>(std::min(plain.size(), start + 4096)));
    const Bytes encrypted = aes_128(EVP_aes_128_cbc(), key, iv, piece, piece.size() < 4096);
    all.insert(all.end(), encrypted.begin(), encrypted.end());
  }
  return all;
}

class ContentCoderSizes : public testing::TestWithParam<std::size_t> {};

TEST_P(ContentCoderSizes, EncryptsAsTheFormulaSaysAndDecryptsAgain) {
  const Bytes plain = pattern(GetParam());
  const ContentKey key = key_of(16);
  for (const std::size_t chunk : {std::size_t{4096}, std::size_t{64} * 1024}) {
    const auto encrypted = run(*ContentCoder::encryptor(key), plain, chunk);
    ASSERT_TRUE(encrypted);
    EXPECT_EQ(encrypted->size(), encrypted_size(plain.size()));
    // With a chunk that ends where the content ends, `last` comes with a whole block: the padding is a block of its
    // own.
    EXPECT_EQ(*encrypted, cbc4k_by_the_formula(key, plain));
    const auto decrypted = run(*ContentCoder::decryptor(key), *encrypted, chunk);
    ASSERT_TRUE(decrypted) << decrypted.error().to_string();
    EXPECT_EQ(*decrypted, plain);
  }
}
INSTANTIATE_TEST_SUITE_P(Edges, ContentCoderSizes,
                         testing::Values(0, 1, 15, 16, 17, 4080, 4095, 4096, 4097, 8192, 10'000, 65'536,
                                         1024 * 1024 + 3));

TEST(ContentCoder, TenThousandBytesBecomeTenThousandAndSixteen) {
  EXPECT_EQ(encrypted_size(10'000), 10'016u);
}

TEST(ContentCoder, TakesKeysOf128And192And256Bits) {
  for (const std::size_t size : {16u, 24u, 32u}) {
    const auto encrypted = run(*ContentCoder::encryptor(key_of(size)), pattern(5000), 4096);
    EXPECT_EQ(*run(*ContentCoder::decryptor(key_of(size)), *encrypted, 4096), pattern(5000)) << size;
  }
}

TEST(ContentCoder, RefusesAKeyThatIsNotAes) {
  EXPECT_EQ(ContentCoder::encryptor(key_of(8)).error(), Errc::unsupported);
  EXPECT_EQ(ContentCoder::decryptor(key_of(17)).error(), Errc::unsupported);
}

TEST(ContentCoder, WritesNoOldCipher) {
  for (const auto cipher : {ContentCipher::ecb, ContentCipher::cbc4k_no_padding, ContentCipher::cbc512_no_padding})
    EXPECT_EQ(ContentCoder::encryptor(key_of(16, cipher)).error(), Errc::unsupported);
}

TEST(ContentCoder, ReadsEcb) {
  const Bytes plain = pattern(4096 + 32);
  const ContentKey key = key_of(16, ContentCipher::ecb);
  EXPECT_EQ(*run(*ContentCoder::decryptor(key), aes_128(EVP_aes_128_ecb(), key, {}, plain, false), 4096), plain);
}

TEST(ContentCoder, ReadsCbc512WhoseBlocksAreNamedByTheirByteOffset) {
  const Bytes plain = pattern(1024 + 48);
  const ContentKey key = key_of(16, ContentCipher::cbc512_no_padding);
  Bytes encrypted;
  for (std::size_t start = 0; start < plain.size(); start += 512) {
    Bytes offset(16, 0);
    offset[0] = static_cast<std::uint8_t>(start & 0xff);
    offset[1] = static_cast<std::uint8_t>(start >> 8);
    const Bytes piece(plain.begin() + static_cast<std::ptrdiff_t>(start),
                      plain.begin() + static_cast<std::ptrdiff_t>(std::min(plain.size(), start + 512)));
    const Bytes block =
        aes_128(EVP_aes_128_cbc(), key, aes_128(EVP_aes_128_ecb(), key, {}, offset, false), piece, false);
    encrypted.insert(encrypted.end(), block.begin(), block.end());
  }
  EXPECT_EQ(*run(*ContentCoder::decryptor(key), encrypted, 4096), plain);
}

TEST(ContentCoder, RefusesContentThatIsNoWholeNumberOfAesBlocks) {
  auto encrypted = *run(*ContentCoder::encryptor(key_of(16)), pattern(100), 4096);
  encrypted.pop_back();
  EXPECT_EQ(run(*ContentCoder::decryptor(key_of(16)), encrypted, 4096).error(), Errc::corrupt);
  EXPECT_EQ(run(*ContentCoder::decryptor(key_of(16)), {}, 4096).error(), Errc::corrupt);
}

TEST(ContentCoder, RefusesWrongPadding) {
  auto encrypted = *run(*ContentCoder::encryptor(key_of(16)), pattern(40), 4096);
  encrypted.resize(32);  // ends with content now, not with padding
  EXPECT_EQ(run(*ContentCoder::decryptor(key_of(16)), encrypted, 4096).error(), Errc::corrupt);
}

TEST(ContentCoder, StopsWhereTheBlockNumberWouldRepeat) {
  const Bytes block = pattern(4096);
  Bytes out(8192);
  auto coder = *ContentCoder::encryptor(key_of(16));
  coder.skip_for_test((std::uint64_t{1} << 32) - 1);
  EXPECT_TRUE(coder.code(block, false, out));
  EXPECT_EQ(coder.code(block, false, out).error(), Errc::too_large);
}

TEST(ContentDigest, IsSha256) {
  ContentDigest digest;
  const std::array<std::uint8_t, 3> abc{'a', 'b', 'c'};
  digest.add(std::span(abc).first(1));
  digest.add(std::span(abc).subspan(1));
  const Bytes value = digest.finish();
  EXPECT_EQ(value.size(), 32u);
  EXPECT_EQ((Bytes(value.begin(), value.begin() + 4)), (Bytes{0xba, 0x78, 0x16, 0xbf}));  // FIPS 180-2, B.1
}

}  // namespace
}  // namespace rms::xrml

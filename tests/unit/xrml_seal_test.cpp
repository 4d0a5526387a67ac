// SPDX-License-Identifier: Apache-2.0
#include "xrml/seal.h"

#include <functional>

#include "support/xrml_world.h"
#include "xml/document.h"
#include "xrml/aes.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::key_of;
using test::must;
using test::succeeds;

constexpr std::string_view kIssuer = "<ISSUER>Zoë</ISSUER>";

ContentKey content_key(unsigned bits = 128, ContentCipher cipher = ContentCipher::cbc4k) {
  auto key = must(ContentKey::generate(bits));
  key.cipher = cipher;
  return key;
}

EnablingBits sealed() {
  return must(seal(key_of("a").public_key(), content_key(), kIssuer));
}

TEST(Seal, GivesContentKeysBackOfEveryLengthAndCipher) {
  for (const unsigned bits : {128u, 192u, 256u}) {
    for (const auto cipher : {ContentCipher::ecb, ContentCipher::cbc4k_no_padding, ContentCipher::cbc4k,
                              ContentCipher::cbc512_no_padding}) {
      const auto key = content_key(bits, cipher);
      const auto bits_of_key = must(seal(key_of("a").public_key(), key, kIssuer));
      EXPECT_TRUE(bits_of_key.v2);
      const auto again = must(unseal_content_key(key_of("a"), bits_of_key, kIssuer));
      EXPECT_TRUE(again.key.equals(key.key.bytes()));
      EXPECT_EQ(again.cipher, cipher);
    }
  }
}

TEST(Seal, GivesPrivateKeysBack) {
  const auto bits = must(seal(key_of("a").public_key(), key_of("b"), kIssuer));
  EXPECT_EQ(must(unseal_private_key(key_of("a"), bits, kIssuer)).public_key(), key_of("b").public_key());
}

// The sizes of documents that Microsoft's services and clients made: docs/decisions/0011.
TEST(Seal, HasTheSizesOfRealDocuments) {
  const auto size = [](unsigned bits) {
    return must(seal(key_of("a").public_key(), content_key(bits), kIssuer)).bytes.size();
  };
  EXPECT_EQ(size(128), 336u);
  EXPECT_EQ(size(256), 352u);
  EXPECT_EQ(must(seal(key_of("a").public_key(), key_of("b"), kIssuer)).bytes.size(), 1488u);
}

TEST(Seal, IsNeverTheSameTwice) {
  const auto key = content_key();
  EXPECT_NE(must(seal(key_of("a").public_key(), key, kIssuer)).bytes,
            must(seal(key_of("a").public_key(), key, kIssuer)).bytes);
}

TEST(Seal, TakesAesKeysOnly) {
  EXPECT_TRUE(fails_with(seal(key_of("a").public_key(), ContentKey{Secret(7)}, kIssuer), Errc::unsupported));
}

TEST(Seal, OpensForItsKeyOnly) {
  EXPECT_TRUE(fails_with(unseal_content_key(key_of("b"), sealed(), kIssuer), Errc::wrong_key));
}

TEST(Seal, OpensInItsDocumentOnly) {
  const auto bits = sealed();
  EXPECT_TRUE(succeeds(unseal_content_key(key_of("a"), bits, kIssuer)));
  EXPECT_TRUE(fails_with(unseal_content_key(key_of("a"), bits, "<ISSUER>Zoe</ISSUER>"), Errc::corrupt));
  EXPECT_TRUE(fails_with(unseal_content_key(key_of("a"), bits, ""), Errc::corrupt));
}

TEST(Seal, IsNotOpenedWithAnyByteAltered) {
  const auto good = sealed();
  for (std::size_t at = 0; at < good.bytes.size(); at += at < 256 ? 51 : 1) {
    auto bits = good;
    bits.bytes[at] ^= 0x10;
    const auto result = unseal_content_key(key_of("a"), bits, kIssuer);
    // In the part that RSA sealed it cannot be told from a seal for another key.
    EXPECT_TRUE(fails_with(result, at < 256 ? Errc::wrong_key : Errc::corrupt)) << at;
  }
}

TEST(Seal, IsNotOpenedCutShortOrLengthened) {
  const auto good = sealed();
  for (const std::size_t size : {0u, 1u, 128u, 255u, 256u, 257u, 272u, 288u, 304u, 320u, 335u}) {
    auto bits = good;
    bits.bytes.resize(size);
    EXPECT_TRUE(fails_with(unseal_content_key(key_of("a"), bits, kIssuer), Errc::corrupt)) << size;
  }
  for (const std::size_t more : {1u, 15u, 16u, 32u}) {
    auto bits = good;
    bits.bytes.resize(good.bytes.size() + more);
    EXPECT_TRUE(fails_with(unseal_content_key(key_of("a"), bits, kIssuer), Errc::corrupt)) << more;
  }
}

TEST(Seal, IsNotOpenedAsTheOtherKindOfKey) {
  EXPECT_TRUE(fails_with(unseal_private_key(key_of("a"), sealed(), kIssuer), Errc::corrupt));
  const auto bits = must(seal(key_of("a").public_key(), key_of("b"), kIssuer));
  EXPECT_TRUE(fails_with(unseal_content_key(key_of("a"), bits, kIssuer), Errc::corrupt));
}

// A sealer of our own, by the text of MS-RMPR 2.2.9.1.13, whose every field can be made to lie.
struct Forger {
  std::uint32_t version = 2;
  std::optional<std::uint32_t> size;
  std::uint32_t reserved = 0;
  std::uint16_t blob_size = 28, mode = 0xFFFF, key_size = 16, block_size = 16;
  std::size_t key_bytes = 16;
  std::uint16_t session_blob_size = 28, session_mode = 0xFFFF, session_key_size = 16, session_block_size = 16;
  std::size_t session_bytes = 16;
  bool v2 = true;

  static void put(std::string& bytes, std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  }
  static std::string header(std::uint16_t blob, std::uint16_t cipher, std::uint16_t key, std::uint16_t block) {
    std::string bytes;
    put(bytes, blob, 2);
    put(bytes, cipher, 2);
    put(bytes, key, 2);
    put(bytes, block, 2);
    put(bytes, 0, 4);
    return bytes;
  }
  static Secret secret(const std::string& text) { return Secret(std::vector<std::uint8_t>(text.begin(), text.end())); }

  EnablingBits bits(const PublicKey& to, std::string_view bound_to) const {
    const auto hash = digest(v2 ? Hash::sha256 : Hash::sha1, xml::to_utf16le(bound_to));
    const auto payload = header(blob_size, mode, key_size, block_size) + std::string(key_bytes, 'k');
    std::string plain;
    put(plain, version, 4);
    put(plain, size.value_or(static_cast<std::uint32_t>(payload.size() + hash.size())), 4);
    put(plain, reserved, 4);
    put(plain, reserved, 4);
    plain += payload;
    plain.append(hash.begin(), hash.end());
    plain.resize(whole_blocks(plain.size()));

    const std::string session(16, 's');
    std::string head = header(session_blob_size, session_mode, session_key_size, session_block_size);
    head += session.substr(0, std::min<std::size_t>(session_bytes, 16));
    head.resize(12 + session_bytes, 's');
    EnablingBits result{v2, must(to.encrypt(secret(head), v2))};
    const auto sealed_part = aes_ecb_encrypt(secret(session), secret(plain).bytes());
    result.bytes.insert(result.bytes.end(), sealed_part.bytes().begin(), sealed_part.bytes().end());
    return result;
  }
};

Result<ContentKey> open(const Forger& forger) {
  return unseal_content_key(key_of("a"), forger.bits(key_of("a").public_key(), kIssuer), kIssuer);
}

TEST(ForgedSeal, IsOpenedIfNothingLies) {
  EXPECT_EQ(must(open({})).key.text(), std::string(16, 'k'));
}

// MS-RMPR 2.2.9.1.13.1 calls the field keySizeInBytes and says that it holds bits. Bytes are seen.
TEST(ForgedSeal, IsOpenedIfItsKeySizesAreInBitsAsTheTextDefinesThem) {
  Forger by_the_text;
  by_the_text.key_size = by_the_text.session_key_size = 128;
  EXPECT_TRUE(succeeds(open(by_the_text)));
}

TEST(ForgedSeal, IsRefusedIfASizeOrHeaderLies) {
  const std::vector<std::function<void(Forger&)>> lies = {
      [](auto& f) { f.version = 1; },
      [](auto& f) { f.reserved = 1; },
      [](auto& f) { f.size = 0; },
      [](auto& f) { f.size = 31; },
      [](auto& f) { f.size = 59; },
      [](auto& f) { f.size = 61; },
      [](auto& f) { f.size = 65; },
      [](auto& f) { f.size = 0xFFFFFFFF; },
      [](auto& f) { f.size = 0xFFFFFFF0; },
      [](auto& f) { f.blob_size = 27; },
      [](auto& f) { f.blob_size = 0xFFFF; },
      [](auto& f) { f.key_size = 24; },
      [](auto& f) { f.key_size = 0; },
      [](auto& f) { f.key_bytes = 15, f.blob_size = 27, f.key_size = 15; },
      [](auto& f) { f.key_bytes = 0, f.blob_size = 12, f.key_size = 0; },
      [](auto& f) { f.session_blob_size = 29; },
      [](auto& f) { f.session_key_size = 32; },
      [](auto& f) { f.session_bytes = 17, f.session_blob_size = 29; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    Forger forger;
    lies[i](forger);
    EXPECT_TRUE(fails_with(open(forger), Errc::corrupt)) << i;
  }
}

TEST(ForgedSeal, OfAnUnknownKindIsUnsupported) {
  Forger des;
  des.key_bytes = 8, des.blob_size = 20, des.key_size = 56, des.block_size = 8;
  EXPECT_TRUE(fails_with(open(des), Errc::unsupported));
  Forger des_session;
  des_session.session_bytes = 8, des_session.session_blob_size = 20, des_session.session_key_size = 56;
  EXPECT_TRUE(fails_with(open(des_session), Errc::unsupported));
  Forger cbc_session;
  cbc_session.session_mode = 0xFFFD;
  EXPECT_TRUE(fails_with(open(cbc_session), Errc::unsupported));
  Forger cipher;
  cipher.mode = 0xFFFB;
  EXPECT_TRUE(fails_with(open(cipher), Errc::unsupported));
}

TEST(ForgedSeal, OfModeOneOpensForKeysOfModeOneOnly) {
  Forger forger;
  forger.v2 = false;
  forger.version = 1;
  const auto& small = key_of("small", 1024);
  const auto bits = forger.bits(small.public_key(), kIssuer);
  EXPECT_EQ(bits.bytes.size(), 192u);  // as in the examples of MS-RMPR 4.5
  EXPECT_EQ(must(unseal_content_key(small, bits, kIssuer)).key.text(), std::string(16, 'k'));
  EXPECT_TRUE(fails_with(unseal_content_key(key_of("other small", 1024), bits, kIssuer), Errc::wrong_key));
  EXPECT_TRUE(fails_with(open(forger), Errc::unsupported));
}

TEST(ForgedSeal, OfABlobThatIsNoKeyIsCorrupt) {
  Forger forger;
  const auto bits = forger.bits(key_of("a").public_key(), kIssuer);
  EXPECT_TRUE(fails_with(unseal_private_key(key_of("a"), bits, kIssuer), Errc::corrupt));
}

}  // namespace
}  // namespace rms::xrml

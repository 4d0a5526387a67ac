// SPDX-License-Identifier: Apache-2.0
#include "xrml/keys.h"

#include <algorithm>
#include <tuple>

#include "support/xrml_world.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::key_of;
using test::must;
using test::succeeds;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}
Secret secret(std::string_view text) {
  return Secret(bytes_of(text));
}

TEST(Base64, IsThatOfRfc4648) {
  for (const auto& [plain, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xFB\xFF\xFE", "+//+"}}) {
    EXPECT_EQ(base64(plain), text);
    EXPECT_EQ(must(from_base64(text)), bytes_of(plain));
  }
}

TEST(Base64, IgnoresTheWhiteSpaceOfWrappedLines) {
  EXPECT_EQ(must(from_base64(" Zm9v\r\n\tYg =\n= ")), bytes_of("foob"));
}

TEST(Base64, RefusesWhatItWouldNotWrite) {
  for (const auto* text :
       {"Z", "Zg", "Zg=", "Zg===", "Zm9v=", "=", "====", "Zg==Zg==", "Z=g=", "Zm9v-_", "Zh==", "Zm9=", "Zm\xC3\xA9v"}) {
    EXPECT_TRUE(fails_with(from_base64(text), Errc::malformed)) << text;
  }
  EXPECT_TRUE(fails_with(from_base64(std::string_view("Zm9\0", 4)), Errc::malformed));
}

TEST(PublicKey, TakesOnlyWholeModuliOfFourLengths) {
  for (const std::size_t bits : {1024u, 2048u, 3072u, 4096u}) {
    std::vector<std::uint8_t> modulus(bits / 8, 0xC5);
    EXPECT_EQ(must(PublicKey::from_modulus_le(modulus)).bits(), bits);
    EXPECT_TRUE(fails_with(PublicKey::from_modulus_le(modulus, 3), Errc::unsupported));
    modulus.back() = 0x7F;  // one bit short
    EXPECT_TRUE(fails_with(PublicKey::from_modulus_le(modulus), Errc::unsupported));
    modulus.back() = 0x80;
    modulus.front() = 0xC4;  // even
    EXPECT_TRUE(fails_with(PublicKey::from_modulus_le(modulus), Errc::unsupported));
    modulus.push_back(0x80);
    EXPECT_TRUE(fails_with(PublicKey::from_modulus_le(modulus), Errc::unsupported));
  }
  EXPECT_TRUE(fails_with(PublicKey::from_modulus_le({}), Errc::unsupported));
}

TEST(PublicKey, HasAFingerprintOfItsModulus) {
  // printf '\xc5%.0s' {1..128} | sha256sum
  const auto key = must(PublicKey::from_modulus_le(std::vector<std::uint8_t>(128, 0xC5)));
  const auto hash = digest(Hash::sha256, std::string(128, '\xC5'));
  EXPECT_EQ(key.fingerprint().size(), 64u);
  EXPECT_EQ(std::stoi(key.fingerprint().substr(0, 2), nullptr, 16), hash[0]);
  EXPECT_EQ(std::stoi(key.fingerprint().substr(62), nullptr, 16), hash[31]);
}

TEST(PrivateKey, SignsWhatItsPublicHalfVerifies) {
  for (const Hash hash : {Hash::sha1, Hash::sha256}) {
    const auto right = digest(hash, "text");
    const auto signature = must(key_of("a").sign(hash, right));
    EXPECT_TRUE(succeeds(key_of("a").public_key().verify(hash, right, signature)));
    EXPECT_TRUE(fails_with(key_of("b").public_key().verify(hash, right, signature), Errc::signature_invalid));
    EXPECT_TRUE(
        fails_with(key_of("a").public_key().verify(hash, digest(hash, "other"), signature), Errc::signature_invalid));
    auto altered = signature;
    altered[100] ^= 1;
    EXPECT_TRUE(fails_with(key_of("a").public_key().verify(hash, right, altered), Errc::signature_invalid));
    altered = signature;
    altered.pop_back();
    EXPECT_TRUE(fails_with(key_of("a").public_key().verify(hash, right, altered), Errc::signature_invalid));
  }
}

TEST(PrivateKey, DoesNotSignADigestOfAnotherLength) {
  EXPECT_TRUE(fails_with(key_of("a").sign(Hash::sha256, digest(Hash::sha1, "text")), Errc::malformed));
}

TEST(PrivateKey, OpensWhatWasEncryptedForIt) {
  for (const bool oaep : {true, false}) {
    const auto sealed = must(key_of("a").public_key().encrypt(secret("short"), oaep));
    EXPECT_EQ(sealed.size(), 256u);
    EXPECT_EQ(must(key_of("a").decrypt(sealed, oaep)).text(), "short");
    EXPECT_TRUE(fails_with(key_of("a").decrypt(std::span(sealed).first(255), oaep), Errc::wrong_key));
  }
  const auto sealed = must(key_of("a").public_key().encrypt(secret("short"), true));
  EXPECT_TRUE(fails_with(key_of("b").decrypt(sealed, true), Errc::wrong_key));
  auto altered = sealed;
  altered[7] ^= 1;
  EXPECT_TRUE(fails_with(key_of("a").decrypt(altered, true), Errc::wrong_key));
}

TEST(PublicKey, EncryptsNoMoreThanOneBlock) {
  EXPECT_TRUE(succeeds(key_of("a").public_key().encrypt(Secret(256 - 42), true)));
  EXPECT_TRUE(fails_with(key_of("a").public_key().encrypt(Secret(256 - 41), true), Errc::too_large));
  EXPECT_TRUE(succeeds(key_of("a").public_key().encrypt(Secret(256 - 11), false)));
  EXPECT_TRUE(fails_with(key_of("a").public_key().encrypt(Secret(256 - 10), false), Errc::too_large));
}

TEST(PrivateKey, GoesThroughPem) {
  const auto pem = key_of("a").to_pem();
  EXPECT_TRUE(pem.text().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(must(PrivateKey::from_pem(pem)).public_key(), key_of("a").public_key());
}

TEST(PrivateKey, RefusesPemThatIsNoRsaKey) {
  EXPECT_TRUE(fails_with(PrivateKey::from_pem(secret("")), Errc::malformed));
  EXPECT_TRUE(fails_with(PrivateKey::from_pem(secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")),
                         Errc::malformed));
  // Encrypted: it must fail and not ask the terminal. openssl genpkey -algorithm ed25519 -aes256 -pass pass:x
  EXPECT_TRUE(fails_with(PrivateKey::from_pem(secret("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
                                                     "-----END ENCRYPTED PRIVATE KEY-----\n")),
                         Errc::malformed));
  // openssl genpkey -algorithm ed25519
  EXPECT_TRUE(
      fails_with(PrivateKey::from_pem(secret("-----BEGIN PRIVATE KEY-----\n"
                                             "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                                             "-----END PRIVATE KEY-----\n")),
                 Errc::unsupported));
}

TEST(PrivateKey, IsGeneratedInFourLengthsOnly) {
  EXPECT_TRUE(fails_with(PrivateKey::generate(512), Errc::unsupported));
  EXPECT_TRUE(fails_with(PrivateKey::generate(2047), Errc::unsupported));
}

TEST(PrivateKey, GoesThroughAPrivateKeyBlob) {
  const auto blob = key_of("a").to_blob();
  EXPECT_EQ(blob.size(), 1172u);
  const auto again = must(PrivateKey::from_blob(blob));
  EXPECT_EQ(again.public_key(), key_of("a").public_key());
  const auto sum = digest(Hash::sha256, "text");
  EXPECT_TRUE(succeeds(key_of("a").public_key().verify(Hash::sha256, sum, must(again.sign(Hash::sha256, sum)))));
  EXPECT_EQ(key_of("small", 1024).to_blob().size(), 596u);
}

TEST(PrivateKey, TakesBlobsForSigningAndForExchange) {
  auto blob = key_of("a").to_blob();
  EXPECT_EQ(blob.bytes()[5], 0x24);
  blob.bytes()[5] = 0xA4;
  EXPECT_TRUE(succeeds(PrivateKey::from_blob(blob)));
  blob.bytes()[5] = 0x66;
  EXPECT_TRUE(fails_with(PrivateKey::from_blob(blob), Errc::unsupported));
}

TEST(PrivateKey, RefusesABlobWithAnyNumberAltered) {
  // A byte of: type, magic, n, p, q, dp, dq, inverse, d.
  for (const std::size_t at : {0, 8, 21, 280, 410, 540, 660, 800, 920}) {
    auto blob = key_of("a").to_blob();
    blob.bytes()[at] ^= 2;
    EXPECT_TRUE(fails_with(PrivateKey::from_blob(blob), Errc::malformed)) << at;
  }
}

TEST(PrivateKey, RefusesABlobOfTheWrongSize) {
  const auto blob = key_of("a").to_blob();
  for (const std::size_t size : {0u, 8u, 19u, 20u, 1171u}) {
    EXPECT_TRUE(fails_with(PrivateKey::from_blob(Secret(blob.bytes().first(size))), Errc::malformed)) << size;
  }
  for (const std::size_t at : {12, 16}) {  // key length, exponent
    auto other = blob.clone();
    other.bytes()[at] ^= 4;
    EXPECT_TRUE(fails_with(PrivateKey::from_blob(other), Errc::unsupported)) << at;
  }
  Secret zeros(1172);
  std::ranges::copy(blob.bytes().first(20), zeros.bytes().begin());
  EXPECT_TRUE(fails_with(PrivateKey::from_blob(zeros), Errc::malformed));
}

TEST(ContentKey, IsGeneratedInThreeLengths) {
  for (const unsigned bits : {128u, 192u, 256u}) EXPECT_EQ(must(ContentKey::generate(bits)).key.size(), bits / 8);
  EXPECT_TRUE(fails_with(ContentKey::generate(56), Errc::unsupported));
  EXPECT_FALSE(must(ContentKey::generate()).key.equals(must(ContentKey::generate()).key.bytes()));
}

TEST(ContentKey, IsClonedWithItsCipher) {
  auto key = must(ContentKey::generate());
  key.cipher = ContentCipher::ecb;
  const auto copy = key.clone();
  EXPECT_TRUE(copy.key.equals(key.key.bytes()));
  EXPECT_EQ(copy.cipher, ContentCipher::ecb);
}

}  // namespace
}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "client/pfile/content.h"

#include <gtest/gtest.h>

#include "support/recording_progress.h"
#include "support/test_ca.h"
#include "xrml/content_cipher.h"

namespace rms::client::pfile {
namespace {

class Collected final : public Sink {
 public:
  Result<void> append(Bytes bytes) override {
    if (full) return Error(Errc::io_error, "no space left on device");
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string text;
  bool full = false;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 131 + i / 251);
  return text;
}

class PfileContent : public testing::Test {
 protected:
  InputFile file(const std::string& content) const { return *InputFile::open(dir.write("file", content)); }

  // Encrypts `plain`; what comes back is a "file" that is all content.
  std::string encrypt(const std::string& plain) {
    Collected out;
    const auto done = encrypt_content(file(plain), key, out, progress);
    EXPECT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(done->plain_bytes, plain.size());
    sha256 = done->sha256;
    return out.text;
  }
  Result<std::string> decrypt(const std::string& encrypted, std::optional<std::uint64_t> size = std::nullopt) {
    const auto input = file(encrypted);
    Header header;
    header.content.length = input.size();
    header.original_size = size;
    Collected out;
    RMS_CHECK(decrypt_content(input, header, key, sha256, out, progress));
    return out.text;
  }

  test::TempDir dir;
  test::RecordingProgress progress;
  xrml::ContentKey key{Secret(bytes_of("0123456789abcdef")), xrml::ContentCipher::cbc4k};
  std::optional<Sha256> sha256;
};

TEST_F(PfileContent, ComesBackAsItWas) {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 4095u, 4096u, 4097u, 256u * 1024, 1024u * 1024 + 3}) {
    const std::string plain = pattern(size);
    const std::string encrypted = encrypt(plain);
    EXPECT_EQ(encrypted.size(), xrml::encrypted_size(size));
    const auto again = decrypt(encrypted, size);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(*again, plain) << size;
  }
}

TEST_F(PfileContent, AChangedBitAnywhereIsRefused) {
  const std::string encrypted = encrypt(pattern(10'000));
  for (const std::size_t at : {std::size_t{0}, std::size_t{15}, std::size_t{4095}, std::size_t{4096},
                               std::size_t{9'999}, encrypted.size() - 17, encrypted.size() - 1}) {
    std::string changed = encrypted;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(decrypt(changed).error(), Errc::corrupt) << at;
    Header header;
    header.content.length = changed.size();
    EXPECT_EQ(check_content(file(changed), header, *sha256, progress).error(), Errc::corrupt) << at;
  }
}

TEST_F(PfileContent, CutShortOrExtendedIsRefused) {
  const std::string encrypted = encrypt(pattern(10'000));
  for (const std::size_t less : {1u, 16u, 4096u, 10'016u})
    EXPECT_EQ(decrypt(encrypted.substr(0, encrypted.size() - less)).error(), Errc::corrupt) << less;
  EXPECT_EQ(decrypt(encrypted + std::string(16, 'x')).error(), Errc::corrupt);
}

TEST_F(PfileContent, CheckedWithoutAKeyIsGood) {
  const std::string encrypted = encrypt(pattern(10'000));
  Header header;
  header.content.length = encrypted.size();
  EXPECT_TRUE(check_content(file(encrypted), header, *sha256, progress));
  EXPECT_EQ(progress.last_done, encrypted.size());
}

TEST_F(PfileContent, WithoutADigestOnlyPaddingAndSizeAreChecked) {
  const std::string encrypted = encrypt(pattern(100));
  sha256.reset();
  EXPECT_TRUE(decrypt(encrypted, 100));
  EXPECT_EQ(decrypt(encrypted, 101).error(), Errc::corrupt);
  EXPECT_EQ(decrypt(encrypted.substr(0, 16)).error(), Errc::corrupt);
}

TEST_F(PfileContent, OfACipherWithoutPaddingIsCutToItsSize) {
  key.cipher = xrml::ContentCipher::ecb;
  const std::string block(32, 'e');  // decrypts to something: its length is what matters
  EXPECT_EQ(decrypt(block)->size(), 32u);
  EXPECT_EQ(decrypt(block, 20)->size(), 20u);
  EXPECT_EQ(decrypt(block, 16).error(), Errc::corrupt);
  EXPECT_EQ(decrypt(block, 33).error(), Errc::corrupt);
}

TEST_F(PfileContent, StopsWhenTold) {
  const std::string encrypted = encrypt(pattern(1024 * 1024));
  progress.stop_after = 300'000;
  EXPECT_EQ(decrypt(encrypted).error(), Errc::cancelled);
  Collected out;
  EXPECT_EQ(encrypt_content(file(pattern(1024 * 1024)), key, out, progress).error(), Errc::cancelled);
  EXPECT_LT(out.text.size(), 1024u * 1024);
}

TEST_F(PfileContent, AFullDiskIsAnError) {
  const std::string encrypted = encrypt(pattern(100));
  const auto input = file(encrypted);
  Header header;
  header.content.length = input.size();
  Collected out;
  out.full = true;
  EXPECT_EQ(decrypt_content(input, header, key, sha256, out, progress).error(), Errc::io_error);
}

}  // namespace
}  // namespace rms::client::pfile

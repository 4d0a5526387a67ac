// SPDX-License-Identifier: Apache-2.0
#include "client/pfile/header.h"

#include <gtest/gtest.h>

#include <functional>

#include "support/test_ca.h"

namespace rms::client::pfile {
namespace {

// A file of our own making, field by field, so that one can be broken at a time. Layout: head, ".txt", 8 bytes of
// licence, 4 of metadata, 32 of content.
struct Image {
  std::string magic = ".pfile";
  std::uint32_t major = 3, minor = 0, redirection = 2, header_size = 40, extension_offset = 60, extension_length = 4,
                license_offset = 64, license_length = 8, content_offset = 76;
  std::uint64_t original_size = 20;
  std::uint32_t metadata_offset = 72, metadata_length = 4;
  bool short_header = false;
  std::string rest = ".txtLICENCE!META" + std::string(32, 'c');

  std::string bytes() const {
    std::string all = magic;
    const auto put = [&all](std::uint64_t value, int size) {
      for (int i = 0; i < size; ++i) all.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
    };
    for (const auto value : {major, minor, redirection}) put(value, 4);
    all += "hi";
    for (const auto value :
         {header_size, extension_offset, extension_length, license_offset, license_length, content_offset})
      put(value, 4);
    if (!short_header) {
      put(original_size, 8);
      put(metadata_offset, 4);
      put(metadata_length, 4);
    }
    return all + rest;
  }
};

class PfileHeader : public testing::Test {
 protected:
  Result<Header> read(const std::string& bytes) const {
    RMS_TRY(const auto file, InputFile::open(dir.write("file.pfile", bytes)));
    return read_header(file);
  }
  test::TempDir dir;
};

TEST_F(PfileHeader, SaysWhereEverythingIs) {
  const auto header = read(Image{}.bytes());
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->major, 3u);
  EXPECT_EQ(header->extension, ".txt");
  EXPECT_EQ(header->license.offset, 64u);
  EXPECT_EQ(header->license.length, 8u);
  EXPECT_EQ(header->metadata.offset, 72u);
  EXPECT_EQ(header->content.offset, 76u);
  EXPECT_EQ(header->content.length, 32u);
  EXPECT_EQ(header->original_size, 20u);
}

TEST_F(PfileHeader, OfVersion20IsShorter) {
  Image image;
  image.major = 2;
  image.short_header = true;
  image.header_size = 24;
  image.extension_offset -= 16;
  image.license_offset -= 16;
  image.content_offset -= 16;
  const auto header = read(image.bytes());
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->extension, ".txt");
  EXPECT_EQ(header->content.length, 32u);
  EXPECT_EQ(header->original_size, std::nullopt);
}

TEST_F(PfileHeader, AnUnknownSizeIsAllOnes) {
  Image image;
  image.original_size = ~std::uint64_t{0};
  EXPECT_EQ(read(image.bytes())->original_size, std::nullopt);
}

TEST_F(PfileHeader, AGapBeforeTheContentIsAllowed) {
  Image image;
  image.content_offset += 4;
  EXPECT_EQ(read(image.bytes())->content.length, 28u);
}

struct Broken {
  const char* name;
  Errc code;
  std::function<void(Image&)> change;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenPfileHeader : public PfileHeader, public testing::WithParamInterface<Broken> {};

TEST_P(BrokenPfileHeader, IsRefused) {
  Image image;
  GetParam().change(image);
  const auto header = read(image.bytes());
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error(), GetParam().code) << header.error().to_string();
  EXPECT_FALSE(header.error().context.empty());
}

constexpr std::uint32_t kMost = 0xffff'ffff;
INSTANTIATE_TEST_SUITE_P(
    Each, BrokenPfileHeader,
    testing::Values(
        Broken{"OtherMagic", Errc::malformed, [](Image& i) { i.magic = ".pfilf"; }},
        Broken{"Version1", Errc::unsupported, [](Image& i) { i.major = 1; }},
        Broken{"Version4", Errc::unsupported, [](Image& i) { i.major = 4; }},
        Broken{"Minor256", Errc::unsupported, [](Image& i) { i.minor = 256; }},
        Broken{"LongRedirection", Errc::too_large, [](Image& i) { i.redirection = kMaxRedirectionBytes + 1; }},
        Broken{"RedirectionBeyondTheFile", Errc::malformed, [](Image& i) { i.redirection = 1000; }},
        Broken{"SmallHeaderSize", Errc::malformed, [](Image& i) { i.header_size = 39; }},
        Broken{"HugeHeaderSize", Errc::malformed, [](Image& i) { i.header_size = kMost; }},
        Broken{"HeaderReachesIntoTheExtension", Errc::malformed, [](Image& i) { i.header_size = 41; }},
        Broken{"ExtensionInTheHeader", Errc::malformed, [](Image& i) { i.extension_offset = 59; }},
        Broken{"ExtensionBeyondTheFile", Errc::malformed, [](Image& i) { i.extension_offset = kMost; }},
        Broken{"LongExtension", Errc::too_large, [](Image& i) { i.extension_length = kMaxExtensionBytes + 1; }},
        Broken{"ExtensionOverLicense", Errc::malformed, [](Image& i) { i.extension_length = 5; }},
        Broken{"ExtensionIsAPath", Errc::malformed, [](Image& i) { i.rest.replace(0, 4, "/etc"); }},
        Broken{"ExtensionClimbs", Errc::malformed, [](Image& i) { i.rest.replace(0, 4, "./.."); }},
        Broken{"ExtensionHasANul", Errc::malformed, [](Image& i) { i.rest[2] = '\0'; }},
        Broken{"ExtensionMovesTheCursor", Errc::malformed, [](Image& i) { i.rest[2] = '\x1b'; }},
        Broken{"NoLicense", Errc::malformed, [](Image& i) { i.license_length = 0; }},
        Broken{"LicenseInTheHeader", Errc::malformed, [](Image& i) { i.license_offset = 10; }},
        Broken{"LicenseReachesIntoTheContent", Errc::malformed, [](Image& i) { i.license_length = 13; }},
        Broken{"LicenseOverMetadata", Errc::malformed, [](Image& i) { i.license_length = 9; }},
        Broken{"LongLicense", Errc::too_large, [](Image& i) { i.license_length = kMaxLicenseBytes + 1; }},
        Broken{"LicenseLengthOverflows32Bits", Errc::too_large,
               [](Image& i) { i.license_length = kMost - i.license_offset + 20; }},
        Broken{"LicenseOffsetOverflows32Bits", Errc::malformed, [](Image& i) { i.license_offset = kMost - 4; }},
        Broken{"LongMetadata", Errc::too_large, [](Image& i) { i.metadata_length = kMaxMetadataBytes + 1; }},
        Broken{"MetadataReachesIntoTheContent", Errc::malformed, [](Image& i) { i.metadata_length = 5; }},
        Broken{"MetadataInTheHeader", Errc::malformed, [](Image& i) { i.metadata_offset = 0; }},
        Broken{"ContentInTheHeader", Errc::malformed, [](Image& i) { i.content_offset = 59; }},
        Broken{"ContentBeyondTheFile", Errc::malformed, [](Image& i) { i.content_offset = 109; }},
        Broken{"ContentFarBeyondTheFile", Errc::malformed, [](Image& i) { i.content_offset = kMost; }}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(PfileHeader, ALicenseOfExactlyTheLimitIsRead) {
  Image image;
  image.metadata_length = 0;
  image.license_length = kMaxLicenseBytes;
  image.content_offset = 64 + kMaxLicenseBytes;
  image.rest = ".txt" + std::string(kMaxLicenseBytes, 'L') + std::string(16, 'c');
  const auto header = read(image.bytes());
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->content.length, 16u);
}

TEST_F(PfileHeader, CutAnywhereIsRefused) {
  const std::string whole = Image{}.bytes();
  for (std::size_t size = 0; size < 76; ++size) EXPECT_FALSE(read(whole.substr(0, size))) << size;
}

TEST_F(PfileHeader, WrittenIsReadAgain) {
  const Header layout = lay_out(".txt", 8);
  const auto header = read(encode(layout, 1234) + "LICENCE!" + std::string(48, 'c'));
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->license.offset, layout.license.offset);
  EXPECT_EQ(header->license.length, 8u);
  EXPECT_EQ(header->content.offset, layout.content.offset);
  EXPECT_EQ(header->content.length, 48u);
  EXPECT_EQ(header->extension, ".txt");
  EXPECT_EQ(header->original_size, 1234u);
}

TEST_F(PfileHeader, WrittenHasNoExtensionIfTheFileHasNone) {
  const auto header = read(encode(lay_out("", 8), 1) + "LICENCE!" + std::string(16, 'c'));
  ASSERT_TRUE(header) << header.error().to_string();
  EXPECT_EQ(header->extension, "");
}

TEST(PfileExtension, IsADotAndAFewPlainCharacters) {
  for (const char* good : {"", ".txt", ".tar.gz", ".7z", ".c++"}) EXPECT_TRUE(is_extension(good)) << good;
  for (const char* bad : {".", "txt", ".a/b", ".a\\b", ".a b", ".\n", ".txt.", ".\xe2\x80\xae"})
    EXPECT_FALSE(is_extension(bad)) << bad;
  EXPECT_TRUE(is_extension("." + std::string(kMaxExtensionBytes - 1, 'x')));
  EXPECT_FALSE(is_extension("." + std::string(kMaxExtensionBytes, 'x')));
}

}  // namespace
}  // namespace rms::client::pfile

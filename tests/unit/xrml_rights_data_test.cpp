// SPDX-License-Identifier: Apache-2.0
#include "xrml/rights_data.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "support/xrml_world.h"
#include "xml/document.h"
#include "xrml/aes.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::kNow;
using test::must;
using test::succeeds;

Document rights_for(const std::string& mail) {
  Content content;
  content.kind = Kind::rights_data;
  content.issued = kNow;
  Work work;
  work.object = {"", "MS-GUID", "{1}", "", {}};
  work.grants = {{"VIEW", Object{"", "Unspecified", "", mail, {}}, "", {}, {}, {}}};
  content.work = work;
  return must(issue(content, nullptr));
}

std::string encrypt_text(std::string_view utf8, const ContentKey& key) {
  std::string plain = xml::to_utf16le(utf8);
  plain.resize(whole_blocks(plain.size()));
  return base64(aes_ecb_encrypt(key.key, std::vector<std::uint8_t>(plain.begin(), plain.end())).bytes());
}

TEST(RightsData, ComeBackForEveryLengthOfTextAndKey) {
  for (const unsigned bits : {128u, 192u, 256u}) {
    const auto key = must(ContentKey::generate(bits));
    std::string mail = "b";
    for (int i = 0; i < 8; ++i, mail += 'b') {  // every alignment to the block
      const auto rights = rights_for(mail);
      EXPECT_EQ(must(decrypt_rights_data(must(encrypt_rights_data(rights, key)), key)).text(), rights.text());
    }
  }
}

TEST(RightsData, TakeTheSpaceOfTheirCharactersAndNoMore) {
  const auto key = must(ContentKey::generate());
  const auto rights = rights_for("é@contoso.test");
  const auto size = must(from_base64(must(encrypt_rights_data(rights, key)))).size();
  EXPECT_EQ(size, whole_blocks(xml::to_utf16le(rights.text()).size()));
}

TEST(RightsData, DoNotOpenWithAnotherKey) {
  const auto encrypted = must(encrypt_rights_data(rights_for("bob"), must(ContentKey::generate())));
  EXPECT_TRUE(fails_with(decrypt_rights_data(encrypted, must(ContentKey::generate())), Errc::corrupt));
}

TEST(RightsData, DoNotOpenIfTheyAreNoWholeBlocks) {
  const auto key = must(ContentKey::generate());
  const auto bytes = must(from_base64(must(encrypt_rights_data(rights_for("bob"), key))));
  EXPECT_TRUE(fails_with(decrypt_rights_data("", key), Errc::corrupt));
  EXPECT_TRUE(fails_with(decrypt_rights_data("no base64", key), Errc::corrupt));
  EXPECT_TRUE(fails_with(decrypt_rights_data(base64(std::span(bytes).first(bytes.size() - 1)), key), Errc::corrupt));
  auto altered = bytes;
  altered[3] ^= 1;  // the first block: nothing starts with < any more
  EXPECT_TRUE(fails_with(decrypt_rights_data(base64(altered), key), Errc::corrupt));
  // A block of zeros in the text decrypts to anything but UTF-16 text with the same tags.
  EXPECT_FALSE(decrypt_rights_data(base64(std::span(bytes).first(bytes.size() - 16)), key));
}

TEST(RightsData, AreRightsData) {
  const auto key = must(ContentKey::generate());
  EXPECT_TRUE(fails_with(decrypt_rights_data(encrypt_text("<XrML>junk</XrML>", key), key), Errc::malformed));
  EXPECT_TRUE(fails_with(decrypt_rights_data(encrypt_text(test::machine().text(), key), key), Errc::malformed));
  // Half of a surrogate pair is no text.
  std::vector<std::uint8_t> broken = {'<', 0, 0, 0xD8, 'x', 0, 'x', 0, 'x', 0, 'x', 0, 'x', 0, 'x', 0};
  EXPECT_TRUE(fails_with(decrypt_rights_data(base64(aes_ecb_encrypt(key.key, broken).bytes()), key), Errc::corrupt));
}

TEST(RightsData, AreEncryptedWithAesKeysOnly) {
  const ContentKey des{Secret(8)};
  EXPECT_TRUE(fails_with(encrypt_rights_data(rights_for("bob"), des), Errc::unsupported));
  EXPECT_TRUE(fails_with(decrypt_rights_data("AAAA", des), Errc::unsupported));
}

// The evidence of docs/decisions/0011: what we make of the printed rights data has the size and the pattern of equal
// blocks that the printed licence has.
TEST(RightsData, AreMadeLikeThoseOfTheSpecificationsLicence) {
  const std::filesystem::path vectors = RMS_VECTORS_DIR;
  if (!std::filesystem::is_directory(vectors)) GTEST_SKIP() << "the vectors are not here: " << vectors;
  const auto read = [&](const char* name) {
    std::ifstream file(vectors / name);
    std::stringstream text;
    text << file.rdbuf();
    return must(Document::parse(text.str()));
  };
  const auto pattern = [](std::string_view text) {
    const auto bytes = must(from_base64(text));
    std::map<std::vector<std::uint8_t>, std::size_t> first_seen;
    std::vector<std::size_t> numbers;
    for (std::size_t at = 0; at < bytes.size(); at += kAesBlockBytes) {
      const auto block = std::span(bytes).subspan(at, kAesBlockBytes);
      numbers.push_back(first_seen.try_emplace({block.begin(), block.end()}, numbers.size()).first->second);
    }
    return numbers;
  };
  const auto ours = must(encrypt_rights_data(read("spec-erd.xml"), must(ContentKey::generate())));
  const auto theirs = pattern(read("spec-pl.xml").content().authenticated_data.at(0).value);
  EXPECT_EQ(theirs.size(), 434u);
  EXPECT_EQ(pattern(ours), theirs);
}

}  // namespace
}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

namespace rms {
namespace {

static_assert(to_lower('A') == 'a' && to_lower('Z') == 'z' && to_upper('a') == 'A' && to_upper('z') == 'Z');
static_assert(equal_without_case("", "") && equal_without_case("License.ASMX", "license.asmx"));

static_assert(trimmed(" \t a b\t ", " \t") == "a b" && trimmed("\n a", " ") == "\n a");
static_assert(trimmed("a", " ") == "a" && trimmed("  ", " ").empty() && trimmed("", " ").empty());

TEST(Text, HasLowerAndUpperCase) {
  EXPECT_EQ(to_lower(std::string_view("Text/XML")), "text/xml");
  EXPECT_EQ(to_upper(std::string_view("View")), "VIEW");
}

TEST(Text, ChangesTheLettersOfAsciiAndNoOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(to_lower(c), byte >= 0x41 && byte <= 0x5a ? static_cast<char>(byte + 0x20) : c) << byte;
    EXPECT_EQ(to_upper(c), byte >= 0x61 && byte <= 0x7a ? static_cast<char>(byte - 0x20) : c) << byte;
  }
}

TEST(Text, KeepsNulsAndUtf8) {
  using namespace std::string_view_literals;
  EXPECT_EQ(to_lower("A\0B\xc3\x84"sv), "a\0b\xc3\x84"sv);
  EXPECT_EQ(to_upper("a\0b\xc3\xa4"sv), "A\0B\xc3\xa4"sv);
}

TEST(Text, EqualWithoutCaseComparesAllOfBoth) {
  EXPECT_TRUE(equal_without_case("Exchange.Contoso.TEST", "exchange.contoso.test"));
  EXPECT_FALSE(equal_without_case("exchange", "exchange."));
  EXPECT_FALSE(equal_without_case("exchange.", "exchange"));
  EXPECT_FALSE(equal_without_case("exchange", "exchangf"));
}

// The neighbours of the letters, which a comparison of bits (c | 0x20) would take for one another.
TEST(Text, SignsBesideTheLettersHaveNoCase) {
  EXPECT_FALSE(equal_without_case("@", "`"));
  EXPECT_FALSE(equal_without_case("[", "{"));
  EXPECT_FALSE(equal_without_case("^", "~"));
}

TEST(Text, NoLetterOutsideAsciiIsTheSameAsOneWithin) {
  EXPECT_FALSE(equal_without_case("\xc4\xb0", "i"));      // capital I with a dot
  EXPECT_FALSE(equal_without_case("\xe2\x84\xaa", "k"));  // the Kelvin sign
  EXPECT_FALSE(equal_without_case("\xc3\x84", "\xc3\xa4"));
}

}  // namespace
}  // namespace rms

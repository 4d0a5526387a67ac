// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "xml/document.h"

namespace rms::xml {
namespace {

using std::string_literals::operator""s;

std::string utf8_of(std::string_view bytes) {
  auto text = to_utf8(bytes);
  EXPECT_TRUE(text) << text.error().to_string();
  return text ? *text : std::string();
}

// The same text, high byte first.
std::string swapped(std::string bytes) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) std::swap(bytes[i], bytes[i + 1]);
  return bytes;
}

// One letter of each length that UTF-8 has, and a pair of surrogates in UTF-16.
const std::string kText = "<a>z\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91</a>";

TEST(XmlText, Utf8IsKept) {
  EXPECT_EQ(utf8_of(kText), kText);
}
TEST(XmlText, Utf8ByteOrderMarkIsDropped) {
  EXPECT_EQ(utf8_of("\xef\xbb\xbf" + kText), kText);
}

TEST(XmlText, Utf16IsReadInBothByteOrders) {
  const std::string le = to_utf16le(kText);
  EXPECT_EQ(utf8_of("\xff\xfe" + le), kText);
  EXPECT_EQ(utf8_of("\xfe\xff" + swapped(le)), kText);
}

TEST(XmlText, Utf16WithoutByteOrderMarkIsKnownByItsFirstCharacter) {
  const std::string le = to_utf16le(kText);
  EXPECT_EQ(utf8_of(le), kText);
  EXPECT_EQ(utf8_of(swapped(le)), kText);
}

TEST(XmlText, OneNulAtTheEndIsDropped) {
  EXPECT_EQ(utf8_of(kText + "\0"s), kText);
  EXPECT_EQ(utf8_of(to_utf16le(kText) + "\0\0"s), kText);
  EXPECT_EQ(to_utf8(kText + "\0\0"s).error(), Errc::malformed);
  EXPECT_EQ(to_utf8(to_utf16le(kText) + "\0\0\0\0"s).error(), Errc::malformed);
}

TEST(XmlText, EmptyIsEmpty) {
  EXPECT_EQ(utf8_of(""), "");
}

TEST(XmlText, WhatIsNotTextIsRefused) {
  for (const std::string& bytes : {
           "a\0b"s,                 // NUL
           "\x80"s,                 // continuation without a start
           "\xc0\xbc"s,             // '<' in more bytes than it needs
           "\xe2\x82"s,             // cut short
           "\xed\xa0\x80"s,         // a surrogate
           "\xf4\x90\x80\x80"s,     // beyond Unicode
           "\xff\xfe<"s,            // half a code unit
           "\xff\xfe\x3d\xd8"s,     // first of a surrogate pair, alone
           "\xff\xfe\x11\xdd"s,     // second of one, alone
           "\xff\xfe\0\0<\0\0\0"s,  // UTF-32
       })
    EXPECT_EQ(to_utf8(bytes).error(), Errc::malformed) << testing::PrintToString(bytes);
}

TEST(XmlText, Utf16leIsWithoutByteOrderMark) {
  EXPECT_EQ(to_utf16le("A\xf0\x9f\x94\x91"), "A\0\x3d\xd8\x11\xdd"s);
}

TEST(XmlText, EscapedTextReadsBackTheSame) {
  const std::string hostile = "<![CDATA[ &amp; ]]> \"'\r\n\t</a>";
  EXPECT_EQ(Document::parse("<a>" + escape(hostile) + "</a>")->root().text(), hostile);
  const std::string value = "<&>\"'\r";
  const auto document = Document::parse("<a b=\"" + escape(value) + "\"/>");
  EXPECT_EQ(document->root().attribute("b"), value);
}

TEST(XmlText, EscapeLeavesNothingThatXmlCannotCarry) {
  EXPECT_EQ(escape("a\x01\x1b\0b"s), "a???b");
}

}  // namespace
}  // namespace rms::xml

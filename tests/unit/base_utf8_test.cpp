// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace rms {
namespace {

using namespace std::string_literals;

TEST(PrintableUtf8, LeavesLettersOfEveryScript) {
  for (const char* text :
       {"Exchange Servers", "Dom\xc3\xa4nencomputer", "\xe6\x9d\x8e", "\xf0\x9f\x90\xbb", "\xc2\xa0"})
    EXPECT_EQ(printable_utf8(text), text);
}

TEST(PrintableUtf8, LetsNothingSteerTheTerminal) {
  EXPECT_EQ(printable_utf8("a\x1b[2Jb\r\n\x7f\0c"s), "a?[2Jb????c");
  EXPECT_EQ(printable_utf8("a\xc2\x9b"
                           "2Jb"),
            "a?2Jb");  // U+009B is CSI, too
}

TEST(PrintableUtf8, LetsNothingMisleadTheReader) {
  EXPECT_EQ(printable_utf8("a\xe2\x80\xae"
                           "b\xe2\x80\x8b\xe2\x80\xa8\xe2\x81\xa6\xef\xbb\xbf"),
            "a?b????");
}

TEST(PrintableUtf8, BytesThatAreNoUtf8BecomeOneMarkEach) {
  EXPECT_EQ(printable_utf8("a\x9b\xff"
                           "b\xc3"),
            "a??b?");
  EXPECT_EQ(printable_utf8("\xc0\xaf\xed\xa0\x80"), "?????");
}

TEST(Utf8, AnEmptyTextStartsWithNoCharacter) {
  EXPECT_EQ(utf8_character_bytes(""), 0u);
  EXPECT_EQ(utf8_character_bytes("a"), 1u);
}

}  // namespace
}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <string>

#include <gtest/gtest.h>

namespace rms {
namespace {

TEST(Address, IsWhatPeopleAreWrittenTo) {
  for (const char* text : {"alice@contoso.test", "o'brien+list@contoso.test", "a@b", "b\xc3\xa4r@contoso.test",
                           "\xe6\x9d\x8e@\xe4\xbe\x8b.test", "\xf0\x9f\x90\xbb@contoso.test", "EXCH01$@contoso.test"})
    EXPECT_TRUE(is_address(text)) << text;
  for (const char* text : {"", "alice", "@", "@contoso.test", "alice@", "a@b@c", "a b@c", "a\t@b", "a@b\x7f", "<a@b>",
                           "\"a\"@b", "a@b,c", "a@b;", "smtp:a@b", "a@b:VIEW"})
    EXPECT_FALSE(is_address(text)) << text;
}

TEST(Address, IsUtf8) {
  for (const char* text :
       {"b\xe4r@contoso.test", "\x80@a", "\xc3@a", "\xc0\xaf@a", "\xe0\x80\xaf@a", "\xed\xa0\x80@a", "\xe2\x82@a",
        "\xf0\x8f\xbf\xbf@a", "\xf4\x90\x80\x80@a", "\xf0\x9f\x90@a", "\xf5\x80\x80\x80@a", "a@\xc3"})
    EXPECT_FALSE(is_address(text));
}

TEST(Address, HasALimit) {
  const std::string most = std::string(318, 'a') + "@b";
  EXPECT_TRUE(is_address(most));
  EXPECT_FALSE(is_address("a" + most));
}

TEST(Sid, IsOfNumbers) {
  for (const char* text : {"S-1-5", "S-1-5-21-1-2-3-1118"}) EXPECT_TRUE(is_sid(text)) << text;
  for (const char* text :
       {"", "S", "S-1-", "S-2-5", "s-1-5", "S-1-5-", "S-1--5", "S-1-x", "S-1-5 ", "alice@contoso.test"})
    EXPECT_FALSE(is_sid(text)) << text;
  const std::string most = "S-1-" + std::string(180, '1');
  EXPECT_TRUE(is_sid(most));
  EXPECT_FALSE(is_sid(most + "1"));
}

}  // namespace
}  // namespace rms

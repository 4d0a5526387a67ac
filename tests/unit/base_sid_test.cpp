// SPDX-License-Identifier: Apache-2.0
#include "base/sid.h"

#include <array>

#include <gtest/gtest.h>

namespace rms {
namespace {

using namespace std::string_literals;

// S-1-5-21-1-2-4294967295, as a directory gives it.
const std::string kBytes =
    "\x01\x04\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff"s;
constexpr const char* kText = "S-1-5-21-1-2-4294967295";

std::string with_count(std::size_t count, std::size_t really) {
  return "\x01"s + static_cast<char>(count) + "\x00\x00\x00\x00\x00\x05"s + std::string(4 * really, '\0');
}

TEST(SidForms, LeadToEachOther) {
  EXPECT_EQ(sid_text(kBytes), kText);
  EXPECT_EQ(sid_bytes(kText), kBytes);
  EXPECT_EQ(sid_text(5, std::array<std::uint32_t, 2>{32, 544}), "S-1-5-32-544");
}

TEST(SidForms, HoldTheLargestValues) {
  const std::string bytes = "\x01\x0f\xff\xff\xff\xff\xff\xff"s + std::string(60, '\xff');
  const auto text = sid_text(bytes);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("S-1-281474976710655-4294967295-")) << *text;
  EXPECT_EQ(sid_bytes(*text), bytes);
}

TEST(SidForms, MayHaveNoSubAuthority) {
  EXPECT_EQ(sid_text(with_count(0, 0)), "S-1-5");
  EXPECT_EQ(sid_bytes("S-1-5"), with_count(0, 0));
}

TEST(SidForms, EveryPrefixIsCutShort) {
  for (std::size_t size = 0; size < kBytes.size(); ++size)
    EXPECT_FALSE(sid_text(std::string_view(kBytes).substr(0, size))) << size;
  EXPECT_FALSE(sid_text(kBytes + '\0'));
}

TEST(SidForms, OtherRevisionsAndTooManySubAuthoritiesAreNone) {
  EXPECT_FALSE(sid_text("\x02"s + kBytes.substr(1)));
  EXPECT_TRUE(sid_text(with_count(15, 15)));
  EXPECT_FALSE(sid_text(with_count(16, 16)));
  EXPECT_FALSE(sid_text(with_count(255, 255)));
  EXPECT_FALSE(sid_text(with_count(15, 14)));
}

TEST(SidForms, ATextWithAPartThatIsNoFittingNumberHasNoBytes) {
  for (const char* text :
       {"", "S-1-", "S-1-5-", "S-1--5", "S-2-5", "s-1-5", "S-1-5-x", "S-1-5-21 ", "S-1-5-+1", "S-1-5-4294967296",
        "S-1-281474976710656", "S-1-5-99999999999999999999", "S-1-5-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"})
    EXPECT_FALSE(sid_bytes(text)) << text;
}

}  // namespace
}  // namespace rms

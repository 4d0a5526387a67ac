// SPDX-License-Identifier: Apache-2.0
#include "xrml/content.h"

#include "support/xrml_world.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::kNow;
using test::must;

TEST(Time, IsOfMinutes) {
  EXPECT_EQ(format(must(parse_time("2013-04-16T16:58"))), "2013-04-16T16:58");
  EXPECT_EQ(format(must(parse_time("0001-01-01T00:00"))), "0001-01-01T00:00");
  EXPECT_EQ(must(parse_time("9999-12-31T23:59")), kLastTime);
  EXPECT_EQ(format(must(parse_time("2024-02-29T00:00"))), "2024-02-29T00:00");
}

TEST(Time, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "2013-04-16", "2013-04-16T16:58Z", "2013-04-16T16:58:00", "2013-04-16 16:58", "2013-4-16T16:58",
        "2013-13-16T16:58", "2013-00-16T16:58", "2013-04-31T16:58", "2023-02-29T00:00", "2013-04-16T24:00",
        "2013-04-16T16:60", "-013-04-16T16:58", "2013-04-16T1\xC2\xB2:5"}) {
    EXPECT_TRUE(fails_with(parse_time(text), Errc::malformed)) << text;
  }
}

TEST(Period, IncludesItsStartAndNotItsEnd) {
  const Period day{kNow, kNow + std::chrono::days(1)};
  EXPECT_FALSE(day.contains(kNow - std::chrono::minutes(1)));
  EXPECT_TRUE(day.contains(kNow));
  EXPECT_TRUE(day.contains(kNow + std::chrono::days(1) - std::chrono::minutes(1)));
  EXPECT_FALSE(day.contains(kNow + std::chrono::days(1)));
  EXPECT_TRUE(Period().contains(kNow));
}

TEST(Kind, HasANameForPeople) {
  for (int i = 0; i <= static_cast<int>(Kind::use_license); ++i) {
    EXPECT_NE(to_string(static_cast<Kind>(i)), "unknown document") << i;
  }
}

}  // namespace
}  // namespace rms::xrml

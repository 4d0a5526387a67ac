// SPDX-License-Identifier: Apache-2.0
#include "client/rights.h"

#include <gtest/gtest.h>

#include "client/names.h"
#include "support/outcome.h"

namespace rms::client {
namespace {

using test::fails_with;
using test::must;
using Names = std::vector<std::string>;

TEST(Rights, AreReadInAnyCaseAndOnce) {
  const auto grant = must(parse_grant("alice@contoso.test:view,EDIT,View"));
  EXPECT_EQ(grant.mail, "alice@contoso.test");
  EXPECT_EQ(grant.rights, (Names{"VIEW", "EDIT"}));
}

TEST(Rights, AreForWhoeverADirectoryKnows) {
  EXPECT_EQ(must(parse_grant("b\xc3\xa4r@contoso.test:VIEW")).mail, "b\xc3\xa4r@contoso.test");
  const std::string longest = std::string(320 - 13, 'a') + "@contoso.test";
  EXPECT_EQ(must(parse_grant(longest + ":VIEW")).mail, longest);
  EXPECT_TRUE(fails_with(parse_grant("a" + longest + ":VIEW"), Errc::invalid_setting));
}

TEST(Rights, WithoutAMailAddressOrRightAreRefused) {
  for (const char* text : {"", "alice@contoso.test", "alice@contoso.test:", "alice:VIEW", ":VIEW", "@contoso.test:VIEW",
                           "alice@:VIEW", "a@b@c:VIEW", "a b@contoso.test:VIEW", "a@contoso.test:VIEW,", "a@b,c@d:VIEW",
                           "a@b\x1b:VIEW", "a@contoso.test:all"})
    EXPECT_TRUE(fails_with(parse_grant(text), Errc::invalid_setting)) << text;
}

TEST(Rights, AnUnknownOneNamesThoseThatAreKnown) {
  const auto grant = parse_grant("alice@contoso.test:READ");
  ASSERT_FALSE(grant);
  for (const Right& right : known_rights())
    EXPECT_NE(grant.error().context.find(right.name), std::string::npos) << right.name;
}

TEST(Rights, OnlyViewAndOwnerLetOneSee) {
  for (const Right& right : known_rights())
    EXPECT_EQ(may_view(xrml::RightsFor{"", {std::string(right.name)}, {}}),
              right.name == "VIEW" || right.name == "OWNER");
}

TEST(Rights, AreDescribedWithTheirEnd) {
  const auto end = must(xrml::parse_time("2026-11-20T12:00"));
  const std::vector<xrml::UseGrant> same{{"VIEW", {{}, end}, {}}, {"EDIT", {{}, end}, {}}};
  EXPECT_EQ(describe(same), "VIEW, EDIT until 2026-11-20T12:00Z");
  const std::vector<xrml::UseGrant> different{{"VIEW", {}, {}}, {"EDIT", {{}, end}, {}}};
  EXPECT_EQ(describe(different), "VIEW without end, EDIT until 2026-11-20T12:00Z");
  const std::vector<xrml::UseGrant> endless{{"OWNER", {}, {}}};
  EXPECT_EQ(describe(endless), "OWNER");
}

TEST(Rights, DaysThatALicenceIsGoodForAreDescribed) {
  const std::vector<xrml::UseGrant> same{{"VIEW", {}, 7}, {"EDIT", {}, 7}};
  EXPECT_EQ(describe(same), "VIEW, EDIT for 7 days");
  const std::vector<xrml::UseGrant> different{{"VIEW", {}, 7}, {"EDIT", {}, 1}};
  EXPECT_EQ(describe(different), "VIEW for 7 days, EDIT for 1 day");
}

TEST(Rights, OfDoNotForwardLetOneReadChangeAndAnswerOnly) {
  const auto grant = must(parse_do_not_forward("alice@contoso.test"));
  EXPECT_EQ(grant.mail, "alice@contoso.test");
  EXPECT_EQ(grant.rights, (Names{"VIEW", "EDIT", "DOCEDIT", "OBJMODEL", "VIEWRIGHTSDATA", "REPLY", "REPLYALL"}));
  for (const char* text : {"", "alice", "alice@contoso.test:VIEW", "alice@contoso.test,bob@contoso.test"})
    EXPECT_TRUE(fails_with(parse_do_not_forward(text), Errc::invalid_setting)) << text;
}

TEST(Rights, HaveMeanings) {
  EXPECT_EQ(meaning_of("docedit"), "Edit Content");
  EXPECT_EQ(meaning_of("SOMETHING"), "");
}

TEST(Expiry, IsADayAMomentOrSomeDaysFromNowInUtc) {
  const auto now = must(xrml::parse_time("2026-11-20T12:00"));
  EXPECT_EQ(xrml::format(must(parse_expiry("2027-01-31", now))), "2027-02-01T00:00") << "to its end";
  EXPECT_EQ(xrml::format(must(parse_expiry("2027-01-31T12:30Z", now))), "2027-01-31T12:30");
  EXPECT_EQ(xrml::format(must(parse_expiry("2026-11-20", now))), "2026-11-21T00:00") << "today is not over";
  EXPECT_EQ(xrml::format(must(parse_expiry("1d", now))), "2026-11-21T12:00");
  EXPECT_EQ(xrml::format(must(parse_expiry("9999d", now))), "2054-04-06T12:00");
}

TEST(Expiry, ThatIsPastOrNoneOrWithoutZoneIsRefused) {
  const auto now = must(xrml::parse_time("2026-11-20T12:00"));
  for (const char* text :
       {"", "tomorrow", "2027-01-31T12:00", "2027-01-31T12:00+01:00", "2027-1-31", "2027-02-30", "0d", "-1d", "10000d",
        "99999999999d", "30", "30h", "1d1d", "2026-11-19", "2026-11-20T12:00Z", "2001-01-01"})
    EXPECT_TRUE(fails_with(parse_expiry(text, now), Errc::invalid_setting)) << text;
}

TEST(Names, OfProtectedFiles) {
  EXPECT_EQ(protected_name("a/plan.txt"), "a/plan.ptxt");
  EXPECT_EQ(protected_name("photo.JPG"), "photo.pJPG");
  EXPECT_EQ(protected_name("mail.dat"), "mail.dat.pfile");
  EXPECT_EQ(protected_name("README"), "README.pfile");
  EXPECT_EQ(protected_name(".txt"), ".txt.pfile");
}

TEST(Names, OfOpenedFiles) {
  EXPECT_EQ(opened_name("a/plan.ptxt", ".txt"), "a/plan.txt");
  EXPECT_EQ(opened_name("photo.pJPG", ".JPG"), "photo.JPG");
  EXPECT_EQ(opened_name("mail.dat.pfile", ".dat"), "mail.dat");
  EXPECT_EQ(opened_name("README.pfile", ""), "README");
  EXPECT_EQ(opened_name("renamed.bin", ".txt"), "renamed.bin.txt");
  EXPECT_EQ(opened_name("plan.txt", ".txt"), "plan.txt.opened");
  EXPECT_EQ(opened_name("plan", ""), "plan.opened");
}

TEST(Names, OfOthersCannotMoveTheCursorOrTurnTheText) {
  EXPECT_EQ(printable("a\x1b[2J\x7f\r\n"), "a?[2J???");
  EXPECT_EQ(printable("\xc2\x9b"
                      "1m"),
            "?1m");
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "txt.exe"),
            "?txt.exe");
  EXPECT_EQ(printable("M\xc3\xbcller \xe2\x82\xac"), "M\xc3\xbcller \xe2\x82\xac");
}

}  // namespace
}  // namespace rms::client

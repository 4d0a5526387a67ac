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

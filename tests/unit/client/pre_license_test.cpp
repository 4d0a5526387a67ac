// SPDX-License-Identifier: Apache-2.0
#include "client/pre_license.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/protect.h"
#include "support/bootstrapped.h"
#include "support/recording_progress.h"

namespace rms::client {
namespace {

using test::fails_with;
using test::kDay;
using test::kNow;
using test::machine_of;
using test::mail_of;
using test::must;
using test::succeeds;
using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

class PreLicense : public testing::Test {
 protected:
  void TearDown() override {
    exchange.transport.alter = [](soap::Chain&) {};
    exchange.transport.known_as.clear();
  }

  ProtectedFile protect_plan(bool keep_no_license = false) {
    ProtectRequest request{dir.write("plan.txt", "The plan"), dir.path() / "plan.ptxt", true, {}};
    request.rights = {{mail_of("sharepoint"), {"VIEW", "EDIT"}, {{}, kNow + kDay}}};
    request.keep_no_license = keep_no_license;
    must(protect(*exchange.identity, request, kNow, progress));
    return must(read_protected_file(request.output));
  }
  std::vector<Result<Chain>> ask(const ProtectedFile& file, const Names& who) {
    RightsService service(exchange.transport);
    return must(acquire_pre_licenses(file, *exchange.identity, service, who, kNow));
  }
  std::filesystem::path write(const Chain& license) { return dir.write("a.license", xrml::join_chain(license)); }

  test::Bootstrapped& exchange = machine_of("exchange");
  test::Bootstrapped& sharepoint = machine_of("sharepoint");
  test::TempDir dir;
  test::RecordingProgress progress;
};

TEST_F(PreLicense, OpensForItsRecipientWithoutAskingAnybody) {
  const auto file = protect_plan();
  const auto licenses = ask(file, {mail_of("sharepoint")});
  const int calls = sharepoint.transport.calls;
  const auto use = must(use_kept_license(file, write(must(licenses[0])), *sharepoint.identity, kNow));
  EXPECT_EQ(use.grants.size(), 2u);
  EXPECT_EQ(use.publisher, mail_of("exchange"));
  must(write_content(file, use, dir.path() / "opened", true, progress));
  EXPECT_EQ(must(read_file(dir.path() / "opened", 100)), "The plan");
  EXPECT_EQ(sharepoint.transport.calls, calls);
}

TEST_F(PreLicense, OpensForNobodyElse) {
  const auto file = protect_plan();
  const auto path = write(must(ask(file, {mail_of("sharepoint")})[0]));
  const auto used = use_kept_license(file, path, *exchange.identity, kNow);
  EXPECT_TRUE(fails_with(used, Errc::wrong_key));
  EXPECT_THAT(used.error().context, testing::AllOf(HasSubstr("sharepoint@"), HasSubstr("exchange@")));
}

TEST_F(PreLicense, IsGoodForAsLongAsItSays) {
  const auto file = protect_plan();
  const auto path = write(must(ask(file, {mail_of("sharepoint")})[0]));
  EXPECT_TRUE(fails_with(use_kept_license(file, path, *sharepoint.identity, kNow + 2 * kDay), Errc::not_valid_now));
}

TEST_F(PreLicense, ThatMayNotBeKeptIsNeitherWrittenNorUsed) {
  const auto file = protect_plan(true);
  EXPECT_TRUE(fails_with(ask(file, {mail_of("sharepoint")})[0], Errc::denied));
  RightsService service(sharepoint.transport);
  const auto license = must(service.acquire_license(sharepoint.identity->account_chain, file.license));
  EXPECT_TRUE(fails_with(use_kept_license(file, write(license), *sharepoint.identity, kNow), Errc::denied));
}

TEST_F(PreLicense, ForOtherContentOpensNothing) {
  const auto first = protect_plan();
  const auto path = write(must(ask(first, {mail_of("sharepoint")})[0]));
  const auto second = protect_plan();
  EXPECT_TRUE(fails_with(use_kept_license(second, path, *sharepoint.identity, kNow), Errc::untrusted));
}

TEST_F(PreLicense, AKeptFileThatIsNoUseLicenceIsCalledSo) {
  const auto file = protect_plan();
  EXPECT_TRUE(fails_with(use_kept_license(file, dir.write("x", "junk"), *sharepoint.identity, kNow), Errc::malformed));
  EXPECT_TRUE(fails_with(use_kept_license(file, write(file.license), *sharepoint.identity, kNow), Errc::malformed));
  EXPECT_TRUE(fails_with(use_kept_license(file, dir.path() / "none", *sharepoint.identity, kNow), Errc::not_found));
  const std::string large(1024 * 1024 + 1, ' ');
  EXPECT_TRUE(fails_with(use_kept_license(file, dir.write("x", large), *sharepoint.identity, kNow), Errc::too_large));
}

TEST_F(PreLicense, EachRecipientHasAnAnswerOfItsOwn) {
  const auto licenses = ask(protect_plan(), {"stranger@fabrikam.test", mail_of("sharepoint"), mail_of("alice")});
  ASSERT_EQ(licenses.size(), 3u);
  EXPECT_TRUE(fails_with(licenses[0], Errc::denied));
  EXPECT_TRUE(succeeds(licenses[1]));
  EXPECT_TRUE(fails_with(licenses[2], Errc::no_rights));
}

TEST_F(PreLicense, WhatComesIsVerifiedAsTheAnswerToOneselfIs) {
  const auto file = protect_plan();
  std::string other;
  exchange.transport.alter = [&](soap::Chain& chain) { other = chain.front(); };
  ask(protect_plan(), {mail_of("sharepoint")});
  exchange.transport.alter = [&](soap::Chain& chain) { chain.front() = other; };
  EXPECT_TRUE(fails_with(ask(file, {mail_of("sharepoint")})[0], Errc::untrusted)) << "other content";
  exchange.transport.alter = [](soap::Chain& chain) {
    chain.front().replace(chain.front().find("sharepoint@contoso.test"), 10, "everybody_");
  };
  EXPECT_TRUE(fails_with(ask(file, {mail_of("sharepoint")})[0], Errc::signature_invalid));
  exchange.transport.alter = [](soap::Chain& chain) { chain.front() = std::string(test::root().text()); };
  EXPECT_TRUE(fails_with(ask(file, {mail_of("sharepoint")})[0], Errc::malformed)) << "no use licence";
}

TEST_F(PreLicense, IsForTheSidThatWasAskedAbout) {
  exchange.transport.known_as = {{"S-1-5-21-1-2-3-1118", mail_of("sharepoint")}, {"S-1-5-21-7", mail_of("sharepoint")}};
  const auto licenses = ask(protect_plan(), {"S-1-5-21-1-2-3-1118", "S-1-5-21-7"});
  ASSERT_TRUE(succeeds(licenses[0]));
  EXPECT_EQ(other_holder(licenses[0]->front(), "S-1-5-21-1-2-3-1118"), "");
  ASSERT_TRUE(fails_with(licenses[1], Errc::untrusted));
  EXPECT_THAT(licenses[1].error().context, HasSubstr("somebody else: sharepoint@contoso.test"));
}

TEST_F(PreLicense, SaysWhomItIsForUnderAnotherName) {
  exchange.transport.known_as = {{"sp@contoso.test", mail_of("sharepoint")}};
  const auto licenses = ask(protect_plan(), {"sp@contoso.test", mail_of("sharepoint")});
  EXPECT_EQ(other_holder(must(licenses[0]).front(), "sp@contoso.test"), mail_of("sharepoint"));
  EXPECT_EQ(other_holder(must(licenses[1]).front(), mail_of("sharepoint")), "");
  EXPECT_EQ(other_holder(must(licenses[1]).front(), "SharePoint@contoso.test"), "");
}

TEST(Recipients, AreReadOnceEachFromTheCommandLineAndAList) {
  test::TempDir dir;
  const auto list =
      dir.write("list", "# the board\nalice@contoso.test\r\n\n  ALICE@contoso.test # again\nS-1-5-21-7\n");
  const Names named{"bob@contoso.test"};
  EXPECT_THAT(must(read_recipients(named, list)), ElementsAre("bob@contoso.test", "alice@contoso.test", "S-1-5-21-7"));
}

TEST(Recipients, WhatIsNoneIsNamedWithItsPlace) {
  test::TempDir dir;
  const auto read = read_recipients({}, dir.write("list", "alice@contoso.test\nnobody\x1b[2J"));
  EXPECT_TRUE(fails_with(read, Errc::invalid_setting));
  EXPECT_THAT(read.error().context, testing::AllOf(HasSubstr("list:2: 'nobody?[2J'")));
  for (const char* name : {"", "alice", "S-1-", "S-1-x", "a b@c", "../../a"})
    EXPECT_TRUE(fails_with(read_recipients(Names{name}, {}), Errc::invalid_setting)) << name;
  EXPECT_TRUE(fails_with(read_recipients({}, {}), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(read_recipients({}, dir.write("empty", "")), Errc::invalid_setting));
}

TEST(Recipients, HaveLimits) {
  test::TempDir dir;
  std::string many;
  for (std::size_t i = 0; i < kMaxRecipients; ++i) many += std::to_string(i) + "@contoso.test\n";
  EXPECT_EQ(must(read_recipients({}, dir.write("list", many))).size(), kMaxRecipients);
  EXPECT_TRUE(fails_with(read_recipients({}, dir.write("list", many + "x@contoso.test")), Errc::too_large));
  const std::string large(kMaxRecipientListBytes + 1, '\n');
  EXPECT_TRUE(fails_with(read_recipients({}, dir.write("list", large)), Errc::too_large));
}

TEST(PreLicenseName, NeverLeadsOutOfItsFolder) {
  EXPECT_EQ(pre_license_name("out", "in/plan.ptxt", "alice@contoso.test"), "out/plan.ptxt.alice@contoso.test.license");
  EXPECT_EQ(pre_license_name("", "plan.ptxt", "S-1-5-21-7"), "plan.ptxt.S-1-5-21-7.license");
  EXPECT_EQ(pre_license_name("out", "plan.ptxt", "../../x@y"), "out/plan.ptxt...%2F..%2Fx@y.license");
}

TEST(PreLicenseName, IsNeverThatOfAnother) {
  const std::set<std::filesystem::path> names{pre_license_name("", "a", "a/b@x"), pre_license_name("", "a", "a_b@x"),
                                              pre_license_name("", "a", "a%2Fb@x"), pre_license_name("", "a", "a\\b@x"),
                                              pre_license_name("", "a", "b\xc3\xa4r@x")};
  EXPECT_EQ(names.size(), 5u);
  EXPECT_EQ(*names.rbegin(), "a.b%C3%A4r@x.license");
}

}  // namespace
}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
//
// Publishing in every way that there is, each opened again by who may and by nobody else.
#include <gtest/gtest.h>

#include "client/inspect.h"
#include "client/open.h"
#include "client/protect.h"
#include "client/rights.h"
#include "support/bootstrapped.h"
#include "support/recording_progress.h"

namespace rms::client {
namespace {

using test::definition;
using test::fails_with;
using test::kDay;
using test::kNow;
using test::machine_of;
using test::mail_of;
using test::must;
using test::succeeds;

constexpr const char* kGuid = "11111111-1111-4111-8111-111111111111";

class Publish : public testing::Test {
 protected:
  void TearDown() override {
    for (const char* name : {"exchange", "sharepoint"}) {
      auto& transport = machine_of(name).transport;
      transport.fails.reset();
      transport.refuses.reset();
      transport.alter = [](soap::Chain&) {};
    }
  }
  ProtectRequest request() {
    ProtectRequest what{dir.write("plan.txt", kPlan), dir.path() / "plan.ptxt", true, {}};
    what.rights = {{mail_of("sharepoint"), {"VIEW"}, {}}};
    return what;
  }
  Result<Protected> protect_it(const ProtectRequest& what) {
    return protect(*machine_of("exchange").identity, what, kNow, progress);
  }
  Result<Protected> protect_it_online(const ProtectRequest& what) {
    RightsService service(machine_of("exchange").transport);
    return protect_online(*machine_of("exchange").identity, service, what, kNow, progress);
  }
  Result<Use> use(const char* name, xrml::Time now = kNow) {
    RMS_TRY(const auto file, read_protected_file(dir.path() / "plan.ptxt"));
    RightsService service(machine_of(name).transport);
    RMS_TRY(auto got, acquire_use(file, *machine_of(name).identity, service, now));
    RMS_CHECK(write_content(file, got, dir.path() / "opened", true, progress));
    EXPECT_EQ(must(read_file(dir.path() / "opened", 1 << 20)), kPlan);
    return got;
  }

  static constexpr std::string_view kPlan = "The plan for the second quarter.\n";
  test::TempDir dir;
  test::RecordingProgress progress;
};

TEST_F(Publish, ByATemplateGrantsWhatTheTemplateSays) {
  ProtectRequest what = request();
  what.rights.clear();
  what.official_template = test::official_template(definition(kGuid, "Plans"));
  must(protect_it(what));
  EXPECT_EQ(describe(must(use("sharepoint")).grants), "VIEW, EDIT for 7 days");
}

TEST_F(Publish, WhatExpiresOpensBeforeAndNotAfter) {
  ProtectRequest what = request();
  what.expires = kNow + kDay;
  must(protect_it(what));
  const auto before = use("sharepoint", *what.expires - xrml::Time::duration(1));
  EXPECT_TRUE(succeeds(before));
  EXPECT_TRUE(fails_with(use("sharepoint", *what.expires), Errc::not_valid_now));
}

TEST_F(Publish, WhatIsToBeAskedForEachTimeMayNotBeKept) {
  ProtectRequest what = request();
  what.keep_no_license = true;
  must(protect_it(what));
  const auto file = must(read_protected_file(what.output));
  RightsService service(machine_of("sharepoint").transport);
  const auto license = must(service.acquire_license(machine_of("sharepoint").identity->account_chain, file.license));
  EXPECT_FALSE(xrml::may_be_kept(license.front()));
}

TEST_F(Publish, OnlineIsSignedByTheServiceAndOpensLikeAnyOther) {
  const auto done = must(protect_it_online(request()));
  EXPECT_EQ(done.plain_bytes, kPlan.size());
  const auto file = must(read_protected_file(dir.path() / "plan.ptxt"));
  ASSERT_EQ(file.license.size(), 2u) << "publishing licence, server licensor certificate";
  EXPECT_EQ(file.license[0].content().issuer->object.name, "Contoso & <Sons>");
  EXPECT_EQ(file.license[1].kind(), xrml::Kind::server_licensor_certificate);
  EXPECT_TRUE(succeeds(use("sharepoint")));
  EXPECT_TRUE(must(inspect(dir.path() / "plan.ptxt", kNow, progress)).good);
}

TEST_F(Publish, OnlineWithATemplateKeepsItToTheCharacter) {
  ProtectRequest what = request();
  what.rights.clear();
  what.official_template = test::official_template(definition(kGuid, "Plans"));
  must(protect_it_online(what));
  const auto file = must(read_protected_file(what.output));
  const auto opened =
      must(xrml::open_publishing_license(file.license.front(), test::server().principal, test::key_of("server")));
  EXPECT_EQ(opened.rights_data.text(), what.official_template->text());
}

TEST_F(Publish, OnlineBelievesNoServiceOfAnotherRoot) {
  const auto& key = test::key_of("another root");
  const auto stranger = must(xrml::issue_authority("Stranger", key.public_key(), {}, key, kNow - kDay, test::kYear));
  const auto server =
      must(xrml::issue_server_licensor(xrml::issuer_of(stranger, key), test::key_of("another server").public_key(),
                                       "Fabrikam", kGuid, test::urls(), kNow, test::kYear));
  machine_of("exchange").transport.alter = [&](soap::Chain& chain) {
    chain = {std::string(server.text()), std::string(stranger.text())};
  };
  EXPECT_TRUE(fails_with(protect_it_online(request()), Errc::untrusted));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "plan.ptxt"));
}

TEST_F(Publish, OnlineTakesNoOtherLicenceThanTheOneItAskedFor) {
  soap::Chain recorded;
  auto& alter = machine_of("exchange").transport.alter;
  alter = [&](soap::Chain& chain) { recorded = chain; };
  must(protect_it_online(request()));
  ASSERT_EQ(recorded.size(), 3u);
  std::filesystem::remove(dir.path() / "plan.ptxt");
  alter = [&](soap::Chain& chain) {
    if (chain.size() == 3) chain = recorded;
  };
  EXPECT_TRUE(fails_with(protect_it_online(request()), Errc::untrusted));

  // The same content, but somebody else's digest: as a service would have to sign it that wants to swap the content.
  alter = [&](soap::Chain& chain) {
    if (chain.size() != 3) return;
    xrml::Content content = must(xrml::Document::parse(chain.front())).content();
    content.authenticated_data.back().value = ".exe";
    chain.front() = std::string(must(xrml::issue(content, &test::key_of("server"))).text());
  };
  EXPECT_TRUE(fails_with(protect_it_online(request()), Errc::untrusted));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "plan.ptxt"));
}

TEST_F(Publish, OnlineLeavesNothingWhenItCouldNotAsk) {
  machine_of("exchange").transport.fails = Error(Errc::unavailable, "away");
  EXPECT_TRUE(fails_with(protect_it_online(request()), Errc::unavailable));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "plan.ptxt"));
}

TEST_F(Publish, OnlineAsksForNothingWhenTheOutputIsInTheWay) {
  ProtectRequest what = request();
  what.replace = false;
  dir.write("plan.ptxt", "mine");
  const int calls = machine_of("exchange").transport.calls;
  EXPECT_TRUE(fails_with(protect_it_online(what), Errc::already_exists));
  EXPECT_EQ(machine_of("exchange").transport.calls, calls);
}

}  // namespace
}  // namespace rms::client

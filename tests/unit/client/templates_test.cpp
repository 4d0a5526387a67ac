// SPDX-License-Identifier: Apache-2.0
#include "client/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guid.h"
#include "soap/envelope.h"
#include "support/bootstrapped.h"

namespace rms::client {
namespace {

using test::definition;
using test::fails_with;
using test::kDay;
using test::kNow;
using test::must;
using test::official_template;
using test::succeeds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPlans = "11111111-1111-4111-8111-111111111111";
constexpr const char* kLetters = "22222222-2222-4222-8222-222222222222";

class Templates : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(server.home_path() / "templates");
    server.transport.fails.reset();
    server.transport.alter_template = [](soap::Template&) {};
    server.transport.asked_at_once.clear();
    server.transport.templates = {official_template(definition(kPlans, "Plans")),
                                  official_template(definition(kLetters, "Letters"))};
  }
  Result<RefreshedTemplates> refresh(const Chain& kept = {}) {
    RightsService service(server.transport);
    return refresh_templates(service, *server.identity, kept, kNow);
  }
  void keep(const Chain& templates) {
    auto home = must(Home::change(server.home_path()));
    must(keep_templates(home, templates, kNow));
  }
  KeptTemplates load() {
    const auto home = must(Home::open(server.home_path()));
    return must(load_templates(home, *server.identity, kNow));
  }
  std::filesystem::path file(const std::string& guid) { return server.home_path() / "templates" / (guid + ".xml"); }

  test::Bootstrapped& server = test::machine_of("exchange");
};

TEST_F(Templates, AreFetchedVerifiedAndKept) {
  const auto refreshed = must(refresh());
  EXPECT_EQ(refreshed.fetched, 2u);
  keep(refreshed.templates);
  const auto kept = load();
  ASSERT_EQ(kept.templates.size(), 2u);
  EXPECT_EQ(template_name(kept.templates[0]), "Plans");
  EXPECT_EQ(kept.fetched, kNow);
  EXPECT_FALSE(kept.damage);
}

TEST_F(Templates, OnlyWhatIsNewOrChangedIsFetched) {
  const auto first = must(refresh());
  server.transport.asked_at_once.clear();
  auto same = must(refresh(first.templates));
  EXPECT_EQ(same.unchanged, 2u);
  EXPECT_TRUE(server.transport.asked_at_once.empty());

  server.transport.templates[0] = official_template(definition(kPlans, "Plans, second edition"));
  const auto changed = must(refresh(first.templates));
  EXPECT_EQ(changed.fetched, 1u);
  EXPECT_EQ(changed.unchanged, 1u);
  EXPECT_EQ(changed.removed, 0u);
  EXPECT_EQ(template_name(changed.templates[0]), "Plans, second edition");
}

TEST_F(Templates, ThatTheServiceHasNoMoreAreForgotten) {
  const auto first = must(refresh());
  keep(first.templates);
  server.transport.templates.pop_back();
  const auto fewer = must(refresh(first.templates));
  EXPECT_EQ(fewer.removed, 1u);
  keep(fewer.templates);
  EXPECT_EQ(load().templates.size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(file(kLetters)));
}

TEST_F(Templates, ThatVanishBetweenTheTwoQuestionsAreNoError) {
  server.transport.alter_template = [](soap::Template& entry) {
    if (entry.guid.find(kLetters) != std::string::npos) entry = {entry.guid, "", {}};
  };
  EXPECT_EQ(must(refresh()).templates.size(), 1u);
}

TEST_F(Templates, AreAskedForTwentyFiveAtATime) {
  server.transport.templates.clear();
  for (int i = 0; i < 26; ++i) server.transport.templates.push_back(official_template(definition(new_guid(), "T")));
  EXPECT_EQ(must(refresh()).templates.size(), 26u);
  EXPECT_THAT(server.transport.asked_at_once, ElementsAre(25u, 1u));
}

TEST_F(Templates, OneThatIsNotAsItWasSignedIsRefusedWithAllThatCame) {
  server.transport.alter_template = [](soap::Template& entry) {
    entry.xrml->replace(entry.xrml->find("What it is for"), 4, "Whom");
  };
  EXPECT_TRUE(fails_with(refresh(), Errc::signature_invalid));
}

TEST_F(Templates, OneOfAnotherServiceIsNotBelieved) {
  const auto& key = test::key_of("another server");
  const auto other = must(
      xrml::issue_server_licensor(xrml::issuer_of(test::root(), test::key_of("root")), key.public_key(), "Fabrikam",
                                  "d04a2344-eae8-4d4f-89dc-036792332149", test::urls(), kNow, test::kYear));
  server.transport.templates = {must(
      xrml::issue_official_template(xrml::issuer_of(other, key), definition(kPlans, "Plans"), test::urls(), kNow))};
  const auto refreshed = refresh();
  EXPECT_TRUE(fails_with(refreshed, Errc::untrusted));
  EXPECT_THAT(refreshed.error().context, HasSubstr("rms bootstrap --renew"));
}

TEST_F(Templates, AnAnswerToAnotherQuestionIsMalformed) {
  const auto plans = server.transport.templates[0], letters = server.transport.templates[1];
  server.transport.alter_template = [&](soap::Template& entry) { entry.xrml = std::string(plans.text()); };
  EXPECT_TRUE(fails_with(refresh(), Errc::malformed)) << "another template than was asked for";
  server.transport.alter_template = [&](soap::Template& entry) { entry.hash = "AAAA"; };
  EXPECT_TRUE(fails_with(refresh(), Errc::malformed)) << "another hash than its own";
  server.transport.alter_template = [&](soap::Template& entry) {
    entry.xrml = std::string(test::server_certificate().text());
  };
  EXPECT_TRUE(fails_with(refresh(), Errc::malformed)) << "no template at all";
  server.transport.alter_template = [](soap::Template&) {};
  server.transport.templates = {plans, plans};
  EXPECT_TRUE(fails_with(refresh(), Errc::malformed)) << "one GUID twice";
}

// The folder's name is made of the GUID: what is none must never get that far.
TEST_F(Templates, OneWithoutAGuidIsRefused) {
  xrml::Content content = server.transport.templates[0].content();
  for (const char* id : {"", "../../evil", "{../../evil}"}) {
    content.descriptor.id = id;
    server.transport.templates = {must(xrml::issue(content, &test::key_of("server")))};
    EXPECT_TRUE(fails_with(refresh(), Errc::malformed)) << id;
    EXPECT_TRUE(fails_with(verify_template(server.transport.templates[0], *server.identity, kNow), Errc::malformed));
  }
}

TEST_F(Templates, MoreThanAThousandAreRefused) {
  soap::AcquireTemplateInformationResponse many;
  for (std::size_t i = 0; i <= kMaxKeptTemplates; ++i) many.templates.push_back({"{" + new_guid() + "}", "AAAA"});
  struct Announcing final : Transport {
    explicit Announcing(soap::Response what) : response(std::move(what)) {}
    Result<std::string> post(std::string_view path, std::string_view, const std::string&) override {
      return soap::write_response({soap::find_service(path)->ns}, response, soap::VersionData{}).body;
    }
    soap::Response response;
  } transport{many};
  RightsService service(transport);
  EXPECT_TRUE(fails_with(refresh_templates(service, *server.identity, {}, kNow), Errc::too_large));
}

TEST_F(Templates, DamageIsToldLeftOutAndMendedByAskingAgain) {
  keep(must(refresh()).templates);
  std::string text = must(read_file(file(kPlans), 1 << 20));
  text.replace(text.find("VIEW"), 4, "EDIT");
  must(replace_file(file(kPlans), text));
  const auto kept = load();
  ASSERT_TRUE(kept.damage);
  EXPECT_EQ(*kept.damage, Errc::corrupt);
  EXPECT_THAT(kept.damage->context, HasSubstr("run rms templates"));
  ASSERT_EQ(kept.templates.size(), 1u);

  const auto refreshed = must(refresh(kept.templates));
  EXPECT_EQ(refreshed.fetched, 1u);
  keep(refreshed.templates);
  EXPECT_FALSE(load().damage);
}

TEST_F(Templates, OneUnderTheNameOfAnotherIsDamage) {
  keep(must(refresh()).templates);
  std::filesystem::copy_file(file(kPlans), file(kLetters), std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(load().damage);
}

TEST_F(Templates, AreFoundByGuidOrByNameInAnyCaseAndLanguage) {
  const auto& all = server.transport.templates;
  for (const char* wanted : {kPlans, "{11111111-1111-4111-8111-111111111111}", "Plans", "pLANS", "PLANS AUF DEUTSCH"})
    EXPECT_EQ(template_name(must(find_template(all, wanted))), "Plans") << wanted;
  const auto none = find_template(all, "Plan");
  EXPECT_TRUE(fails_with(none, Errc::invalid_setting));
  EXPECT_THAT(none.error().context, testing::AllOf(HasSubstr("'Letters'"), HasSubstr("rms templates")));
}

TEST_F(Templates, ANameOfTwoIsNoName) {
  const Chain two{official_template(definition(kPlans, "Plans")), official_template(definition(kLetters, "plans"))};
  const auto found = find_template(two, "Plans");
  EXPECT_TRUE(fails_with(found, Errc::invalid_setting));
  EXPECT_THAT(found.error().context, testing::AllOf(HasSubstr(kPlans), HasSubstr(kLetters)));
}

TEST_F(Templates, AreDescribedInWords) {
  auto what = definition(kPlans, "Plans");
  what.rights.push_back({"board@contoso.test", {"OWNER"}});
  what.content_days = 30;
  const std::string text = describe_template(official_template(what), kNow);
  for (const char* said : {"Plans\n", kPlans, "What it is for", "everybody with an account here (ANYONE): VIEW, EDIT",
                           "board@contoso.test: OWNER", "30 days after it was protected", "7 days with each use"})
    EXPECT_THAT(text, HasSubstr(said));
  what.license_days = 0;
  EXPECT_THAT(describe_template(official_template(what), kNow), HasSubstr("NOLICCACHE"));
}

TEST_F(Templates, AHostileNameStaysOnItsLine) {
  xrml::Content content = server.transport.templates[0].content();
  content.descriptor.name = "LCID 1033:NAME \x1b[2JPlans\nLetters:DESCRIPTION \xe2\x80\xae;";
  const std::string text = describe_template(must(xrml::issue(content, &test::key_of("server"))), kNow);
  EXPECT_EQ(text.find_first_of("\x1b\r\xe2"), std::string::npos) << text;
  EXPECT_THAT(text, HasSubstr("?[2JPlans?Letters\n"));
}

TEST_F(Templates, AreListedForPrograms) {
  const std::string text = templates_to_json(server.transport.templates, kNow);
  for (const char* said : {"\"fetched\": \"2026-11-20T12:00Z\"", "\"name\": \"Plans\"", "\"lcid\": 1031",
                           "\"to\": \"ANYONE\"", "\"offline_days\": 7"})
    EXPECT_THAT(text, HasSubstr(said));
  EXPECT_THAT(templates_to_json({}, {}), HasSubstr("\"fetched\": null"));
}

TEST_F(Templates, OneWhoseDocumentsWouldHaveExpiredIsOfNoUse) {
  auto what = definition(kPlans, "Plans");
  what.expires = kNow + kDay;
  const auto document = official_template(what);
  EXPECT_TRUE(succeeds(check_usable(document, kNow)));
  EXPECT_TRUE(fails_with(check_usable(document, kNow + kDay), Errc::not_valid_now));
}

}  // namespace
}  // namespace rms::client

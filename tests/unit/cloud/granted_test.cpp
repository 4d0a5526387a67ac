// SPDX-License-Identifier: Apache-2.0
//
// How far the grants of the server that asks reach, enforced where a licence can be opened: here. Alice protected for
// Bob and Carol; "exchange" has no right of its own.
#include <gmock/gmock.h>

#include "unit/cloud/template_fixture.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class Granted : public TemplateTest {
 protected:
  static Asked asking(const std::string& name, Scope scope = {}) {
    auto asked = asked_as(name);
    asked.caller.scope = std::move(scope);
    return asked;
  }
  static Scope with_open_any(WallTime until = kNow + 24h) { return {.open_any = OpenAny{"legal hold 17", until}}; }

  soap::AcquireLicenseAnswer license(const Asked& asked, const std::string& name,
                                     const std::vector<xrml::Document>& label = published()) {
    const auto persona = std::vector{account_certificate(name)};
    return given(acquire(asked, {{views(persona), views(label), ""}})).at(0);
  }
  // "a chain", or the refusal's last name and the grant that is missing.
  static std::string in_words(const soap::AcquireLicenseAnswer& answer) {
    const auto* fault = std::get_if<soap::Fault>(&answer);
    return exception_of(answer) + (fault ? ", missing: " + fault->missing_grant : "");
  }
  std::string licensed(const Asked& asked, const std::string& name,
                       const std::vector<xrml::Document>& label = published()) {
    return in_words(license(asked, name, label));
  }
};

constexpr const char* kNoRights = "NoRightsForRequestedPrincipalException";

TEST_F(Granted, NamesOpenAnyWhereNoRightIsGivenToTheServer) {
  EXPECT_EQ(licensed(asking("exchange"), "exchange"), std::string(kNoRights) + ", missing: open_any");
  EXPECT_EQ(rows().back().missing_grant, "open_any");
  EXPECT_EQ(rows().back().result, kNoRights);
}

TEST_F(Granted, OpensNothingWithoutTheServicesConsent) {
  EXPECT_EQ(licensed(asking("exchange", with_open_any()), "exchange"),
            std::string(kNoRights) + ", missing: open_any_consent");
  EXPECT_EQ(rows().back().used_grant, "");
}

TEST_F(Granted, OpensAnyWithReasonAndConsentAndSaysSoInTheLog) {
  auto asked = asking("exchange", with_open_any());
  asked.connector.open_any = true;
  const auto use = open_as("exchange", license(asked, "exchange"));
  ASSERT_EQ(use.grants.size(), 1u);
  EXPECT_EQ(use.grants[0].right, "OWNER");
  EXPECT_TRUE(use.key.key.equals(content_key().key.bytes()));
  const auto row = rows().back();
  EXPECT_EQ(row.result, "Success");
  EXPECT_EQ(row.used_grant, "open_any: legal hold 17");
  EXPECT_TRUE(row.admin_action);
}

TEST_F(Granted, CountsWhatOnlyOpenAnyAllowed) {
  auto asked = asking("bob", with_open_any());
  asked.connector.open_any = true;
  const auto bob = std::vector{account_certificate("bob")};
  auto others = test::publication();
  others.rights = {{mail_of("carol"), {"VIEW"}, {}}};
  const auto for_bob = published(), not_for_bob = published(others);
  const auto response = given(service_.acquire_license(
      asked, {{{views(bob), views(for_bob), ""}, {views(bob), views(not_for_bob), ""}}}, [] { return false; }));
  EXPECT_EQ(response.opened_any, 1u);
  EXPECT_EQ(open_as("bob", response.answers.at(0)).grants.at(0).right, "VIEW") << "his own right, no more";
  EXPECT_EQ(open_as("bob", response.answers.at(1)).grants.at(0).right, "OWNER");
  EXPECT_FALSE(rows().at(0).admin_action);
  EXPECT_TRUE(rows().at(1).admin_action);
}

TEST_F(Granted, OpensNothingOnceOpenAnyIsOver) {
  auto asked = asking("exchange", with_open_any(kNow));
  asked.connector.open_any = true;
  EXPECT_EQ(licensed(asked, "exchange"), std::string(kNoRights) + ", missing: open_any");
}

TEST_F(Granted, OpensNothingThatIsNotGoodByOpenAny) {
  auto asked = asking("exchange", with_open_any());
  asked.connector.open_any = true;
  EXPECT_EQ(licensed(asked, "exchange", published(test::publication(), tenant("fabrikam.test"))),
            "RightsLabelNoMatchingIssuedPrincipalException, missing: ");
  const auto other = std::vector{account_certificate("bob")};
  EXPECT_EQ(in_words(given(acquire(asked, {{views(other), views(published()), ""}})).at(0)),
            "UnexpectedPersonaCertException, missing: ")
      << "a licence for itself only";
}

TEST_F(Granted, KeepsOpenAnyWithinItsOwnersAndTemplates) {
  auto scope = with_open_any();
  scope.owners = {{"exchange@contoso.test", "fabrikam.test"}};
  auto asked = asking("exchange", scope);
  asked.connector.open_any = true;
  EXPECT_EQ(licensed(asked, "exchange"), std::string(kNoRights) + ", missing: owners");
  asked.caller.scope.owners->push_back("contoso.test");
  EXPECT_EQ(licensed(asked, "exchange"), "a chain");
}

TEST_F(Granted, LicensesOnlyContentOfTheOwnersThatAreGranted) {
  EXPECT_EQ(licensed(asking("bob", {.owners = {{mail_of("alice")}}}), "bob"), "a chain");
  EXPECT_EQ(licensed(asking("bob", {.owners = {{"Contoso.Test"}}}), "bob"), "a chain");
  EXPECT_EQ(licensed(asking("bob", {.owners = {{mail_of("carol")}}}), "bob"),
            std::string(kNoRights) + ", missing: owners");
  EXPECT_EQ(licensed(asking("bob", {.owners = {{}}}), "bob"), std::string(kNoRights) + ", missing: owners");
}

TEST_F(Granted, LicensesOnlyContentOfTheTemplatesThatAreGranted) {
  keep(definition());
  const auto by = published(by_template(signed_by(tenant(), definition())));
  const auto by_hand = published();
  const Asked only_this = asking("bob", {.templates = {{definition().guid}}});
  EXPECT_EQ(licensed(only_this, "bob", by), "a chain");
  EXPECT_EQ(licensed(only_this, "bob", by_hand), std::string(kNoRights) + ", missing: templates");
  const Asked by_hand_only = asking("bob", {.templates = {{"custom"}}});
  EXPECT_EQ(licensed(by_hand_only, "bob", by), std::string(kNoRights) + ", missing: templates");
  EXPECT_EQ(licensed(by_hand_only, "bob", by_hand), "a chain");
}

TEST_F(Granted, ShowsOnlyTheTemplatesThatAreGranted) {
  keep(definition());
  auto other = definition();
  other.guid = "5b1010c0-92b8-4169-8493-b5137c6fe168";
  keep(other);
  const auto asked = asking("bob", {.templates = {{other.guid}}});
  const auto information = given(service_.acquire_template_information(asked));
  ASSERT_EQ(information.templates.size(), 1u);
  EXPECT_EQ(information.templates[0].guid, "{" + other.guid + "}");
  const auto given_out = given(service_.acquire_templates(asked, {{definition().guid, "{" + other.guid + "}"}}));
  EXPECT_FALSE(given_out.templates.at(0).xrml);
  EXPECT_TRUE(given_out.templates.at(1).xrml);
}

TEST_F(Granted, PublishesOnlyWithTheTemplatesThatAreGranted) {
  const auto unsigned_by_bob = must(xrml::issue_unsigned_license(
      tenant().principal(), {"09d39708-df09-4554-bd2b-d6421346dd30", mail_of("bob"), "Budget.docx", {}, {}},
      content_key(), kNow));
  const auto publish = [&](Scope scope) {
    return service_.acquire_issuance_license(asking("bob", std::move(scope)), {unsigned_by_bob.text()});
  };
  EXPECT_TRUE(publish({.templates = {{"custom"}}}).has_value());
  const auto refused = publish({.templates = {{definition().guid}}});
  EXPECT_EQ(exception_of(refused), "UnauthorizedAccessException");
  EXPECT_EQ(rows().back().missing_grant, "templates");
}

TEST_F(Granted, PreLicensesOnlyTheRecipientsThatAreGranted) {
  must(store_->replace_directory(tenant().guid(),
                                 std::vector<UserRecord>{{mail_of("bob"), "Bob", "", {"robert@fabrikam.test"}},
                                                         {mail_of("carol"), "Carol", "", {}}},
                                 {}));
  const auto ask = [&](Scope scope) {
    const auto label = published();
    std::vector<std::string> said;
    const auto response =
        service_.acquire_pre_license(asking("exchange", std::move(scope)),
                                     {{mail_of("bob"), mail_of("carol")}, views(label), ""}, [] { return false; });
    if (!response) return std::vector{exception_of(response)};
    for (const auto& answer : response->answers) {
      const auto* fault = std::get_if<soap::Fault>(&answer);
      said.push_back(fault ? fault->missing_grant : "licensed");
    }
    return said;
  };
  EXPECT_THAT(ask({}), ElementsAre("licensed", "licensed"));
  EXPECT_THAT(ask({.recipients = {{"contoso.test"}}}), ElementsAre("licensed", "licensed"));
  EXPECT_THAT(ask({.recipients = {{"fabrikam.test"}}}), ElementsAre("licensed", "recipients")) << "Bob by his alias";
  EXPECT_THAT(ask({.recipients = {{}}}), ElementsAre("recipients", "recipients"));
  EXPECT_THAT(ask({.owners = {{"fabrikam.test"}}}), ElementsAre(kNoRights)) << "the content is Alice's";
  EXPECT_EQ(rows().back().missing_grant, "owners");
}

// A connector whose clock, or whose settings, are behind does not decide that its servers' grants still hold.
TEST_F(Granted, RefusesEverythingOnceTheGrantsAreOver) {
  const auto asked = asking("bob", {.until = kNow});
  const auto refused = acquire(asked, {{views({account_certificate("bob")}), views(published()), ""}});
  EXPECT_EQ(exception_of(refused), "UnauthorizedAccessException");
  EXPECT_EQ(rows().back().missing_grant, "until");
  EXPECT_EQ(exception_of(service_.get_licensor_certificate(asked)), "UnauthorizedAccessException");
  EXPECT_EQ(rows().back().missing_grant, "until");
  EXPECT_TRUE(service_.get_licensor_certificate(asking("bob", {.until = kNow + 1ms})).has_value());
}

}  // namespace
}  // namespace rms::cloud

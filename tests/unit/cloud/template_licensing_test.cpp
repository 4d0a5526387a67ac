// SPDX-License-Identifier: Apache-2.0
//
// AcquireLicense for what was published with an official template.
#include "support/xrml_sample.h"
#include "unit/cloud/template_fixture.h"
#include "xrml/rights_data.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

class TemplateLicensing : public TemplateTest {
 protected:
  std::string refused(const std::vector<xrml::Document>& label) {
    return exception_of(acquire_one("bob", label, {account_certificate("bob")}));
  }
  std::vector<std::string> rights(const std::string& name, const std::vector<xrml::Document>& label,
                                  xrml::Time now = kNow) {
    std::vector<std::string> names;
    for (const auto& grant : open_as(name, acquire_one(name, label, {account_certificate(name)}), now).grants)
      names.push_back(grant.right);
    return names;
  }
};

TEST_F(TemplateLicensing, GivesWhatTheTemplateGrants) {
  keep(definition());
  const auto label = published(by_template(signed_by(tenant(), definition())));
  const auto use = open_as("bob", acquire_one("bob", label, {account_certificate("bob")}));
  ASSERT_EQ(use.grants.size(), 1u);
  EXPECT_EQ(use.grants[0].right, "VIEW");
  EXPECT_EQ(use.grants[0].interval_days, 7);
  EXPECT_TRUE(use.key.key.equals(content_key().key.bytes()));
  EXPECT_EQ(rights("carol", label), (std::vector<std::string>{"VIEW", "EDIT"}));
  EXPECT_EQ(rows().at(0).template_id, definition().guid);
}

// The template names no person: "Owner" is whom the publishing licence names.
TEST_F(TemplateLicensing, GivesTheOwnerWhomTheLicenceNamesOwnerOnly) {
  keep(definition());
  EXPECT_EQ(rights("alice", published(by_template(signed_by(tenant(), definition())))),
            std::vector<std::string>{"OWNER"});
}

// Mallory puts Alice's sealed key and template into a licence of her own: 0012 keeps the key shut.
TEST_F(TemplateLicensing, GivesTheKeyToNoOwnerWhoDidNotSealIt) {
  keep(definition());
  const auto theirs = published(by_template(signed_by(tenant(), definition()))).front();
  const auto certificate = licensor_certificate("mallory");
  auto content = theirs.content();
  content.issuer = certificate.content().principal();
  content.work->owner->name = mail_of("mallory");
  const auto forged = must(xrml::issue(content, &key_of("mallory's licensor")));
  EXPECT_EQ(exception_of(acquire_one("mallory", {forged, certificate}, {account_certificate("mallory")})),
            "InvalidRightsLabelSignatureException");
}

// MS-RMPR 3.4.4.1: the policy in the licence is ignored where the GUID is that of a template here.
TEST_F(TemplateLicensing, TakesTheKeptTemplateInPlaceOfTheLicencesCopy) {
  const auto old = signed_by(tenant(), definition());
  auto changed = definition();
  changed.rights = {{mail_of("bob"), {"PRINT"}}};
  changed.license_days = 0;
  keep(changed);
  const auto label = published(by_template(old));
  EXPECT_EQ(rights("bob", label), std::vector<std::string>{"PRINT"});
  EXPECT_EQ(exception_of(acquire_one("carol", label, {account_certificate("carol")})),
            "NoRightsForRequestedPrincipalException");
  const auto answer = acquire_one("bob", label, {account_certificate("bob")});
  EXPECT_FALSE(xrml::may_be_kept(must(xrml::Document::parse(std::get<soap::Chain>(answer).at(0)))));
}

// An author's own rights are the author's, whatever GUID stands above them (docs/decisions/0033).
TEST_F(TemplateLicensing, LeavesRightsThatAreNoOfficialTemplateAsTheyAre) {
  keep(definition());
  auto label = published();
  auto rights_data = must(xrml::open_publishing_license(label[0], tenant().principal(), tenant().licensor_key()))
                         .rights_data.content();
  rights_data.descriptor = {"", "MS-GUID", "{" + definition().guid + "}", "", {}};
  auto content = label[0].content();
  content.authenticated_data[0].value =
      must(xrml::encrypt_rights_data(must(xrml::issue(rights_data, nullptr)), content_key()));
  label[0] = must(xrml::issue(content, &key_of("alice's licensor")));
  EXPECT_EQ(rights("bob", label), (std::vector<std::string>{"VIEW", "EXTRACT"}));
  EXPECT_TRUE(rows().back().template_id.empty());
}

TEST_F(TemplateLicensing, GoesOnWithTemplatesThatAreArchived) {
  keep(definition(), true);
  EXPECT_EQ(rights("bob", published(by_template(signed_by(tenant(), definition())))), std::vector<std::string>{"VIEW"});
}

TEST_F(TemplateLicensing, RefusesTemplatesThatAreNotOurs) {
  keep(definition());
  EXPECT_EQ(refused(published(by_template(signed_by(tenant("fabrikam.test"), definition())))),
            "InvalidRightsLabelSignatureException");
  auto unknown = definition();
  unknown.guid = "00000000-0000-4000-8000-000000000002";
  EXPECT_EQ(refused(published(by_template(signed_by(tenant(), unknown)))), "InvalidRightsLabelSignatureException");
  EXPECT_EQ(rows().back().template_id, unknown.guid) << "refusals are logged with what they are about";

  const std::string text(signed_by(tenant(), definition()).text());
  const auto altered = must(xrml::Document::parse(test::replaced(text, mail_of("carol"), mail_of("bobby"))));
  EXPECT_EQ(refused(published(by_template(altered))), "InvalidRightsLabelSignatureException");
  const auto unsigned_text = text.substr(0, text.find("<SIGNATURE>")) + "</XrML>";
  EXPECT_EQ(refused(published(by_template(must(xrml::Document::parse(unsigned_text))))),
            "InvalidRightsLabelSignatureException");
}

// What a caller makes up is a refusal of that item, never a failure of the batch.
TEST_F(TemplateLicensing, RefusesATemplateThatSomebodySignedForItselfForThatItemAlone) {
  keep(definition());
  const auto made_up = published(by_template(forged(definition())));
  EXPECT_EQ(refused(made_up), "InvalidRightsLabelSignatureException");

  const auto good = published();
  const auto bob = account_certificate("bob");
  const auto answers = acquire("bob", {{views({bob}), views(made_up), ""}, {views({bob}), views(good), ""}});
  ASSERT_TRUE(answers) << exception_of(answers);
  EXPECT_EQ(exception_of(answers->at(0)), "InvalidRightsLabelSignatureException");
  EXPECT_EQ(exception_of(answers->at(1)), "a chain");
}

TEST_F(TemplateLicensing, CountsContentDaysFromTheLicence) {
  auto limited = definition();
  limited.content_days = 10;
  keep(limited);
  const auto later = kNow + 100 * 24h;  // long after the template was made
  clock_.set(later);
  const xrml::Period validity{later - 24h, later + 365 * 24h};
  const auto certificate = licensor_certificate("alice", tenant(), validity);
  const auto label =
      std::vector{must(xrml::issue_publishing_license(certificate, key_of("alice's licensor"),
                                                      by_template(signed_by(tenant(), limited)), content_key(), later)),
                  certificate};
  const auto ask = [&] { return acquire_one("bob", label, {account_certificate("bob", tenant(), validity)}); };
  EXPECT_EQ(open_as("bob", ask(), later).grants.at(0).time.until, later + 10 * 24h);
  clock_.set(later + 10 * 24h - 1min);
  EXPECT_EQ(exception_of(ask()), "a chain");
  clock_.set(later + 10 * 24h);
  EXPECT_EQ(exception_of(ask()), "IssuanceLicenseIsNotWithinValidTimeRangeException");
}

TEST_F(TemplateLicensing, EndsAtTheDateOfTheTemplate) {
  auto limited = definition();
  limited.expires = kNow + 24h;
  keep(limited);
  const auto label = published(by_template(signed_by(tenant(), limited)));
  EXPECT_EQ(rights("bob", label), std::vector<std::string>{"VIEW"});
  clock_.set(kNow + 24h);
  EXPECT_EQ(refused(label), "IssuanceLicenseIsNotWithinValidTimeRangeException");
}

}  // namespace
}  // namespace rms::cloud

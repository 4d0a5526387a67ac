// SPDX-License-Identifier: Apache-2.0
//
// AcquireIssuanceLicense: each test breaks one thing of a licence that is signed.
#include "cloud/publishing/issuance.h"

#include <functional>

#include "support/xrml_sample.h"
#include "unit/cloud/template_fixture.h"
#include "xrml/rights_data.h"
#include "xrml/seal.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

xrml::Document unsigned_license(const xrml::Publication& what = test::publication(),
                                const IssuingTenant& of = tenant()) {
  return must(xrml::issue_unsigned_license(of.principal(), what, content_key(), kNow));
}

class Issuance : public TemplateTest {
 protected:
  Outcome<soap::Chain> sign(std::string_view text, const std::string& name = "alice") {
    const xrml::Account asking{"S-1-5-21-1-2-3-7", "", mail_of(name), {mail_of(name + ".smith")}};
    return acquire_issuance_license(tenant(), *store_, asking, {}, text, clock_.wall(), facts_);
  }
  Outcome<soap::Chain> sign(const xrml::Document& license, const std::string& name = "alice") {
    return sign(license.text(), name);
  }
  Outcome<soap::Chain> sign_changed(const std::function<void(xrml::Content&)>& change) {
    auto content = unsigned_license().content();
    change(content);
    return sign(must(xrml::issue(content, nullptr)));
  }
  // With bits that are sealed for `content` as it is.
  static void seal_again(xrml::Content& content, const xrml::PublicKey& to) {
    content.principals.front().enabling_bits.reset();
    const auto bound = must(xrml::issue(content, nullptr));
    content.principals.front().enabling_bits = must(xrml::seal(to, content_key(), bound.bound_text()));
  }

  LabelFacts facts_;
};

TEST_F(Issuance, SignsAsTheTenantWithItsChain) {
  clock_.set(kNow + 5min);
  const auto chain = sign(unsigned_license());
  ASSERT_TRUE(chain) << exception_of(chain);
  std::vector<std::string_view> texts(chain->begin(), chain->end());
  const auto documents = must(xrml::parse_chain(texts));
  ASSERT_EQ(documents.size(), 4u);
  EXPECT_TRUE(test::succeeds(xrml::verify_chain(documents, {{*documents.back().content().principal().key}}, kNow)));
  EXPECT_EQ(documents[0].content().issued, kNow + 5min);
  EXPECT_EQ(documents[0].content().issuer->object.id, tenant().principal().object.id);
  EXPECT_EQ(documents[1].text(), tenant().licensor_certificate().text());
  EXPECT_EQ(facts_.content_id, test::publication().content_guid);
  EXPECT_EQ(facts_.owner_email, mail_of("alice"));
  EXPECT_EQ(facts_.issuer, "contoso.test");
  EXPECT_EQ(facts_.date_published, "2026-11-20T12:05:00");
}

TEST_F(Issuance, IsOpenedAsWhatPublishersSignThemselves) {
  const auto chain = sign(unsigned_license());
  ASSERT_TRUE(chain);
  const std::vector label = {must(xrml::Document::parse(chain->at(0))), must(xrml::Document::parse(chain->at(1)))};
  const auto use = open_as("bob", acquire_one("bob", label, {account_certificate("bob")}));
  EXPECT_EQ(use.grants.size(), 2u);
  EXPECT_TRUE(use.key.key.equals(content_key().key.bytes()));
  EXPECT_EQ(open_as("alice", acquire_one("alice", label, {account_certificate("alice")})).grants.at(0).right, "OWNER");
  EXPECT_EQ(exception_of(acquire_one("dave", label, {account_certificate("dave")})),
            "NoRightsForRequestedPrincipalException");
}

TEST_F(Issuance, IsForTheOwnerOnlyByAnyOfTheirAddresses) {
  auto what = test::publication();
  what.owner_mail = "ALICE.Smith@contoso.test";
  EXPECT_EQ(exception_of(sign(unsigned_license(what))), "done");
  EXPECT_EQ(exception_of(sign(unsigned_license(), "bob")), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.work->owner->id = "S-1-5-21-1-2-3-7"; })), "done");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.work->owner->id = "S-1-5-21-1-2-3-8"; })),
            "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.work->owner.reset(); })), "UnspecifiedErrorException");
}

TEST_F(Issuance, SignsForContentThatHasAGuidOnly) {
  for (const char* id : {"", "{zzz", "plan\n"})
    EXPECT_EQ(exception_of(sign_changed([id](auto& c) { c.work->object.id = id; })), "UnspecifiedErrorException") << id;
}

TEST_F(Issuance, RefusesWhatIsMadeForAnotherService) {
  constexpr auto kAnother = "UnsignedIssuanceLicenseNoMatchingIssuedPrincipalException";
  EXPECT_EQ(exception_of(sign(unsigned_license(test::publication(), tenant("fabrikam.test")))), kAnother);
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.principals.front().object.id = "{other}"; })), kAnother);
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.principals.front().key = key_of("bob").public_key(); })),
            kAnother);
}

// The table of MS-RMPR 3.5.4.1 and the prose below it name this exception in two namespaces; we keep to the table.
TEST_F(Issuance, NamesAWrongHashAsTheTableOfTheTextDoes) {
  const auto outcome = sign_changed([](auto& c) { c.principals.front().enabling_bits->bytes.back() ^= 1; });
  const Unfulfilled why = outcome.error();
  ASSERT_TRUE(why.fault());
  EXPECT_EQ(why.fault()->exception, "Microsoft.RightsManagementServices.EnablingBitsHashDoesNotMatchException");
}

TEST_F(Issuance, RefusesASealedKeyThatDoesNotBelongHere) {
  constexpr auto kHash = "EnablingBitsHashDoesNotMatchException";
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { seal_again(c, tenant().licensor_key().public_key()); })), "done");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { seal_again(c, key_of("bob").public_key()); })), kHash);
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.principals.front().object.name = "Another"; })), kHash);
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.principals.front().enabling_bits.reset(); })),
            "UnspecifiedErrorException");
}

TEST_F(Issuance, RefusesASessionKeyOfDes) {
  std::string header = {20, 0, '\xFF', '\xFF', 8, 0, 8, 0, 0, 0, 0, 0};
  header += "8 bytes.";
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(header.data()), header.size());
  auto sealed = must(tenant().licensor_key().public_key().encrypt(Secret(bytes), true));
  sealed.resize(sealed.size() + 80);
  EXPECT_EQ(exception_of(sign_changed([&](auto& c) { c.principals.front().enabling_bits->bytes = sealed; })),
            "CryptoUnsupportedSymKeyException");
}

// Signing anew what was issued already would give its key to another owner.
TEST_F(Issuance, RefusesWhatWasIssuedAlready) {
  auto content = published().front().content();
  EXPECT_EQ(exception_of(sign(published().front())), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign(must(xrml::issue(content, nullptr)))), "UnspecifiedErrorException");
  content.issuer.reset();
  EXPECT_EQ(exception_of(sign(must(xrml::issue(content, nullptr)))), "EnablingBitsHashDoesNotMatchException");
  const auto ours = sign(unsigned_license());
  content = must(xrml::Document::parse(ours->at(0))).content();
  content.issuer.reset();
  EXPECT_EQ(exception_of(sign(must(xrml::issue(content, nullptr)))), "EnablingBitsHashDoesNotMatchException");
}

TEST_F(Issuance, RefusesRightsThatItCannotRead) {
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.authenticated_data.clear(); })), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.authenticated_data.front().value = "AAAA"; })),
            "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) {
              c.authenticated_data.front().value =
                  must(xrml::encrypt_rights_data(tenant().licensor_certificate(), content_key()));
            })),
            "UnspecifiedErrorException");
}

TEST_F(Issuance, RefusesWhatIsNoPublishingLicence) {
  for (const std::string_view text : {std::string_view("<junk/>"), std::string_view(""), test::root().text()})
    EXPECT_EQ(exception_of(sign(text)), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign(std::string(8 * 1024 * 1024 + 1, ' '))), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.validity = {{}, kNow}; })), "UnspecifiedErrorException");
  EXPECT_EQ(exception_of(sign_changed([](auto& c) { c.validity = {kNow, kNow + 1min}; })), "done");
}

// Three distribution points are ours: what the publisher brings of them takes no room from what we add.
TEST_F(Issuance, SignsWhatIsAsFullAsALicenceMayBe) {
  EXPECT_EQ(exception_of(sign_changed([](auto& c) {
              c.distribution_points.resize(16, c.distribution_points.front());
              c.authenticated_data.resize(64, {"APPSPECIFIC", "a", "b"});
              c.policy_lists.resize(16, "<POLICYLIST type=\"exclusion\" />");
            })),
            "done");
}

TEST_F(Issuance, SignsWithATemplateThatIsKnownHere) {
  keep(definition());
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(signed_by(tenant(), definition()))))), "done");
  EXPECT_EQ(facts_.template_id, definition().guid);
}

TEST_F(Issuance, RefusesTemplatesThatAreNotOurs) {
  constexpr auto kInvalid = "InvalidOfficialRightsTemplateException";
  const auto ours = signed_by(tenant(), definition());
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(ours)))), kInvalid) << "not known yet";
  keep(definition());
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(signed_by(tenant("fabrikam.test"), definition()))))),
            kInvalid);
  const std::string text(ours.text());
  const auto altered = must(xrml::Document::parse(test::replaced(text, mail_of("carol"), mail_of("bobby"))));
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(altered)))), kInvalid);
  const auto bare = must(xrml::Document::parse(text.substr(0, text.find("<SIGNATURE>")) + "</XrML>"));
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(bare)))), kInvalid);
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(forged(definition()))))), kInvalid);
}

// Publishers are not handed it any more; what was published with it before still opens (TemplateLicensing).
TEST_F(Issuance, RefusesTemplatesThatAreArchived) {
  keep(definition(), true);
  EXPECT_EQ(exception_of(sign(unsigned_license(by_template(signed_by(tenant(), definition()))))),
            "InvalidOfficialRightsTemplateException");
}

}  // namespace
}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

class Precertification : public RightsTest {
 protected:
  Precertification() {
    must(store_->replace_directory(
        tenant().guid(),
        std::vector{UserRecord{"bob@contoso.test", "Bob", "S-1-5-21-1", {"robert@contoso.test"}},
                    UserRecord{"carol@contoso.test", "Carol", "", {}}},
        {}));
  }
  Outcome<soap::PrecertifyResponse> precertify(const soap::PrecertifyRequest& request) {
    return service_.precertify(asked_as("exchange"), request);
  }
  xrml::Document certificate_of(const soap::PrecertifyRequest& request) {
    return must(xrml::Document::parse(given(precertify(request)).certificate));
  }
};

TEST_F(Precertification, NamesAPersonAndThePublicKeyOfItsAccount) {
  const auto certificate = certificate_of({"bob@contoso.test", "", "", {}});
  EXPECT_TRUE(test::succeeds(xrml::verify_chain(std::vector{certificate}, tenant().anchors(), kNow)));
  EXPECT_EQ(xrml::account_of(certificate).mail, "bob@contoso.test");
  EXPECT_EQ(xrml::account_of(certificate).sid, "S-1-5-21-1");
  EXPECT_TRUE(certificate.content().federation_principals.empty());
  EXPECT_EQ(certificate.text().find("FEDERATIONPRINCIPALS"), std::string_view::npos);
  EXPECT_EQ(certificate.content().validity.from, kNow - 15min);
  EXPECT_EQ(certificate.content().validity.until, kNow + 365 * 24h);
}

TEST_F(Precertification, GivesTheKeyThatThePersonsOwnCertificateHas) {
  for (const auto* name : {"bob", "carol"}) {
    const auto before = certificate_of({mail_of(name), "", "", {}});
    const auto own = service_.certify(asked_as(name), {views({test::machine()}), true}, true);
    const auto rac = must(xrml::Document::parse(given(own).at(0)));
    EXPECT_EQ(before.content().principal().key, rac.content().principal().key) << name;
    EXPECT_EQ(before.content().principal().object.id, rac.content().principal().object.id) << name;
  }
}

TEST_F(Precertification, FindsByAddressAliasOrSid) {
  for (const auto& request : std::vector<soap::PrecertifyRequest>{
           {"ROBERT@contoso.test", "", "", {}},
           {"", "S-1-5-21-1", "", {}},
           {"bob@contoso.test", "s-1-5-21-1", "robert@contoso.test", {}},
           {"bob@contoso.test", "", "", {"X500:/o=Contoso", "SMTP:else@contoso.test"}}})
    EXPECT_EQ(xrml::account_of(certificate_of(request)).mail, "bob@contoso.test");
}

TEST_F(Precertification, IsForRecipientsThatTheServerMayAskFor) {
  auto asked = asked_as("exchange");
  asked.caller.scope.recipients = {"robert@contoso.test"};
  EXPECT_TRUE(service_.precertify(asked, {"bob@contoso.test", "", "", {}}).has_value()) << "any address counts";
  const auto refused = service_.precertify(asked, {"carol@contoso.test", "", "", {}});
  EXPECT_EQ(exception_of(refused), "UnauthorizedAccessException");
  EXPECT_EQ(rows().back().missing_grant, "recipients");
}

TEST_F(Precertification, RefusesARequestThatDescribesTwo) {
  for (const auto& request : std::vector<soap::PrecertifyRequest>{{"bob@contoso.test", "S-1-5-21-2", "", {}},
                                                                  {"carol@contoso.test", "S-1-5-21-1", "", {}},
                                                                  {"bob@contoso.test", "", "carol@contoso.test", {}},
                                                                  {"", "S-1-5-21-1", "carol@contoso.test", {}}})
    EXPECT_EQ(exception_of(precertify(request)), "UnauthorizedAccessException");
}

TEST_F(Precertification, RefusesWhomItDoesNotKnow) {
  for (const auto* name : {"nobody@contoso.test", "bob", "%", " bob@contoso.test"})
    EXPECT_EQ(exception_of(precertify({name, "", "", {}})), "DRMSArgumentException") << name;
  EXPECT_EQ(exception_of(precertify({"", "S-1-5-21-9", "", {}})), "DRMSArgumentException");
}

TEST_F(Precertification, RefusesARequestForNobody) {
  EXPECT_EQ(exception_of(precertify({})), "DRMSArgumentException");
  EXPECT_EQ(exception_of(precertify({"", "", "bob@contoso.test", {"bob@contoso.test"}})), "DRMSArgumentException");
}

// Another's certificate is public: it must be of no use to whoever has it.
TEST_F(Precertification, IsNoUseToAnotherAccount) {
  const auto certificate = certificate_of({"bob@contoso.test", "", "", {}});
  EXPECT_EQ(exception_of(acquire_one("carol", published(), {certificate})), "UnexpectedPersonaCertException");
  EXPECT_EQ(exception_of(service_.get_client_licensor_cert(asked_as("carol"), {{views({certificate})}})),
            "UnexpectedPersonaCertException");
}

TEST_F(Precertification, IsLogged) {
  precertify({"bob@contoso.test", "", "", {}}).has_value();
  precertify({"nobody@contoso.test", "", "", {}}).has_value();
  ASSERT_EQ(rows().size(), 2u);
  EXPECT_EQ(rows()[0].request_type, "Precertify");
  EXPECT_EQ(rows()[0].user_id, "exchange@contoso.test");
  EXPECT_EQ(rows()[0].result, "Success");
  EXPECT_EQ(rows()[1].result, "DRMSArgumentException");
}

}  // namespace
}  // namespace rms::cloud

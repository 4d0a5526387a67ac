// SPDX-License-Identifier: Apache-2.0
//
// Callers look for Microsoft's exception names in the faultstring. Here they stand as MS-RMPR and MS-RMSI print them,
// letter by letter, against what leaves the service for each defect of what was sent.
#include "support/xrml_sample.h"
#include "unit/cloud/template_fixture.h"
#include "xrml/rights_data.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

class ExceptionNames : public TemplateTest {
 protected:
  ExceptionNames() {
    must(store_->replace_directory(tenant().guid(), std::vector{UserRecord{mail_of("bob"), "Bob", "S-1-5-21-1", {}}},
                                   {}));
  }

  // What stands before the colon.
  static std::string name_in(const soap::Fault& fault) {
    const auto text = fault.to_string();
    return text.substr(0, text.find(": "));
  }
  template <class T>
  static std::string name_in(const Outcome<T>& outcome) {
    if (outcome) return "answered";
    const Unfulfilled why = outcome.error();
    return why.fault() ? name_in(*why.fault()) : "not answered: " + why.error()->to_string();
  }

  std::string certify(const std::vector<xrml::Document>& machine_chain) {
    return name_in(service_.certify(asked_as("bob"), {views(machine_chain), true}, true));
  }
  std::string certify_as(const std::string& mail, const std::string& sid) {
    auto asked = asked_as("bob");
    asked.caller.mail = mail;
    asked.caller.sid = sid;
    return name_in(service_.certify(asked, {views({test::machine()}), true}, true));
  }
  std::string clc(const xrml::Document& persona) {
    return name_in(service_.get_client_licensor_cert(asked_as("bob"), {{views({persona})}}));
  }
  std::string license_for(const std::string& name, const soap::AcquireLicenseItem& item) {
    const auto answers = acquire(name, {item});
    if (!answers) return name_in(answers);
    const auto* fault = std::get_if<soap::Fault>(&answers->at(0));
    return fault ? name_in(*fault) : "answered";
  }
  std::string license(const std::vector<xrml::Document>& label, const std::string& name = "bob") {
    const auto persona = account_certificate(name);
    return license_for(name, {views({persona}), views(label), ""});
  }
  std::string license_with(const xrml::Document& persona) {
    const auto label = published();
    return license_for("bob", {views({persona}), views(label), ""});
  }
  std::string pre_license(const std::string& who, const std::vector<xrml::Document>& label) {
    const auto response =
        service_.acquire_pre_license(asked_as("alice"), {{who}, views(label), ""}, [] { return false; });
    if (!response) return name_in(response);
    const auto* fault = std::get_if<soap::Fault>(&response->answers.at(0));
    return fault ? name_in(*fault) : "answered";
  }
  std::string sign(const xrml::Document& license, const std::string& name = "alice") {
    return name_in(service_.acquire_issuance_license(asked_as(name), {license.text()}));
  }
  static xrml::Document unsigned_license(const xrml::Publication& what = test::publication(),
                                         const IssuingTenant& of = tenant()) {
    return must(xrml::issue_unsigned_license(of.principal(), what, content_key(), kNow));
  }
  static xrml::Document altered(const xrml::Document& document, const std::string& from, const std::string& to) {
    return must(xrml::Document::parse(test::replaced(std::string(document.text()), from, to)));
  }
};

TEST_F(ExceptionNames, OfCertify) {
  EXPECT_EQ(certify({test::machine()}), "answered");
  const std::string kChain = "Microsoft.DigitalRightsManagement.Core.VerifyMachineCertificateChainFailedException";
  EXPECT_EQ(certify({}), kChain);
  EXPECT_EQ(certify({test::root()}), kChain);
  EXPECT_EQ(certify({altered(test::machine(), "rms-connector software", "rms-connector hardware")}), kChain);
  EXPECT_EQ(certify({test::machine(), test::root()}), kChain);
  EXPECT_EQ(certify({must(xrml::issue_machine_certificate(key_of("small", 1024), "{1}", kNow))}),
            "Microsoft.DigitalRightsManagement.Cryptography.UnsupportedCryptographicSetException");
  EXPECT_EQ(certify_as("", ""), "Microsoft.DigitalRightsManagement.Utilities.ADEntrySearchFailedException");
  EXPECT_EQ(certify_as("bob", ""), "Microsoft.DigitalRightsManagement.Core.VerifyEmailAddressFailedException");
  EXPECT_EQ(certify_as(mail_of("bob"), "S-2"), "System.UnauthorizedAccessException");
}

TEST_F(ExceptionNames, OfAccountCertificatesInBothOperationsThatTakeThem) {
  const std::string kLicensing = "Microsoft.DigitalRightsManagement.Licensing.";
  const std::vector<std::pair<xrml::Document, std::string>> table = {
      {account_certificate("bob"), "answered"},
      {account_certificate("carol"), kLicensing + "UnexpectedPersonaCertException"},
      {licensor_certificate("bob"), kLicensing + "UnexpectedPersonaCertException"},
      {account_certificate("bob", tenant("fabrikam.test")), kLicensing + "UntrustedPersonaCertException"},
      {account_certificate("bob", tenant(), {kNow - 48h, kNow}), kLicensing + "InvalidPersonaCertTimeException"},
      {altered(account_certificate("carol"), mail_of("carol"), mail_of("bob")),
       kLicensing + "InvalidPersonaCertSignatureException"},
  };
  for (const auto& [persona, name] : table) {
    EXPECT_EQ(clc(persona), name);
    EXPECT_EQ(license_with(persona), name);
  }
}

TEST_F(ExceptionNames, OfPublishingLicencesInBothOperationsThatTakeThem) {
  keep(definition());
  const std::string kSignature = "Microsoft.DigitalRightsManagement.Licensing.InvalidRightsLabelSignatureException";
  const std::string kTime =
      "Microsoft.DigitalRightsManagement.Licensing.IssuanceLicenseIsNotWithinValidTimeRangeException";
  const std::string kServer =
      "Microsoft.DigitalRightsManagement.Licensing.RightsLabelNoMatchingIssuedPrincipalException";
  const std::string kNoRights = "Microsoft.DigitalRightsManagement.Licensing.NoRightsForRequestedPrincipalException";
  auto for_carol = test::publication();
  for_carol.rights = {{mail_of("carol"), {"VIEW"}, {}}};
  auto over = test::publication();
  over.time = {kNow - 48h, kNow - 24h};
  auto spoilt = published();
  spoilt[0] = altered(spoilt[0], "Budget.docx", "Budget.docm");
  auto unknown = definition();
  unknown.guid = "00000000-0000-4000-8000-000000000002";
  const std::vector<std::pair<std::vector<xrml::Document>, std::string>> table = {
      {published(), "answered"},
      {{test::root()}, "System.ArgumentException"},
      {{}, "System.ArgumentNullException"},
      {spoilt, kSignature},
      {{published().front()}, kSignature},
      {published(test::publication(), tenant(), kNow + 16min), kTime},
      {published(over), kTime},
      {published(test::publication(), tenant("fabrikam.test")), kServer},
      {published(for_carol), kNoRights},
      {published(by_template(signed_by(tenant(), definition()))), "answered"},
      {published(by_template(signed_by(tenant(), unknown))), kSignature},
      {published(by_template(signed_by(tenant("fabrikam.test"), definition()))), kSignature},
      {published(by_template(forged(definition()))), kSignature},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(license(table[i].first), table[i].second) << i;
    EXPECT_EQ(pre_license(mail_of("bob"), table[i].first), table[i].second) << i;
  }
  // MS-RMSI 3.5.4.1 prints this one without a namespace.
  EXPECT_EQ(pre_license("nobody@contoso.test", published()), "AcquirePreLicenseInvalidLicenseeException");

  const auto persona = account_certificate("bob");
  const auto label = published();
  EXPECT_EQ(license_for("bob", {views({persona}), views(label), std::string(102'401, 'x')}),
            "Microsoft.DigitalRightsManagement.Utilities.UnspecifiedErrorException");
}

TEST_F(ExceptionNames, OfAcquireIssuanceLicense) {
  EXPECT_EQ(sign(unsigned_license()), "answered");
  EXPECT_EQ(sign(unsigned_license(), "bob"), "Microsoft.DigitalRightsManagement.Utilities.UnspecifiedErrorException");
  EXPECT_EQ(sign(test::root()), "Microsoft.DigitalRightsManagement.Utilities.UnspecifiedErrorException");
  EXPECT_EQ(sign(unsigned_license(test::publication(), tenant("fabrikam.test"))),
            "Microsoft.DigitalRightsManagement.Licensing.UnsignedIssuanceLicenseNoMatchingIssuedPrincipalException");
  const std::string kTemplate = "Microsoft.DigitalRightsManagement.Licensing.InvalidOfficialRightsTemplateException";
  EXPECT_EQ(sign(unsigned_license(by_template(signed_by(tenant(), definition())))), kTemplate) << "not kept yet";
  keep(definition(), true);
  EXPECT_EQ(sign(unsigned_license(by_template(signed_by(tenant(), definition())))), kTemplate) << "archived";
  EXPECT_EQ(sign(unsigned_license(by_template(forged(definition())))), kTemplate);

  auto content = unsigned_license().content();
  content.principals.front().enabling_bits->bytes.back() ^= 1;
  EXPECT_EQ(sign(must(xrml::issue(content, nullptr))),
            "Microsoft.RightsManagementServices.EnablingBitsHashDoesNotMatchException");
  std::string des = {20, 0, '\xFF', '\xFF', 8, 0, 8, 0, 0, 0, 0, 0};
  des += "8 bytes.";
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(des.data()), des.size());
  auto& sealed = content.principals.front().enabling_bits->bytes;
  sealed = must(tenant().licensor_key().public_key().encrypt(Secret(bytes), true));
  sealed.resize(sealed.size() + 80);
  EXPECT_EQ(sign(must(xrml::issue(content, nullptr))),
            "Microsoft.DigitalRightsManagement.Cryptography.CryptoUnsupportedSymKeyException");
}

TEST_F(ExceptionNames, OfTheOtherOperations) {
  const auto asked = asked_as("bob");
  EXPECT_EQ(name_in(service_.find_service_locations_for_user(asked, {{"<junk>"}}, {})),
            "System.InvalidOperationException");
  EXPECT_EQ(name_in(service_.get_server_info(asked, {{{"junk", {}}}}, {})), "System.ArgumentNullException");
  const std::string kArgument = "Microsoft.DigitalRightsManagement.Core.DRMSArgumentException";
  EXPECT_EQ(name_in(service_.precertify(asked, {})), kArgument);
  EXPECT_EQ(name_in(service_.precertify(asked, {"nobody@contoso.test", "", "", {}})), kArgument);
  EXPECT_EQ(name_in(service_.precertify(asked, {mail_of("bob"), "S-1-5-21-2", "", {}})),
            "System.UnauthorizedAccessException");
}

}  // namespace
}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "base/guid.h"
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

class Certification : public RightsTest {
 protected:
  Outcome<soap::Chain> certify(const std::vector<xrml::Document>& machine, bool persistent = true,
                               Asked asked = asked_as("bob")) {
    return service_.certify(asked, {views(machine), persistent}, true);
  }
  static xrml::Document leaf(const Outcome<soap::Chain>& outcome) {
    if (!outcome) throw std::runtime_error(exception_of(outcome));
    return must(xrml::Document::parse(outcome->at(0)));
  }
};

TEST_F(Certification, IssuesAnAccountCertificateForTheMachineOfTheCaller) {
  const auto rac = leaf(certify({test::machine()}));
  EXPECT_EQ(xrml::account_of(rac).mail, "bob@contoso.test");
  const auto key = must(xrml::open_rights_account(rac, key_of("machine")));
  EXPECT_EQ(key.public_key(), *rac.content().principal().key);
  EXPECT_EQ(rac.content().validity.from, kNow - 15min);
  EXPECT_EQ(rac.content().validity.until, kNow + 365 * 24h);
}

TEST_F(Certification, AnswersWithTheChainOfTheTenant) {
  const auto outcome = certify({test::machine()});
  const std::vector<std::string_view> texts(outcome->begin(), outcome->end());
  const auto chain = must(xrml::parse_chain(texts));
  EXPECT_TRUE(test::succeeds(xrml::verify_chain(chain, {{*chain.back().content().principal().key}}, kNow)));
}

TEST_F(Certification, GivesTemporaryCertificatesAQuarterOfAnHour) {
  const auto rac = leaf(certify({test::machine()}, false));
  EXPECT_EQ(rac.content().validity.until, kNow + 15min);
  EXPECT_EQ(rac.content().principal().security_levels.front().value, "Temporary");
}

TEST_F(Certification, NamesTheAccountTheSameEveryTimeWithoutASid) {
  auto asked = asked_as("bob");
  const auto first = xrml::account_of(leaf(certify({test::machine()}, true, asked)));
  asked.caller.mail = "BOB@contoso.test";
  EXPECT_EQ(first.guid, xrml::account_of(leaf(certify({test::machine()}, true, asked))).guid);
  EXPECT_FALSE(first.guid.empty());
}

TEST_F(Certification, TakesTheSidFromTheConnector) {
  auto asked = asked_as("bob");
  asked.caller.sid = "S-1-5-21-1-2-3-1001";
  EXPECT_EQ(xrml::account_of(leaf(certify({test::machine()}, true, asked))).sid, "S-1-5-21-1-2-3-1001");
}

TEST_F(Certification, RefusesCallersWithoutAnAddressOrWithABadOne) {
  auto asked = asked_as("bob");
  asked.caller.mail = "";
  EXPECT_EQ(exception_of(certify({test::machine()}, true, asked)), "ADEntrySearchFailedException");
  for (const auto* bad :
       {"bob", "@contoso.test", "bob@", "b@o@b", "bob @contoso.test", "bob@contoso.test\nX", "<b>@x"}) {
    asked.caller.mail = bad;
    EXPECT_EQ(exception_of(certify({test::machine()}, true, asked)), "VerifyEmailAddressFailedException") << bad;
  }
}

TEST_F(Certification, KnowsThatApostrophesAndAmpersandsArePartOfNames) {
  auto asked = asked_as("bob");
  asked.caller.mail = "o'brien&sons@contoso.test";
  EXPECT_EQ(xrml::account_of(leaf(certify({test::machine()}, true, asked))).mail, asked.caller.mail);
}

TEST_F(Certification, RefusesABadSid) {
  auto asked = asked_as("bob");
  for (const auto* bad : {"S-1", "S-1-", "S-1-5-", "S-1--5", "S-1-5-x", "bob", "S-2-5-21"}) {
    asked.caller.sid = bad;
    EXPECT_EQ(exception_of(certify({test::machine()}, true, asked)), "UnauthorizedAccessException") << bad;
  }
}

TEST_F(Certification, RefusesAnAlteredMachineCertificate) {
  std::string text(test::machine().text());
  text.replace(text.find("rms-connector"), 3, "RMS");
  EXPECT_EQ(exception_of(service_.certify(asked_as("bob"), {{text}, true}, true)),
            "VerifyMachineCertificateChainFailedException");
}

TEST_F(Certification, RefusesWhatIsNoMachineCertificate) {
  EXPECT_EQ(exception_of(certify({account_certificate("bob")})), "VerifyMachineCertificateChainFailedException");
  EXPECT_EQ(exception_of(certify({})), "VerifyMachineCertificateChainFailedException");
  EXPECT_EQ(exception_of(service_.certify(asked_as("bob"), {{"<junk/>"}, true}, true)),
            "VerifyMachineCertificateChainFailedException");
}

TEST_F(Certification, RefusesAMachineChainThatDoesNotHangTogether) {
  EXPECT_EQ(exception_of(certify({test::machine(), test::root()})), "VerifyMachineCertificateChainFailedException");
}

TEST_F(Certification, RefusesModeOneMachines) {
  const auto old =
      must(xrml::issue_machine_certificate(key_of("old machine", 1024), "62c84d7e-880f-404a-80d4-5628249b4074", kNow));
  EXPECT_EQ(exception_of(certify({old})), "UnsupportedCryptographicSetException");
}

TEST_F(Certification, LogsServerCertifyAndCertifyWithTheirResult) {
  certify({test::machine()}).has_value();
  EXPECT_EQ(rows().back().request_type, "ServerCertify");
  EXPECT_EQ(rows().back().result, "Success");
  service_.certify(asked_as("bob"), {{}, true}, false).has_value();
  EXPECT_EQ(rows().back().request_type, "Certify");
  EXPECT_EQ(rows().back().result, "VerifyMachineCertificateChainFailedException");
}

TEST_F(Certification, ClipsWhatACallerSaysOfItself) {
  auto asked = asked_as("bob");
  asked.user_agent = std::string(100'000, 'x');
  certify({test::machine()}, true, asked).has_value();
  EXPECT_EQ(rows().back().c_info.size(), 512u);
}

TEST_F(Certification, SaysThatItCouldNotAskWhenTheTenantCannotBeOpened) {
  auto asked = asked_as("bob");
  must(store_->add_tenant(
      must(make_tenant({"other-key.test", "https://rms.other-key.test", ""}, xrml::new_wrapping_key(), kNow))));
  asked.connector.tenant = must(store_->find_tenant("other-key.test")).guid;
  const auto outcome = certify({test::machine()}, true, asked);
  ASSERT_FALSE(outcome);
  const Unfulfilled why = outcome.error();
  ASSERT_NE(why.error(), nullptr) << "a fault would be a decision";
  EXPECT_EQ(*why.error(), Errc::wrong_key);
}

TEST_F(Certification, GivesAllCertificatesOfAnAccountTheSameKeyTemporaryOnesToo) {
  const auto first = leaf(certify({test::machine()}));
  const auto key = *first.content().principal().key;
  const auto other = must(xrml::issue_machine_certificate(key_of("machine 2"), new_guid(), kNow));
  const auto second = leaf(certify({other}));
  EXPECT_EQ(*second.content().principal().key, key);
  EXPECT_EQ(must(xrml::open_rights_account(second, key_of("machine 2"))).public_key(), key);
  EXPECT_EQ(*leaf(certify({test::machine()}, false)).content().principal().key, key);
  EXPECT_NE(*leaf(certify({test::machine()}, true, asked_as("carol"))).content().principal().key, key);
}

TEST_F(Certification, CallsAnAccountWhatTheDirectoryCallsIt) {
  must(store_->replace_directory(tenant().guid(),
                                 std::vector{UserRecord{"robert@contoso.test", "", "", {"bob@contoso.test"}}}, {}));
  const auto account = xrml::account_of(leaf(certify({test::machine()})));
  EXPECT_EQ(account.mail, "robert@contoso.test");
  EXPECT_EQ(account.aliases, std::vector<std::string>{"bob@contoso.test"});
  auto asked = asked_as("robert");
  EXPECT_EQ(xrml::account_of(leaf(certify({test::machine()}, true, asked))).guid, account.guid) << "one account";
}

TEST_F(Certification, NamesNoAliasesBesideASid) {
  must(store_->replace_directory(
      tenant().guid(), std::vector{UserRecord{"bob@contoso.test", "", "S-1-5-21-1", {"robert@contoso.test"}}}, {}));
  const auto rac = leaf(certify({test::machine()}));
  EXPECT_EQ(xrml::account_of(rac).sid, "S-1-5-21-1");
  EXPECT_TRUE(rac.content().principal().object.addresses.empty());
}

TEST_F(Certification, NamesAsManyAliasesAsACertificateHasRoomFor) {
  UserRecord user{"bob@contoso.test", "", "", {}};
  for (int i = 0; i < 33; ++i) user.aliases.push_back("a" + std::to_string(i) + "@contoso.test");
  must(store_->replace_directory(tenant().guid(), std::vector{user}, {}));
  EXPECT_EQ(xrml::account_of(leaf(certify({test::machine()}))).aliases.size(), 32u);
  for (auto& alias : user.aliases) alias.insert(0, std::string(300, 'x'));
  must(store_->replace_directory(tenant().guid(), std::vector{user}, {}));
  const auto rac = leaf(certify({test::machine()}));
  EXPECT_EQ(xrml::account_of(rac).aliases.size(), 25u) << "8 KiB of them";
  EXPECT_LE(rac.text().size(), 30u * 1024);
}

TEST_F(Certification, SaysThatItCouldNotAskWhenTheAccountsKeyCannotBeOpened) {
  ASSERT_TRUE(certify({test::machine()}).has_value());
  AccountKeys others{*store_, spare_keys_, xrml::new_wrapping_key()};
  RightsService service{tenants_, people_, others, spare_keys_, *store_, clock_, log_};
  const auto outcome = service.certify(asked_as("bob"), {views({test::machine()}), true}, true);
  ASSERT_FALSE(outcome);
  const Unfulfilled why = outcome.error();
  ASSERT_NE(why.error(), nullptr) << "a fault would be a decision";
  EXPECT_EQ(*why.error(), Errc::wrong_key);
}

class Publishing : public RightsTest {
 protected:
  Outcome<std::vector<soap::Chain>> licensor(const std::vector<xrml::Document>& persona) {
    return service_.get_client_licensor_cert(asked_as("bob"), {{views(persona)}});
  }
};

TEST_F(Publishing, IssuesALicensorCertificateForTheAccount) {
  const auto chains = licensor({account_certificate("bob")});
  ASSERT_TRUE(chains.has_value());
  const auto clc = must(xrml::Document::parse(chains->at(0).at(0)));
  EXPECT_EQ(clc.kind(), xrml::Kind::client_licensor_certificate);
  EXPECT_TRUE(test::succeeds(xrml::open_client_licensor(clc, key_of("bob"))));
  EXPECT_EQ(rows().back().request_type, "GetClientLicensorCert");
  EXPECT_EQ(rows().back().result, "Success");
}

TEST_F(Publishing, TakesTheCertificatesKeyFromThoseMadeAhead) {
  const Secret ahead = key_of("made ahead").to_pem();
  SpareKeys spare_keys(0, log_, [&] { return xrml::PrivateKey::from_pem(ahead); });
  RightsService service{tenants_, people_, account_keys_, spare_keys, *store_, clock_, log_};
  const std::vector persona{account_certificate("bob")};
  const auto chains = given(service.get_client_licensor_cert(asked_as("bob"), {{views(persona)}}));
  const auto clc = must(xrml::Document::parse(chains.at(0).at(0)));
  EXPECT_EQ(must(xrml::open_client_licensor(clc, key_of("bob"))).public_key(), key_of("made ahead").public_key());
}

TEST_F(Publishing, RefusesAccountCertificatesAsLicensingDoes) {
  EXPECT_EQ(exception_of(licensor({account_certificate("bob", tenant(), {kNow - 48h, kNow})})),
            "InvalidPersonaCertTimeException");
  EXPECT_EQ(exception_of(licensor({account_certificate("bob", tenant("fabrikam.test"))})),
            "UntrustedPersonaCertException");
  EXPECT_EQ(exception_of(licensor({account_certificate("carol")})), "UnexpectedPersonaCertException");
  EXPECT_EQ(rows().size(), 3u);
}

TEST_F(Publishing, RefusesTheWholeRequestForOneBadPersona) {
  const auto good = account_certificate("bob");
  const auto bad = account_certificate("carol");
  const auto outcome = service_.get_client_licensor_cert(asked_as("bob"), {{views({good}), views({bad})}});
  EXPECT_EQ(exception_of(outcome), "UnexpectedPersonaCertException");
  ASSERT_EQ(rows().size(), 1u) << "nothing was given out";
}

}  // namespace
}  // namespace rms::cloud

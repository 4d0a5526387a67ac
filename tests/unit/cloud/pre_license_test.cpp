// SPDX-License-Identifier: Apache-2.0
//
// AcquirePreLicense: Exchange asks in Alice's name for licences of those whom she wrote to.
#include <gmock/gmock.h>

#include "cloud/directory/account.h"
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr const char* kInvalidLicensee = "AcquirePreLicenseInvalidLicenseeException";
constexpr const char* kNoRights = "NoRightsForRequestedPrincipalException";

const UserRecord kBob{"bob@contoso.test", "Bob", "S-1-5-21-1", {"robert@contoso.test"}};
const UserRecord kCarol{"carol@contoso.test", "Carol", "", {}};
const UserRecord kDave{"dave@contoso.test", "Dave", "S-1-5-21-4", {}};  // to whom Alice did not write

class PreLicensing : public RightsTest {
 protected:
  PreLicensing() { must(store_->replace_directory(tenant().guid(), std::vector{kBob, kCarol, kDave}, {})); }

  // Alice's licence as MS-RMSI wants it, alone, made with a certificate that the service gave her.
  xrml::Document lone_label(const xrml::Publication& what = test::publication(), xrml::Time when = kNow) {
    const auto chains = service_.get_client_licensor_cert(asked_as("alice"), {{views({account_certificate("alice")})}});
    const auto certificate = must(xrml::Document::parse(given(chains).at(0).at(0)));
    const auto key = must(xrml::open_client_licensor(certificate, key_of("alice")));
    return must(xrml::issue_publishing_license(certificate, key, what, content_key(), when));
  }

  Outcome<soap::AcquirePreLicenseResponse> ask(std::vector<std::string> identities,
                                               const std::vector<xrml::Document>& label) {
    return service_.acquire_pre_license(asked_as("alice"), {std::move(identities), views(label), ""},
                                        [] { return false; });
  }
  // What each was answered: rights, or the refusal's last name.
  std::vector<std::string> answers(std::vector<std::string> identities, const std::vector<xrml::Document>& label) {
    const auto response = ask(std::move(identities), label);
    if (!response) return {exception_of(response)};
    std::vector<std::string> said;
    for (const auto& answer : response->answers) said.push_back(in_words(answer));
    return said;
  }
  static std::string in_words(const soap::PreLicenseAnswer& answer) {
    if (const auto* fault = std::get_if<soap::Fault>(&answer)) return exception_of(soap::AcquireLicenseAnswer(*fault));
    std::string words;
    const auto license = license_in(answer);
    for (const auto& grant : license.content().work->grants) words += grant.right + " ";
    return words;
  }
  static xrml::Document license_in(const soap::PreLicenseAnswer& answer) {
    return must(xrml::Document::parse(std::get<std::string>(answer)));
  }
  // The key that the service keeps for this person.
  xrml::PrivateKey key_of_account(const UserRecord& user) {
    return must(account_keys_.key_of(tenant(), account_of(tenant().guid(), user)));
  }
};

TEST_F(PreLicensing, AnswersEachIdentityInItsPlace) {
  EXPECT_THAT(answers({"bob@contoso.test", "nobody@contoso.test", "dave@contoso.test", "ROBERT@contoso.test",
                       "S-1-5-21-1", "carol@contoso.test", "bob@contoso.test"},
                      {lone_label()}),
              ElementsAre("VIEW EXTRACT ", kInvalidLicensee, kNoRights, "VIEW EXTRACT ", "VIEW EXTRACT ", "EDIT ",
                          "VIEW EXTRACT "));
}

TEST_F(PreLicensing, SealsEachLicenceForItsRecipientAlone) {
  const auto response = ask({"bob@contoso.test", "carol@contoso.test"}, {lone_label()});
  ASSERT_TRUE(response.has_value());
  const auto bobs = license_in(response->answers.at(0));
  const auto use = must(xrml::open_use_license(bobs, key_of_account(kBob), kNow));
  EXPECT_TRUE(use.key.key.equals(content_key().key.bytes()));
  EXPECT_TRUE(test::fails_with(xrml::open_use_license(bobs, key_of_account(kCarol), kNow), Errc::wrong_key));
  EXPECT_EQ(bobs.text().find("carol"), std::string_view::npos);
}

TEST_F(PreLicensing, SendsTheChainOfTheServerOnce) {
  const auto response = ask({"bob@contoso.test", "carol@contoso.test"}, {lone_label()});
  ASSERT_TRUE(response.has_value());
  ASSERT_EQ(response->server_chain.size(), 3u);
  for (const auto& answer : response->answers) {
    std::vector<std::string_view> texts{std::get<std::string>(answer)};
    texts.insert(texts.end(), response->server_chain.begin(), response->server_chain.end());
    const auto chain = must(xrml::parse_chain(texts));
    EXPECT_TRUE(test::succeeds(xrml::verify_chain(chain, {{*chain.back().content().principal().key}}, kNow)));
  }
}

// The recipient bootstraps a machine later and opens what it was sent before.
TEST_F(PreLicensing, OpensWithTheAccountCertificateThatTheRecipientGetsLater) {
  const auto response = ask({"carol@contoso.test", "bob@contoso.test"}, {lone_label()});
  ASSERT_TRUE(response.has_value());
  for (const auto& [name, answer] :
       {std::pair("carol", response->answers.at(0)), std::pair("bob", response->answers.at(1))}) {
    const auto certified = service_.certify(asked_as(name), {views({test::machine()}), true}, true);
    const auto rac = must(xrml::Document::parse(given(certified).at(0)));
    const auto key = must(xrml::open_rights_account(rac, key_of("machine")));
    const auto license = license_in(answer);
    EXPECT_TRUE(test::succeeds(xrml::open_use_license(license, key, kNow))) << name;
    const auto& holder = license.content().principal().object;
    const auto& certified_as = rac.content().principal().object;
    EXPECT_EQ(holder.id_type, certified_as.id_type) << name;
    EXPECT_EQ(holder.id, certified_as.id) << name;
    EXPECT_EQ(holder.name, certified_as.name) << name;
  }
}

// docs/directory.md: SIDs belong in the directory and in what the connector says, or in neither.
TEST_F(PreLicensing, IsOfNoUseToACallerWhoseSidTheDirectoryDoesNotKnow) {
  const auto response = ask({"carol@contoso.test"}, {lone_label()});
  auto asked = asked_as("carol");
  asked.caller.sid = "S-1-5-21-77";
  const auto certified = service_.certify(asked, {views({test::machine()}), true}, true);
  const auto rac = must(xrml::Document::parse(given(certified).at(0)));
  const auto key = must(xrml::open_rights_account(rac, key_of("machine")));
  EXPECT_TRUE(
      test::fails_with(xrml::open_use_license(license_in(given(response).answers.at(0)), key, kNow), Errc::wrong_key));
  EXPECT_EQ(xrml::account_of(rac).sid, "S-1-5-21-77");
}

TEST_F(PreLicensing, KnowsNobodyByWhatIsNoName) {
  const auto label = lone_label();
  for (const auto& identity :
       std::vector<std::string>{"", "@", "%", "*", "bob", "' OR 1=1 --", std::string("bob@contoso.test\0", 17),
                                std::string(1024, 'x'), "S-1-5-21-1-", "<bob@contoso.test>"})
    EXPECT_THAT(answers({identity}, {label}), ElementsAre(kInvalidLicensee)) << identity;
}

TEST_F(PreLicensing, MakesNoKeyForWhoHasNoRight) {
  answers({"dave@contoso.test"}, {lone_label()});
  EXPECT_FALSE(must(store_->find_account_key(tenant().guid(), kDave.sid)));
  answers({"bob@contoso.test"}, {lone_label()});
  EXPECT_TRUE(must(store_->find_account_key(tenant().guid(), kBob.sid)));
}

// ---- whose licence it is (docs/decisions/0032)

TEST_F(PreLicensing, VerifiesALicenceThatBringsItsCertificateByThat) {
  // As the fixture makes it: the service never gave this certificate out, but it signed it.
  EXPECT_THAT(answers({"bob@contoso.test"}, published()), ElementsAre("VIEW EXTRACT "));
}

TEST_F(PreLicensing, RefusesALoneLicenceWhoseCertificateItDoesNotKnow) {
  EXPECT_THAT(answers({"bob@contoso.test", "carol@contoso.test"}, {published().front()}),
              ElementsAre("InvalidRightsLabelSignatureException"));
  EXPECT_FALSE(must(store_->find_account_key(tenant().guid(), kBob.sid))) << "nothing is done for it";
}

// Mallory can write into the store, but has no key of the tenant. Her licence is good but for the certificate.
TEST_F(PreLicensing, BelievesNoCertificateForBeingInTheStore) {
  const auto& mallorys = key_of("mallory's licensor");
  std::string text(licensor_certificate("alice").text());
  const auto alices = xrml::base64(key_of("alice's licensor").public_key().modulus_le());
  const auto altered = must(xrml::Document::parse(
      text.replace(text.find(alices), alices.size(), xrml::base64(mallorys.public_key().modulus_le()))));
  auto pretended = tenant().issuer();
  pretended.principal.key = key_of("mallory's server").public_key();
  pretended.key = &key_of("mallory's server");
  const auto self_made = must(xrml::issue_client_licensor(pretended, account_certificate("alice"), mallorys,
                                                          tenant().urls(), kNow, test::kYear));
  const auto label = must(xrml::issue_publishing_license(altered, mallorys, test::publication(), content_key(), kNow));

  int files = 0;
  for (const auto& forged : {altered, self_made}) {
    auto store = must(SqliteStore::open({directory_.path() / (std::to_string(++files) + ".db")}));
    must(store->add_tenant(tenant_record("contoso.test")));
    must(store->add_licensor(tenant().guid(),
                             {mallorys.public_key().fingerprint(), "S-1-5-21-7", std::string(forged.text()), kNow}));
    RightsService service{tenants_, people_, account_keys_, spare_keys_, *store, clock_, log_};
    EXPECT_EQ(exception_of(service.acquire_pre_license(asked_as("alice"), {{kBob.mail}, views({label}), ""},
                                                       [] { return false; })),
              "InvalidRightsLabelSignatureException")
        << files;
  }
}

TEST_F(PreLicensing, RefusesALoneLicenceThatWasAltered) {
  std::string text(lone_label().text());
  text.replace(text.find("Budget.docx"), 11, "Budget.docm");
  EXPECT_THAT(answers({"bob@contoso.test"}, {must(xrml::Document::parse(text))}),
              ElementsAre("InvalidRightsLabelSignatureException"));
}

// The author signs, with a certificate that is known, a licence in another's name.
TEST_F(PreLicensing, RefusesALoneLicenceInAnothersName) {
  const auto chains = service_.get_client_licensor_cert(asked_as("alice"), {{views({account_certificate("alice")})}});
  const auto certificate = must(xrml::Document::parse(given(chains).at(0).at(0)));
  const auto key = must(xrml::open_client_licensor(certificate, key_of("alice")));
  auto content =
      must(xrml::issue_publishing_license(certificate, key, test::publication(), content_key(), kNow)).content();
  content.issuer->object.name = mail_of("carol");
  EXPECT_THAT(answers({"bob@contoso.test"}, {must(xrml::issue(content, &key))}),
              ElementsAre("InvalidRightsLabelSignatureException"));
}

TEST_F(PreLicensing, RefusesALoneLicenceMadeAfterItsCertificateWasOver) {
  const auto later = kNow + 400 * 24h;
  const auto label = lone_label(test::publication(), later);
  clock_.set(later);
  EXPECT_THAT(answers({"bob@contoso.test"}, {label}), ElementsAre("IssuanceLicenseIsNotWithinValidTimeRangeException"));
}

TEST_F(PreLicensing, TakesALoneLicenceLongAfterItsCertificateIsOver) {
  auto what = test::publication();
  what.rights = {{mail_of("bob"), {"VIEW"}, {}}};
  const auto label = lone_label(what);
  clock_.set(kNow + 5 * 365 * 24h);
  EXPECT_THAT(answers({"bob@contoso.test"}, {label}), ElementsAre("VIEW "));
}

TEST_F(PreLicensing, TakesALoneLicenceThatTheServiceSigned) {
  const auto unsigned_license =
      must(xrml::issue_unsigned_license(tenant().principal(), test::publication(), content_key(), kNow));
  const auto chain = service_.acquire_issuance_license(asked_as("alice"), {unsigned_license.text()});
  ASSERT_TRUE(chain.has_value()) << exception_of(chain);
  EXPECT_THAT(answers({"bob@contoso.test"}, {must(xrml::Document::parse(chain->at(0)))}), ElementsAre("VIEW EXTRACT "));
}

TEST_F(PreLicensing, RefusesALicenceOfAnotherTenant) {
  EXPECT_THAT(answers({"bob@contoso.test"}, published(test::publication(), tenant("fabrikam.test"))),
              ElementsAre("RightsLabelNoMatchingIssuedPrincipalException"));
}

TEST_F(PreLicensing, RefusesWhatIsNoLicence) {
  EXPECT_THAT(answers({"bob@contoso.test"}, {}), ElementsAre("ArgumentNullException"));
  EXPECT_THAT(answers({"bob@contoso.test"}, {account_certificate("bob")}), ElementsAre("ArgumentException"));
  for (const std::string_view junk : {"", "<junk/>", "<XrML"})
    EXPECT_EQ(exception_of(service_.acquire_pre_license(asked_as("alice"), {{"bob@contoso.test"}, {junk}, ""},
                                                        [] { return false; })),
              "ArgumentException")
        << junk;
}

// ---- the log, and ends

TEST_F(PreLicensing, LogsWhoAskedAndOnWhoseBehalf) {
  const auto label = lone_label();
  answers({"ROBERT@contoso.test", "nobody@contoso.test", "dave@contoso.test"}, {label});
  const auto all = rows();
  ASSERT_EQ(all.size(), 4u) << "the first is of GetClientLicensorCert";
  const std::vector<UsageRow> rows(all.begin() + 1, all.end());
  for (const auto& row : rows) {
    EXPECT_EQ(row.request_type, "AcquirePreLicense");
    EXPECT_EQ(row.user_id, "alice@contoso.test");
    EXPECT_EQ(row.content_id, "09d39708-df09-4554-bd2b-d6421346dd30");
    EXPECT_EQ(row.issuer, "alice@contoso.test");
  }
  EXPECT_EQ(rows[0].acting_as_user, "bob@contoso.test");
  EXPECT_EQ(rows[0].result, "Success");
  EXPECT_EQ(rows[1].acting_as_user, "nobody@contoso.test");
  EXPECT_EQ(rows[1].result, kInvalidLicensee);
  EXPECT_EQ(rows[2].result, kNoRights);
}

TEST_F(PreLicensing, LogsOneRowForALicenceThatIsRefused) {
  answers({"bob@contoso.test", "carol@contoso.test"}, {published().front()});
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].result, "InvalidRightsLabelSignatureException");
  EXPECT_EQ(rows()[0].content_id, "09d39708-df09-4554-bd2b-d6421346dd30");
  EXPECT_EQ(rows()[0].issuer, "") << "nobody vouches for the author";
  EXPECT_EQ(rows()[0].acting_as_user, "");
}

TEST_F(PreLicensing, WorksNoFurtherForACallerWhoIsGone) {
  const auto label = lone_label();
  int looked = 0;
  const auto outcome =
      service_.acquire_pre_license(asked_as("alice"), {{"bob@contoso.test", "carol@contoso.test"}, views({label}), ""},
                                   [&] { return ++looked > 1; });
  ASSERT_FALSE(outcome);
  const Unfulfilled why = outcome.error();
  ASSERT_NE(why.error(), nullptr);
  EXPECT_EQ(*why.error(), Errc::cancelled);
  ASSERT_EQ(rows().size(), 2u) << "the licence that was made is logged";
  EXPECT_THAT(rows()[1].result, testing::StartsWith("NotAnswered: ")) << "and that nobody got it";
}

TEST_F(PreLicensing, SaysThatItCouldNotAskWhenARecipientsKeyCannotBeOpened) {
  const auto label = lone_label();
  key_of_account(kBob);
  AccountKeys others{*store_, spare_keys_, xrml::new_wrapping_key()};
  RightsService service{tenants_, people_, others, spare_keys_, *store_, clock_, log_};
  const auto outcome =
      service.acquire_pre_license(asked_as("alice"), {{"bob@contoso.test"}, views({label}), ""}, [] { return false; });
  ASSERT_FALSE(outcome);
  const Unfulfilled why = outcome.error();
  ASSERT_NE(why.error(), nullptr) << "a fault would be a decision";
  EXPECT_EQ(*why.error(), Errc::wrong_key);
}

TEST_F(PreLicensing, LicensesAHundredRecipients) {
  std::vector<std::string> identities;
  for (int i = 0; i < 100; ++i) identities.push_back(i % 10 == 9 ? "nobody@contoso.test" : "bob@contoso.test");
  const auto said = answers(identities, {lone_label()});
  ASSERT_EQ(said.size(), 100u);
  for (std::size_t i = 0; i < said.size(); ++i) EXPECT_EQ(said[i], i % 10 == 9 ? kInvalidLicensee : "VIEW EXTRACT ");
  EXPECT_EQ(rows().size(), 101u);
}

}  // namespace
}  // namespace rms::cloud

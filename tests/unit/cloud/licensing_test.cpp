// SPDX-License-Identifier: Apache-2.0
#include "unit/cloud/rights_fixture.h"
#include "xrml/rights_data.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> rights(const xrml::OpenedUse& use) {
  std::vector<std::string> names;
  for (const auto& grant : use.grants) names.push_back(grant.right);
  return names;
}

// `document` with the first `from` replaced, parsed again.
xrml::Document altered(const xrml::Document& document, const std::string& from, const std::string& to) {
  std::string text(document.text());
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("nothing to alter: " + from);
  return must(xrml::Document::parse(text.replace(at, from.size(), to)));
}

class Licensing : public RightsTest {};

TEST_F(Licensing, GivesTheAskingPrincipalItsRightsAndTheContentKey) {
  const auto use = open_as("bob", acquire_one("bob", published(), {account_certificate("bob")}));
  EXPECT_EQ(rights(use), (std::vector<std::string>{"VIEW", "EXTRACT"}));
  EXPECT_TRUE(use.key.key.equals(content_key().key.bytes()));
  EXPECT_EQ(use.grants.at(0).time.until, kNow + 30 * 24h);
}

TEST_F(Licensing, LeaksNobodyElsesRightsAndNoAddresses) {
  const auto answer = acquire_one("bob", published(), {account_certificate("bob")});
  const auto& text = std::get<soap::Chain>(answer).at(0);
  EXPECT_EQ(text.find("EDIT"), std::string::npos);
  EXPECT_EQ(text.find("carol"), std::string::npos);
}

TEST_F(Licensing, AnswersWithTheChainThatIssuedTheLicence) {
  const auto chain = std::get<soap::Chain>(acquire_one("bob", published(), {account_certificate("bob")}));
  std::vector<std::string_view> texts(chain.begin(), chain.end());
  const auto documents = must(xrml::parse_chain(texts));
  ASSERT_EQ(documents.size(), 4u);
  EXPECT_TRUE(test::succeeds(xrml::verify_chain(documents, {{*documents.back().content().principal().key}}, kNow)));
}

TEST_F(Licensing, GivesTheOwnerOwnerOnlyEvenPastExpiry) {
  auto what = test::publication();
  what.time = {kNow, kNow + 24h};
  const auto label = published(what);
  clock_.set(kNow + 48h);
  EXPECT_EQ(rights(open_as("alice", acquire_one("alice", label, {account_certificate("alice")}), kNow + 48h)),
            std::vector<std::string>{"OWNER"});
}

// Mallory copies Alice's sealed key and encrypted rights into a licence of her own that names her the owner.
TEST_F(Licensing, RefusesASealedKeyThatWasCopiedIntoAnothersLicence) {
  const auto theirs = published().front();
  const auto certificate = licensor_certificate("mallory");
  auto what = test::publication();
  what.owner_mail = mail_of("mallory");
  auto content =
      must(xrml::issue_publishing_license(certificate, key_of("mallory's licensor"), what, content_key(), kNow))
          .content();
  content.principals = theirs.content().principals;
  content.authenticated_data = theirs.content().authenticated_data;
  const auto forged = must(xrml::issue(content, &key_of("mallory's licensor")));
  EXPECT_EQ(exception_of(acquire_one("mallory", {forged, certificate}, {account_certificate("mallory")})),
            "InvalidRightsLabelSignatureException");
}

TEST_F(Licensing, RefusesWhoHoldsNoRight) {
  EXPECT_EQ(exception_of(acquire_one("dave", published(), {account_certificate("dave")})),
            "NoRightsForRequestedPrincipalException");
}

TEST_F(Licensing, RefusesRightsThatAreOver) {
  const auto label = published();
  clock_.set(kNow + 30 * 24h);
  EXPECT_EQ(exception_of(acquire_one("bob", label, {account_certificate("bob")})),
            "NoRightsForRequestedPrincipalException");
}

TEST_F(Licensing, RefusesADocumentThatIsOver) {
  auto what = test::publication();
  what.time = {kNow, kNow + 24h};
  const auto label = published(what);
  clock_.set(kNow + 24h);
  EXPECT_EQ(exception_of(acquire_one("carol", label, {account_certificate("carol")})),
            "IssuanceLicenseIsNotWithinValidTimeRangeException");
}

TEST_F(Licensing, RefusesALicenceFromTheFutureButNotAClockThatIsALittleAhead) {
  EXPECT_EQ(exception_of(acquire_one("carol", published(test::publication(), tenant(), kNow + 15min),
                                     {account_certificate("carol")})),
            "a chain");
  EXPECT_EQ(exception_of(acquire_one("carol", published(test::publication(), tenant(), kNow + 16min),
                                     {account_certificate("carol")})),
            "IssuanceLicenseIsNotWithinValidTimeRangeException");
}

// Documents are opened years after the certificate that they were made with ran out.
TEST_F(Licensing, HoldsTheLicensorCertificateAgainstTheTimeOfTheLicence) {
  const auto label = published();
  const auto later = kNow + 5 * 365 * 24h;
  clock_.set(later);
  const auto persona = account_certificate("carol", tenant(), {later - 24h, later + 24h});
  EXPECT_EQ(rights(open_as("carol", acquire_one("carol", label, {persona}), later)), std::vector<std::string>{"EDIT"});
}

TEST_F(Licensing, RefusesALicenceMadeWhenItsLicensorCertificateWasOver) {
  const auto certificate = licensor_certificate("alice", tenant(), {kNow - 48h, kNow - 24h});
  const auto label = must(xrml::issue_publishing_license(certificate, key_of("alice's licensor"), test::publication(),
                                                         content_key(), kNow));
  EXPECT_EQ(exception_of(acquire_one("bob", {label, certificate}, {account_certificate("bob")})),
            "IssuanceLicenseIsNotWithinValidTimeRangeException");
}

TEST_F(Licensing, RefusesAnAlteredLicence) {
  auto label = published();
  label[0] = altered(label[0], "Budget.docx", "Budget.docm");
  EXPECT_EQ(exception_of(acquire_one("bob", label, {account_certificate("bob")})),
            "InvalidRightsLabelSignatureException");
}

TEST_F(Licensing, RefusesAnAlteredLicensorCertificate) {
  auto label = published();
  label[1] = altered(label[1], "<ISSUEDTIME>2026-11-20T12:00", "<ISSUEDTIME>2026-11-20T12:01");
  EXPECT_EQ(exception_of(acquire_one("bob", label, {account_certificate("bob")})),
            "InvalidRightsLabelSignatureException");
}

TEST_F(Licensing, RefusesALicenceWithoutItsLicensorCertificate) {
  EXPECT_EQ(exception_of(acquire_one("bob", {published().front()}, {account_certificate("bob")})),
            "InvalidRightsLabelSignatureException");
}

TEST_F(Licensing, RefusesTheLicenceOfAnotherTenant) {
  EXPECT_EQ(exception_of(acquire_one("bob", published(test::publication(), tenant("fabrikam.test")),
                                     {account_certificate("bob")})),
            "RightsLabelNoMatchingIssuedPrincipalException");
}

// Made for our server, but signed under a licensor certificate of another tenant.
TEST_F(Licensing, RefusesALicensorCertificateOfAnotherTenant) {
  const auto foreign = licensor_certificate("alice", tenant("fabrikam.test"));
  const auto content = published().front().content();
  const auto label = must(xrml::issue(content, &key_of("alice's licensor")));
  EXPECT_EQ(exception_of(acquire_one("bob", {label, foreign}, {account_certificate("bob")})),
            "InvalidRightsLabelSignatureException");
}

TEST_F(Licensing, RefusesWhatIsNoPublishingLicence) {
  EXPECT_EQ(exception_of(acquire_one("bob", {account_certificate("bob")}, {account_certificate("bob")})),
            "ArgumentException");
  const auto answers = acquire("bob", {{views({account_certificate("bob")}), {"<junk/>"}, ""}});
  EXPECT_EQ(exception_of(answers->at(0)), "ArgumentException");
}

TEST_F(Licensing, RefusesAnExpiredAccountCertificate) {
  const auto persona = account_certificate("bob", tenant(), {kNow - 48h, kNow});
  EXPECT_EQ(exception_of(acquire_one("bob", published(), {persona})), "InvalidPersonaCertTimeException");
}

TEST_F(Licensing, RefusesAnAlteredAccountCertificate) {
  const auto persona = altered(account_certificate("dave"), mail_of("dave"), mail_of("bob"));
  EXPECT_EQ(exception_of(acquire_one("bob", published(), {persona})), "InvalidPersonaCertSignatureException");
}

TEST_F(Licensing, RefusesAnAccountCertificateOfAnotherTenant) {
  EXPECT_EQ(exception_of(acquire_one("bob", published(), {account_certificate("bob", tenant("fabrikam.test"))})),
            "UntrustedPersonaCertException");
}

TEST_F(Licensing, RefusesTheAccountCertificateOfAnotherThanTheCaller) {
  EXPECT_EQ(exception_of(acquire_one("carol", published(), {account_certificate("bob")})),
            "UnexpectedPersonaCertException");
}

TEST_F(Licensing, RefusesAnotherCertificateInPlaceOfAnAccounts) {
  EXPECT_EQ(exception_of(acquire_one("bob", published(), {licensor_certificate("bob")})),
            "UnexpectedPersonaCertException");
  EXPECT_EQ(exception_of(acquire_one("bob", published(), {})), "UnexpectedPersonaCertException");
}

TEST_F(Licensing, LimitsWhatAnItemMayBring) {
  const auto persona = account_certificate("bob");
  const auto label = published();
  const std::string long_data(102'401, 'x');
  EXPECT_EQ(exception_of(acquire("bob", {{views({persona}), views(label), long_data}})->at(0)),
            "UnspecifiedErrorException");
  soap::ChainView many(101, persona.text());
  EXPECT_EQ(exception_of(acquire("bob", {{many, views(label), ""}})->at(0)), "UnexpectedPersonaCertException");
  many.resize(100);
  EXPECT_EQ(exception_of(acquire("bob", {{many, views(label), ""}})->at(0)), "a chain");
  const std::string long_certificate(30'721, 'x');
  EXPECT_EQ(exception_of(acquire("bob", {{{persona.text(), long_certificate}, views(label), ""}})->at(0)),
            "UnexpectedPersonaCertException");
  const std::string long_license(8 * 1024 * 1024 + 1, 'x');
  EXPECT_EQ(exception_of(acquire("bob", {{views({persona}), {long_license}, ""}})->at(0)), "ArgumentException");
}

TEST_F(Licensing, RefusesMoreRightsThanAUseLicenceHolds) {
  auto what = test::publication();
  what.rights = {{mail_of("bob"), {}, {}}};
  for (int i = 0; i < 64; ++i) what.rights[0].rights.push_back("RIGHT" + std::to_string(i));
  EXPECT_EQ(rights(open_as("bob", acquire_one("bob", published(what), {account_certificate("bob")}))).size(), 64u);
  what.rights[0].rights.push_back("ONE MORE");
  EXPECT_EQ(exception_of(acquire_one("bob", published(what), {account_certificate("bob")})), "ArgumentException");
}

// What is published(), with these policy lists in the licence and in its rights data.
std::vector<xrml::Document> published_with_lists(std::vector<std::string> in_license,
                                                 std::vector<std::string> in_rights) {
  const auto good = published();
  auto rights_data =
      must(xrml::open_publishing_license(good[0], tenant().principal(), tenant().licensor_key())).rights_data.content();
  rights_data.policy_lists = std::move(in_rights);
  auto content = good[0].content();
  content.policy_lists = std::move(in_license);
  content.authenticated_data[0].value =
      must(xrml::encrypt_rights_data(must(xrml::issue(rights_data, nullptr)), content_key()));
  return {must(xrml::issue(content, &key_of("alice's licensor"))), good[1]};
}

// Each of the two may have 16; a use licence has those of both.
TEST_F(Licensing, RefusesMorePolicyListsThanAUseLicenceHoldsForThatItemAlone) {
  const auto bob = account_certificate("bob");
  const auto good = published();
  const std::string list = "<POLICYLIST type=\"exclusion\" />";
  const auto at_limit = published_with_lists(std::vector(16, list), {});
  const auto over = published_with_lists(std::vector(16, list), {list});
  const auto answers = acquire(
      "bob", {{views({bob}), views(at_limit), ""}, {views({bob}), views(over), ""}, {views({bob}), views(good), ""}});
  ASSERT_TRUE(answers);
  EXPECT_EQ(exception_of(answers->at(0)), "a chain");
  EXPECT_EQ(exception_of(answers->at(1)), "ArgumentException");
  EXPECT_EQ(exception_of(answers->at(2)), "a chain");
}

// Rights data have no signature, so one "<SIGNATURE" may stand in a comment of theirs; a use licence has its own.
TEST_F(Licensing, RefusesPolicyListsThatNoUseLicenceCanHoldForThatItemAlone) {
  const auto bob = account_certificate("bob");
  const auto good = published();
  const auto hostile = published_with_lists({}, {"<POLICYLIST type=\"exclusion\"><!--<SIGNATURE--></POLICYLIST>"});
  const auto answers = acquire("bob", {{views({bob}), views(hostile), ""}, {views({bob}), views(good), ""}});
  ASSERT_TRUE(answers) << exception_of(answers);
  EXPECT_EQ(exception_of(answers->at(0)), "ArgumentException");
  EXPECT_EQ(exception_of(answers->at(1)), "a chain");
}

TEST_F(Licensing, LetsLaterItemsInheritTheMostRecentLicence) {
  const auto bob = account_certificate("bob");
  const auto dave = account_certificate("dave");
  auto other = test::publication();
  other.rights = {{mail_of("bob"), {"PRINT"}, {}}};
  const auto first = published();
  const auto second = published(other);
  const auto answers = acquire("bob", {{views({bob}), views(first), ""},
                                       {views({bob}), {}, ""},
                                       {views({bob}), views(second), ""},
                                       {views({bob}), {}, ""}});
  ASSERT_EQ(answers->size(), 4u);
  EXPECT_EQ(rights(open_as("bob", answers->at(1))), (std::vector<std::string>{"VIEW", "EXTRACT"}));
  EXPECT_EQ(rights(open_as("bob", answers->at(3))), std::vector<std::string>{"PRINT"});
}

TEST_F(Licensing, LetsAFailingItemFailAlone) {
  const auto bob = account_certificate("bob");
  const auto stale = account_certificate("bob", tenant(), {kNow - 48h, kNow - 24h});
  const auto label = published();
  const auto answers =
      acquire("bob", {{views({bob}), views(label), ""}, {views({stale}), {}, ""}, {views({bob}), {}, ""}});
  EXPECT_EQ(exception_of(answers->at(0)), "a chain");
  EXPECT_EQ(exception_of(answers->at(1)), "InvalidPersonaCertTimeException");
  EXPECT_EQ(exception_of(answers->at(2)), "a chain");
}

TEST_F(Licensing, RefusesEachItemThatInheritsARefusedLicence) {
  const auto bob = account_certificate("bob");
  const auto good = published();
  const auto foreign = published(test::publication(), tenant("fabrikam.test"));
  const auto answers =
      acquire("bob", {{views({bob}), views(good), ""}, {views({bob}), views(foreign), ""}, {views({bob}), {}, ""}});
  EXPECT_EQ(exception_of(answers->at(2)), "RightsLabelNoMatchingIssuedPrincipalException");
}

TEST_F(Licensing, WantsALicenceInTheFirstItem) {
  EXPECT_EQ(exception_of(acquire("bob", {{views({account_certificate("bob")}), {}, ""}})->at(0)),
            "ArgumentNullException");
}

TEST_F(Licensing, WorksNoFurtherForACallerWhoIsGone) {
  const auto bob = account_certificate("bob");
  const auto label = published();
  int looked = 0;
  const auto outcome = service_.acquire_license(
      asked_as("bob"), {{{views({bob}), views(label), ""}, {views({bob}), {}, ""}}}, [&] { return ++looked > 1; });
  EXPECT_EQ(*outcome.error().error(), Errc::cancelled);
  ASSERT_EQ(rows().size(), 1u) << "the licence that was made is logged";
  EXPECT_TRUE(rows()[0].result.starts_with("NotAnswered: ")) << "and that nobody got it";
}

TEST_F(Licensing, LogsARowForEachItem) {
  const auto bob = account_certificate("bob");
  const auto stale = account_certificate("bob", tenant(), {kNow - 48h, kNow - 24h});
  ASSERT_TRUE(acquire("bob", {{views({bob}), views(published()), ""}, {views({stale}), {}, ""}}).has_value());
  ASSERT_EQ(rows().size(), 2u);
  const auto row = rows().at(0);
  EXPECT_EQ(row.request_type, "AcquireLicense");
  EXPECT_EQ(row.user_id, "bob@contoso.test");
  EXPECT_EQ(row.result, "Success");
  EXPECT_EQ(row.content_id, "09d39708-df09-4554-bd2b-d6421346dd30");
  EXPECT_EQ(row.owner_email, "alice@contoso.test");
  EXPECT_EQ(row.issuer, "alice@contoso.test");
  EXPECT_EQ(row.file_name, "Budget.docx");
  EXPECT_EQ(row.date_published, "2026-11-20T12:00:00");
  EXPECT_EQ(row.c_ip, "192.0.2.7");
  EXPECT_EQ(row.connector, "connector-1");
  EXPECT_EQ(row.entry, "entry-bob");
  EXPECT_EQ(rows().at(1).result, "InvalidPersonaCertTimeException");
}

TEST_F(Licensing, LogsNobodyAsIssuerWhoIsNotVouchedFor) {
  auto label = published();
  auto content = label[0].content();
  content.issuer->object.name = mail_of("carol");
  label[0] = must(xrml::issue(content, &key_of("alice's licensor")));
  EXPECT_EQ(exception_of(acquire_one("bob", label, {account_certificate("bob")})),
            "InvalidRightsLabelSignatureException");
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows().at(0).issuer, "");
}

TEST_F(Licensing, WithholdsTheAnswerThatCannotBeLogged) {
  must(store_->limit_pages_for_test(1));  // below what there is: SQLite then allows no page more
  const auto bob = account_certificate("bob");
  const auto label = published();
  std::vector<soap::AcquireLicenseItem> items(200, {views({bob}), {}, ""});
  items.front().issuance_license = views(label);
  const auto outcome = acquire("bob", items);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault(), nullptr) << "not being able to log is no decision about rights";
  EXPECT_EQ(*outcome.error().error(), Errc::unavailable);
  EXPECT_TRUE(rows().empty());
}

}  // namespace
}  // namespace rms::cloud

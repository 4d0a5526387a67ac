// SPDX-License-Identifier: Apache-2.0
//
// Publishing and use licences: the life of a document, and everything that must not work on the way.
#include <functional>

#include "support/xrml_world.h"
#include "xrml/certificates.h"
#include "xrml/rights_data.h"

namespace rms::xrml {
namespace {

using test::anchors;
using test::fails_with;
using test::kDay;
using test::key_of;
using test::kNow;
using test::kYear;
using test::mail_of;
using test::must;
using test::publication;
using test::root;
using test::server;
using test::server_certificate;
using test::succeeds;

const Principal& server_principal() {
  return server_certificate().content().principal();
}

Result<OpenedPublication> open_at_server(const Document& license) {
  return open_publishing_license(license, server_principal(), key_of("server"));
}

Result<Document> use_license_for(const std::string& name, const Document& license,
                                 const std::vector<UseGrant>& grants) {
  const auto opened = must(open_at_server(license));
  return issue_use_license(server(), license, opened.rights_data, test::account_certificate(name), opened.key, grants,
                           kNow);
}

TEST(PublishingLicense, GivesTheServerTheKeyAndTheRights) {
  auto key = must(ContentKey::generate(256));
  key.cipher = ContentCipher::cbc4k;
  const auto chain = test::published_by("alice", key);
  EXPECT_TRUE(succeeds(verify_chain(chain, anchors(), kNow)));
  const auto opened = must(open_at_server(chain.front()));
  EXPECT_TRUE(opened.key.key.equals(key.key.bytes()));
  EXPECT_EQ(opened.key.cipher, key.cipher);

  const auto& work = *opened.rights_data.content().work;
  EXPECT_EQ(work.object.id, "{09d39708-df09-4554-bd2b-d6421346dd30}");
  EXPECT_EQ(work.owner->name, mail_of("alice"));
  ASSERT_EQ(work.grants.size(), 4u);
  EXPECT_EQ(work.grants[0].right, "OWNER");
  EXPECT_EQ(work.grants[0].grantee->name, mail_of("alice"));
  EXPECT_EQ(work.grants[2].right, "EXTRACT");
  EXPECT_EQ(work.grants[2].grantee->name, mail_of("bob"));
  EXPECT_EQ(work.grants[2].time.until, kNow + 30 * kDay);
  EXPECT_EQ(work.grants[3].right, "EDIT");
  EXPECT_FALSE(work.grants[3].time.until);
}

TEST(PublishingLicense, CopiesTheServerFromTheLicensorCertificate) {
  const auto chain = test::published_by("alice", must(ContentKey::generate()));
  const auto& principal = chain[0].content().principal();
  const auto& issuer = *chain[1].content().issuer;
  EXPECT_EQ(principal.key, issuer.key);
  EXPECT_EQ(principal.object.id, issuer.object.id);
  EXPECT_EQ(principal.object.addresses.at(0).value, issuer.object.addresses.at(0).value);
  EXPECT_EQ(chain[0].content().issuer->object.id, chain[1].content().principal().object.id);
  EXPECT_EQ(chain[0].content().distribution_point("Referral-Info")->name, "Budget.docx");
  EXPECT_EQ(chain[0].content().authenticated_data.at(1).name, "VIEWER");
}

TEST(PublishingLicense, LimitsTheWholeDocumentInTime) {
  auto what = publication();
  what.time = {kNow, kNow + kDay};
  what.content_name.clear();
  const auto license = must(issue_publishing_license(test::licensor_certificate("alice"), key_of("alice's licensor"),
                                                     what, must(ContentKey::generate()), kNow));
  EXPECT_EQ(must(open_at_server(license)).rights_data.content().work->time.until, kNow + kDay);
  EXPECT_EQ(license.content().distribution_point("Referral-Info"), nullptr);
}

TEST(PublishingLicense, OpensForTheServerThatItNames) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  auto other = server_principal();
  other.object.id = "{other}";
  EXPECT_TRUE(fails_with(open_publishing_license(license, other, key_of("server")), Errc::untrusted));
  other = server_principal();
  other.key = key_of("other").public_key();
  EXPECT_TRUE(fails_with(open_publishing_license(license, other, key_of("other")), Errc::untrusted));
  EXPECT_TRUE(fails_with(open_publishing_license(license, server_principal(), key_of("other")), Errc::wrong_key));
  EXPECT_TRUE(fails_with(open_at_server(root()), Errc::malformed));
}

// Mallory may publish. She takes the sealed key and the rights out of Alice's licence, and names herself its owner.
TEST(PublishingLicense, DoesNotOpenWithTheKeyOfAnothers) {
  const auto alices = test::published_by("alice", must(ContentKey::generate())).front();
  auto content = alices.content();
  const auto licensor = test::licensor_certificate("mallory");
  content.issuer = licensor.content().principal();
  content.work->owner->name = mail_of("mallory");
  const auto mallorys = must(issue(content, &key_of("mallory's licensor")));
  EXPECT_TRUE(succeeds(verify_chain(std::vector{mallorys, licensor, server_certificate()}, anchors(), kNow)));
  EXPECT_TRUE(fails_with(open_at_server(mallorys), Errc::corrupt));
}

TEST(PublishingLicense, NeedsItsKeyAndOneSetOfRights) {
  const auto good = test::published_by("alice", must(ContentKey::generate())).front().content();
  const auto open_changed = [&](const std::function<void(Content&)>& change) {
    auto content = good;
    change(content);
    return open_at_server(must(issue(content, &key_of("alice's licensor"))));
  };
  EXPECT_TRUE(succeeds(open_changed([](Content&) {})));
  EXPECT_TRUE(
      fails_with(open_changed([](Content& c) { c.principals.front().enabling_bits.reset(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(open_changed([](Content& c) { c.authenticated_data.clear(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(open_changed([](Content& c) { c.authenticated_data.push_back(c.authenticated_data.front()); }),
                         Errc::malformed));
  EXPECT_TRUE(fails_with(open_changed([](Content& c) { c.authenticated_data.front().value = "AAAA"; }), Errc::corrupt));
}

TEST(PublishingLicense, IsMadeWithALicensorCertificate) {
  EXPECT_TRUE(
      fails_with(issue_publishing_license(root(), key_of("root"), publication(), must(ContentKey::generate()), kNow),
                 Errc::malformed));
  EXPECT_TRUE(fails_with(issue_publishing_license(test::licensor_certificate("alice"), key_of("alice's licensor"),
                                                  publication(), ContentKey{Secret(8)}, kNow),
                         Errc::unsupported));
  auto many = publication();
  many.rights.assign(4096, {"x", {"VIEW"}, {}});  // and the owner
  EXPECT_TRUE(fails_with(issue_publishing_license(test::licensor_certificate("alice"), key_of("alice's licensor"), many,
                                                  must(ContentKey::generate()), kNow),
                         Errc::too_large));
}

TEST(UseLicense, GivesItsHolderTheKeyAndTheRights) {
  const auto key = must(ContentKey::generate());
  const auto license = test::published_by("alice", key).front();
  const auto use = must(use_license_for("bob", license, {{"VIEW", {kNow, kNow + 30 * kDay}, {}}, {"EXTRACT", {}, 7}}));
  EXPECT_TRUE(succeeds(verify_chain(std::vector{use, server_certificate(), root()}, anchors(), kNow)));
  const auto opened = must(open_use_license(use, key_of("bob"), kNow));
  EXPECT_TRUE(opened.key.key.equals(key.key.bytes()));
  EXPECT_EQ(opened.key.cipher, key.cipher);
  ASSERT_EQ(opened.grants.size(), 2u);
  EXPECT_EQ(opened.grants[0].right, "VIEW");
  EXPECT_EQ(opened.grants[0].time.until, kNow + 30 * kDay);
  EXPECT_EQ(opened.grants[1].right, "EXTRACT");
  EXPECT_EQ(opened.grants[1].interval_days, 7);
}

TEST(UseLicense, CopiesHolderWorkOwnerAndReferral) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto use = must(use_license_for("bob", license, {{"VIEW", {}, {}}}));
  const auto& content = use.content();
  EXPECT_EQ(content.principal().object.name, mail_of("bob"));
  EXPECT_EQ(content.principal().key, key_of("bob").public_key());
  EXPECT_TRUE(content.principal().security_levels.empty());
  EXPECT_EQ(content.work->object.id, license.content().work->object.id);
  EXPECT_EQ(content.work->owner->name, mail_of("alice"));
  EXPECT_EQ(content.distribution_point("Referral-Info")->name, "Budget.docx");
}

TEST(UseLicense, CopiesPolicyListsToTheCharacter) {
  const std::string of_rights =
      "<POLICYLIST  type = 'exclusion'><POLICY><OBJECT><ID type=\"filename\">a&#46;exe</ID>\n</OBJECT>"
      "</POLICY></POLICYLIST>";
  const std::string of_license = "<POLICYLIST type=\"inclusion\" />";
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  auto published = license.content();
  published.policy_lists = {of_license};
  auto rights = must(open_at_server(license)).rights_data.content();
  rights.policy_lists = {of_rights};
  const auto use = must(issue_use_license(server(), must(issue(published, &key_of("alice's licensor"))),
                                          must(issue(rights, nullptr)), test::account_certificate("bob"),
                                          must(ContentKey::generate()), {{"VIEW", {}, {}}}, kNow));
  EXPECT_EQ(use.content().policy_lists, (std::vector{of_rights, of_license}));
  EXPECT_NE(use.text().find(of_rights + of_license), std::string_view::npos);
}

TEST(UseLicense, SealsItsKeyOnceForAllRights) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto use = must(use_license_for("bob", license, {{"VIEW", {}, {}}, {"EXTRACT", {}, {}}}));
  const auto& grants = use.content().work->grants;
  ASSERT_EQ(grants.size(), 2u);
  EXPECT_EQ(grants[0].enabling_bits->bytes, grants[1].enabling_bits->bytes) << "each seal is different";
}

TEST(UseLicense, HoldsALimitedNumberOfRights) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  std::vector<UseGrant> grants;
  for (int i = 0; i < 64; ++i) grants.push_back({"RIGHT" + std::to_string(i), {}, {}});
  EXPECT_TRUE(succeeds(use_license_for("bob", license, grants)));
  grants.push_back({"ONE MORE", {}, {}});
  EXPECT_TRUE(fails_with(use_license_for("bob", license, grants), Errc::too_large));
}

TEST(UseLicense, OfAnOwnerSaysOwnerOnceAndNothingElse) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto use = must(use_license_for("alice", license, {{"VIEW", {}, {}}, {"OWNER", {}, {}}, {"OWNER", kYear, {}}}));
  ASSERT_EQ(use.content().work->grants.size(), 1u);
  EXPECT_NE(use.text().find("<RIGHT name=\"OWNER\">"), std::string_view::npos);
  EXPECT_EQ(must(open_use_license(use, key_of("alice"), kNow)).grants.at(0).right, "OWNER");
}

TEST(UseLicense, OpensForItsAccountOnly) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto use = must(use_license_for("bob", license, {{"VIEW", {}, {}}}));
  EXPECT_TRUE(fails_with(open_use_license(use, key_of("carol"), kNow), Errc::wrong_key));
  EXPECT_TRUE(fails_with(open_use_license(root(), key_of("bob"), kNow), Errc::malformed));
  auto content = use.content();
  content.principals.front().key = key_of("carol").public_key();  // bits for Bob under Carol's name
  EXPECT_TRUE(
      fails_with(open_use_license(must(issue(content, &key_of("server"))), key_of("carol"), kNow), Errc::wrong_key));
  content = use.content();
  content.issuer->object.name = "Another";
  EXPECT_TRUE(
      fails_with(open_use_license(must(issue(content, &key_of("server"))), key_of("bob"), kNow), Errc::corrupt));
  content = use.content();
  content.work->grants.front().enabling_bits.reset();
  EXPECT_TRUE(
      fails_with(open_use_license(must(issue(content, &key_of("server"))), key_of("bob"), kNow), Errc::malformed));
}

TEST(UseLicense, GivesOnlyWhatIsValidNow) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto use = must(use_license_for("bob", license, {{"VIEW", {kNow, kNow + 3 * kDay}, {}}, {"EDIT", {}, 1}}));
  EXPECT_EQ(must(open_use_license(use, key_of("bob"), kNow + kDay - std::chrono::minutes(1))).grants.size(), 2u);
  EXPECT_EQ(must(open_use_license(use, key_of("bob"), kNow + kDay)).grants.size(), 1u);
  EXPECT_TRUE(fails_with(open_use_license(use, key_of("bob"), kNow + 3 * kDay), Errc::not_valid_now));
}

TEST(UseLicense, IsNotMadeForNothingOrFromOtherDocuments) {
  const auto license = test::published_by("alice", must(ContentKey::generate())).front();
  const auto account = test::account_certificate("bob");
  const auto key = must(ContentKey::generate());
  EXPECT_TRUE(fails_with(issue_use_license(server(), license, license, account, key, {}, kNow), Errc::no_rights));
  EXPECT_TRUE(fails_with(issue_use_license(server(), account, license, account, key, {{"VIEW", {}, {}}}, kNow),
                         Errc::malformed));
  EXPECT_TRUE(fails_with(issue_use_license(server(), license, license, license, key, {{"VIEW", {}, {}}}, kNow),
                         Errc::malformed));
}

}  // namespace
}  // namespace rms::xrml

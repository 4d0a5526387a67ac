// SPDX-License-Identifier: Apache-2.0
//
// The life of a document, from the certificates to the use licence, and everything that must not work on the way.
#include "xrml/certificates.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "support/xrml_world.h"
#include "xrml/official_template.h"
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
using test::urls;

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

TEST(Certificates, AreOfTheirKindAndLeadToTheRoot) {
  const auto account = test::account_certificate("alice");
  const auto licensor = test::licensor_certificate("alice");
  EXPECT_EQ(root().kind(), Kind::authority_certificate);
  EXPECT_EQ(server_certificate().kind(), Kind::server_licensor_certificate);
  EXPECT_EQ(test::machine().kind(), Kind::machine_certificate);
  EXPECT_EQ(account.kind(), Kind::rights_account_certificate);
  EXPECT_EQ(licensor.kind(), Kind::client_licensor_certificate);
  for (const auto& leaf : {account, licensor}) {
    EXPECT_TRUE(succeeds(verify_chain(std::vector{leaf, server_certificate(), root()}, anchors(), kNow)));
    EXPECT_EQ(leaf.content().issuer->object.name, "Contoso & <Sons>");
    EXPECT_EQ(leaf.content().issuer->object.addresses.at(0).value, "https://rms.contoso.test/_wmcs");
    EXPECT_EQ(leaf.content().issuer->security_levels.size(), 3u);
  }
}

TEST(Certificates, OfAnIntermediateAuthorityAreIssuedByTheRoot) {
  const auto intermediate = must(issue_authority("Contoso Issuing", key_of("intermediate").public_key(),
                                                 issuer_of(root(), key_of("root")), key_of("root"), kNow, kYear));
  const auto tenant = must(issue_server_licensor(issuer_of(intermediate, key_of("intermediate")),
                                                 key_of("server").public_key(), "T", "1", urls(), kNow, kYear));
  EXPECT_TRUE(succeeds(verify_chain(std::vector{tenant, intermediate, root()}, anchors(), kNow)));
}

TEST(MachineCertificate, IsSignedByTheMachineItself) {
  const auto& content = test::machine().content();
  EXPECT_TRUE(succeeds(test::machine().verify_signature()));
  EXPECT_EQ(content.issuer->key, key_of("machine").public_key());
  EXPECT_EQ(content.principal().object.type, "Machine-Unique-Identifier");
  EXPECT_EQ(content.principal().hardware_digest.size(), 32u);
  EXPECT_TRUE(fails_with(verify_chain(std::vector{test::machine()}, anchors(), kNow), Errc::untrusted));
}

TEST(AccountCertificate, NamesItsAccount) {
  const auto windows = account_of(test::account_certificate("alice"));
  EXPECT_EQ(windows.sid, "S-1-5-21-1-2-3-1118");
  EXPECT_EQ(windows.mail, "alice@contoso.test");
  EXPECT_TRUE(windows.guid.empty());

  const Account federated{
      "", "13a69d19-9791-4ac5-a3a9-2fa5af166d44", "bob@contoso.test", {"b@contoso.test", "r@contoso.test"}};
  const auto certificate =
      must(issue_rights_account(server(), federated, key_of("bob"), test::machine(), urls(), kNow, kYear));
  EXPECT_EQ(certificate.content().principal().object.id_type, "Federation");
  EXPECT_EQ(certificate.content().principal().object.id, "{13a69d19-9791-4ac5-a3a9-2fa5af166d44}");
  const auto again = account_of(certificate);
  EXPECT_EQ(again.guid, federated.guid);
  EXPECT_EQ(again.mail, federated.mail);
  EXPECT_EQ(again.aliases, federated.aliases);
  EXPECT_TRUE(again.sid.empty());
}

TEST(AccountCertificate, HoldsItsKeyForItsMachineOnly) {
  const auto certificate = test::account_certificate("alice");
  EXPECT_EQ(must(open_rights_account(certificate, key_of("machine"))).public_key(), key_of("alice").public_key());
  EXPECT_TRUE(fails_with(open_rights_account(certificate, key_of("other")), Errc::wrong_key));
  auto content = certificate.content();
  content.federation_principals.clear();
  EXPECT_TRUE(
      fails_with(open_rights_account(must(issue(content, &key_of("server"))), key_of("machine")), Errc::wrong_key));
  EXPECT_TRUE(fails_with(open_rights_account(root(), key_of("machine")), Errc::malformed));
}

TEST(AccountCertificate, IsCorruptIfItHoldsAnothersKey) {
  // The same server seals, so the binding fits; the key does not.
  auto content = test::account_certificate("alice").content();
  content.federation_principals = test::account_certificate("bob").content().federation_principals;
  EXPECT_TRUE(
      fails_with(open_rights_account(must(issue(content, &key_of("server"))), key_of("machine")), Errc::corrupt));
}

TEST(AccountCertificate, CopiesOnlyWhatItShouldFromTheMachine) {
  auto content = test::machine().content();
  content.principals.front().security_levels.push_back({"Credential-Creation-Time", "1999-01-01T00:00"});
  const auto machine = must(issue(content, &key_of("machine")));
  const auto certificate =
      must(issue_rights_account(server(), {"S-1-5-1", "", "a", {}}, key_of("alice"), machine, urls(), kNow, kYear));
  const auto& federation = certificate.content().federation_principals.at(0);
  ASSERT_EQ(federation.security_levels.size(), 3u);
  EXPECT_EQ(federation.security_levels[0].name, "Manufacturer");
  EXPECT_EQ(federation.object.id, machine.content().principal().object.id);
}

TEST(AccountCertificate, IsForMachinesOfModeTwoOnly) {
  auto content = test::machine().content();
  content.principals.front().key = key_of("small", 1024).public_key();
  const auto small = must(issue(content, &key_of("machine")));
  EXPECT_TRUE(
      fails_with(issue_rights_account(server(), {"S", "", "a", {}}, key_of("alice"), small, urls(), kNow, kYear),
                 Errc::unsupported));
  EXPECT_TRUE(
      fails_with(issue_rights_account(server(), {"S", "", "a", {}}, key_of("alice"), root(), urls(), kNow, kYear),
                 Errc::malformed));
}

TEST(LicensorCertificate, HoldsItsKeyForItsAccountOnly) {
  const auto certificate = test::licensor_certificate("alice");
  EXPECT_EQ(must(open_client_licensor(certificate, key_of("alice"))).public_key(),
            key_of("alice's licensor").public_key());
  EXPECT_TRUE(fails_with(open_client_licensor(certificate, key_of("bob")), Errc::wrong_key));
  EXPECT_TRUE(fails_with(open_client_licensor(root(), key_of("alice")), Errc::malformed));
  auto content = certificate.content();
  content.principals.front().key = key_of("bob").public_key();
  EXPECT_TRUE(
      fails_with(open_client_licensor(must(issue(content, &key_of("server"))), key_of("alice")), Errc::corrupt));
  content.work->grants.front().enabling_bits.reset();
  EXPECT_TRUE(
      fails_with(open_client_licensor(must(issue(content, &key_of("server"))), key_of("alice")), Errc::malformed));
}

TEST(LicensorCertificate, TellsWhereLicencesComeFrom) {
  auto both = urls();
  both.extranet_licensing = "https://outside.contoso.test/_wmcs/licensing";
  const auto certificate = must(issue_client_licensor(server(), test::account_certificate("alice"),
                                                      key_of("alice's licensor"), both, kNow, kYear));
  EXPECT_EQ(certificate.content().distribution_point("License-Acquisition-URL")->addresses.at(0).value,
            "https://rms.contoso.test/_wmcs/licensing");
  EXPECT_EQ(certificate.content().distribution_point("Extranet-License-Acquisition-URL")->addresses.at(0).value,
            "https://outside.contoso.test/_wmcs/licensing");
  EXPECT_TRUE(fails_with(issue_client_licensor(server(), root(), key_of("alice"), both, kNow, kYear), Errc::malformed));
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

// An opinion that is not ours: the rule of the signatures, written down again in Python by others.
TEST(VerifyXrml, FindsEveryDocumentThatWeIssueGood) {
  const auto script = std::filesystem::path(RMS_VECTORS_DIR) / "verify_xrml.py";
  if (!std::filesystem::exists(script))
    GTEST_SKIP() << "the script is not here: it lives outside of the repository, at " << script;
  if (std::system("python3 -c ''") != 0) GTEST_SKIP() << "there is no python3";
  const auto license = test::published_by("alice", must(ContentKey::generate()));
  TemplateDefinition definition;
  definition.guid = "4b1010c0-92b8-4169-8493-b5137c6fe168";
  definition.texts = {{1033, "Für <alle> & \"jeden\"", ""}};
  definition.rights = {{std::string(kAnyone), {"VIEW", "OBJMODEL"}}};
  const auto policy = must(issue_official_template(server(), definition, urls(), kNow));
  const auto key = must(ContentKey::generate());
  const auto online = must(sign_publishing_license(
      server(), must(issue_unsigned_license(server_principal(), publication(), key, kNow)), key, urls(), kNow));
  const std::vector<std::vector<Document>> chains = {
      license,
      {test::account_certificate("bob"), server_certificate(), root()},
      {must(use_license_for("bob", license.front(), {{"VIEW", kYear, {}}, {"EDIT", {}, 7}})), server_certificate(),
       root()},
      {test::machine()},
      {policy, server_certificate()},
      {online, server_certificate()},
      {must(issue_public_rights_account(server(), {"S-1-5-21-1-2-3-4", "", mail_of("bob"), {}},
                                        key_of("bob").public_key(), urls(), kNow, kYear)),
       server_certificate()}};
  const std::filesystem::path directory = testing::TempDir() + "/xrml-" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  std::string command = "python3 '" + script.string() + "'";
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const auto file = directory / ("chain" + std::to_string(i) + ".xml");
    std::ofstream(file, std::ios::binary) << join_chain(chains[i]);
    command += " '" + file.string() + "'";
  }
  command += " >'" + (directory / "opinion").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream opinion(directory / "opinion");
  int good = 0;
  for (std::string line; std::getline(opinion, line);) good += line.find(" ok sha256 RSA-2048") != std::string::npos;
  EXPECT_EQ(good, 4 + 3 + 3 + 1 + 2 + 2 + 2);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace rms::xrml

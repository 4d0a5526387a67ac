// SPDX-License-Identifier: Apache-2.0
#include "xrml/certificates.h"

#include <functional>

#include "support/xrml_world.h"

namespace rms::xrml {
namespace {

using test::anchors;
using test::fails_with;
using test::key_of;
using test::kNow;
using test::kYear;
using test::must;
using test::root;
using test::server;
using test::server_certificate;
using test::succeeds;
using test::urls;

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

}  // namespace
}  // namespace rms::xrml

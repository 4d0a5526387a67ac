// SPDX-License-Identifier: Apache-2.0
//
// What a service does for others: sign for online publishers, and make licences for who has not asked yet.
#include <functional>

#include "support/xrml_sample.h"
#include "support/xrml_world.h"
#include "xrml/certificates.h"
#include "xrml/seal.h"

namespace rms::xrml {
namespace {

using namespace std::chrono_literals;

using test::anchors;
using test::fails_with;
using test::key_of;
using test::kNow;
using test::kYear;
using test::mail_of;
using test::must;
using test::publication;
using test::replaced;
using test::root;
using test::server;
using test::server_certificate;
using test::succeeds;
using test::urls;

const ContentKey& content_key() {
  static const auto key = must(ContentKey::generate());
  return key;
}

Document unsigned_license(const Publication& what = publication()) {
  return must(issue_unsigned_license(server_certificate().content().principal(), what, content_key(), kNow));
}

Document signed_license(const Publication& what = publication()) {
  return must(sign_publishing_license(server(), unsigned_license(what), content_key(), urls(), kNow + 5min));
}

Result<OpenedPublication> open_at_server(const Document& license) {
  return open_publishing_license(license, server().principal, key_of("server"));
}

TEST(UnsignedLicense, HasNoIssuerAndNoSignature) {
  const auto license = unsigned_license();
  EXPECT_EQ(license.kind(), Kind::publishing_license);
  EXPECT_FALSE(license.content().issuer);
  EXPECT_FALSE(license.signature());
  EXPECT_EQ(license.content().principal().key, key_of("server").public_key());
  EXPECT_TRUE(open_at_server(license)->key.key.equals(content_key().key.bytes()));
  EXPECT_TRUE(fails_with(verify_chain(std::vector{license, server_certificate()}, anchors(), kNow), Errc::unsupported));
}

TEST(SignedLicense, IsTheServersWithItsCertificateNext) {
  const auto license = signed_license();
  EXPECT_TRUE(succeeds(verify_chain(std::vector{license, server_certificate(), root()}, anchors(), kNow)));
  const auto& content = license.content();
  EXPECT_EQ(content.issuer->object.id, server_certificate().content().principal().object.id);
  EXPECT_EQ(content.issued, kNow + 5min) << "the server's clock, not the publisher's";
  EXPECT_EQ(content.distribution_point("License-Acquisition-URL")->addresses.at(0).value,
            "https://rms.contoso.test/_wmcs/licensing");
  EXPECT_EQ(content.distribution_point("Referral-Info")->name, "Budget.docx");
  EXPECT_EQ(content.work->object.id, "{09d39708-df09-4554-bd2b-d6421346dd30}");
  EXPECT_EQ(content.work->owner->name, mail_of("alice"));
  EXPECT_EQ(content.authenticated_data.at(1).name, "VIEWER");
}

TEST(SignedLicense, HoldsTheSameKeyAndRights) {
  const auto opened = must(open_at_server(signed_license()));
  EXPECT_TRUE(opened.key.key.equals(content_key().key.bytes()));
  EXPECT_EQ(opened.rights_data.text(), must(open_at_server(unsigned_license())).rights_data.text());
}

// The hash in the enabling bits covers the ISSUER too (docs/decisions/0012), so the server makes them anew.
TEST(SignedLicense, SealsItsKeyAnew) {
  const auto before = unsigned_license();
  const auto after = must(sign_publishing_license(server(), before, content_key(), urls(), kNow));
  EXPECT_NE(after.content().principal().enabling_bits->bytes, before.content().principal().enabling_bits->bytes);
  EXPECT_TRUE(
      fails_with(unseal_content_key(key_of("server"), *after.content().principal().enabling_bits, before.bound_text()),
                 Errc::corrupt));
}

TEST(SignedLicense, TakesOverNothingThatIsTheServersToSay) {
  auto content = unsigned_license().content();
  content.distribution_points.push_back({"License-Acquisition-URL", "MS-GUID", "{1}", "X", {{"URL", "http://evil"}}});
  content.federation_principals = {content.principals.front()};
  content.principals.front().security_levels = {{"Server-SKU", "evil"}};
  content.work->grants = {{"OWNER", {}, "1", {}, {}, {}}};
  auto& principal = content.principals.front();
  principal.enabling_bits.reset();
  const auto bound = must(issue(content, nullptr));
  principal.enabling_bits = must(seal(key_of("server").public_key(), content_key(), bound.bound_text()));
  const auto license =
      must(sign_publishing_license(server(), must(issue(content, nullptr)), content_key(), urls(), kNow));
  EXPECT_EQ(license.text().find("evil"), std::string_view::npos);
  EXPECT_TRUE(license.content().federation_principals.empty());
  EXPECT_TRUE(license.content().work->grants.empty());
}

// Mallory strips the signature off Alice's licence: its key is bound to Alice, and stays so.
TEST(SignedLicense, IsNotMadeOfOneThatWasIssuedAlready) {
  const auto issued = test::published_by("alice", content_key()).front();
  EXPECT_TRUE(fails_with(sign_publishing_license(server(), issued, content_key(), urls(), kNow), Errc::malformed));
  const auto stripped = must(issue(issued.content(), nullptr));
  EXPECT_TRUE(fails_with(sign_publishing_license(server(), stripped, content_key(), urls(), kNow), Errc::malformed));
  auto without_issuer = issued.content();
  without_issuer.issuer.reset();
  EXPECT_TRUE(fails_with(open_at_server(must(issue(without_issuer, nullptr))), Errc::corrupt));
  EXPECT_TRUE(fails_with(sign_publishing_license(server(), root(), content_key(), urls(), kNow), Errc::malformed));
}

// Nor of one that the server itself signed.
TEST(SignedLicense, IsNotMadeOfTheServersOwn) {
  auto content = signed_license().content();
  content.issuer.reset();
  EXPECT_TRUE(fails_with(open_at_server(must(issue(content, nullptr))), Errc::corrupt));
}

TEST(RightsData, GrantToEverybody) {
  auto what = publication();
  what.rights = {{std::string(kAnyone), {"VIEW"}, {}}};
  const auto opened = must(open_at_server(unsigned_license(what)));
  EXPECT_NE(opened.rights_data.text().find("<OBJECT><ID type=\"Internal\">Anyone</ID></OBJECT>"),
            std::string_view::npos);
}

Document use_license(const Document& license, const Holder& holder) {
  const auto opened = must(open_at_server(license));
  return must(issue_use_license(server(), license, opened.rights_data, holder, opened.key, {{"VIEW", {}, {}}}, kNow));
}

// MS-RMPR 2.2.9.9.2 has the ISSUER copied from the publishing licence; that issuer is a person, who signs no use
// licence. 3.4.4.1 and the example in 4.5.6 have the server's own principal.
TEST(UseLicense, IsIssuedByTheServerAndNotByThePublisher) {
  const auto published = test::published_by("alice", content_key()).front();
  const auto use = use_license(published, holder_of(test::account_certificate("bob")));
  const auto& principal = server_certificate().content().principal();
  EXPECT_EQ(use.content().issuer->object.type, "MS-DRM-Server");
  EXPECT_EQ(use.content().issuer->object.id, principal.object.id);
  EXPECT_EQ(use.content().issuer->key, principal.key);
  EXPECT_NE(use.content().issuer->key, published.content().issuer->key);
}

TEST(UseLicense, IsMadeForOneWhoHasNotAskedYet) {
  const Account bob{"S-1-5-21-1-2-3-1119", "", mail_of("bob"), {}};
  const auto use = use_license(signed_license(), holder_of(bob, key_of("bob").public_key()));
  EXPECT_EQ(use.content().principal().object.id, bob.sid);
  EXPECT_EQ(must(open_use_license(use, key_of("bob"), kNow)).grants.at(0).right, "VIEW");
  EXPECT_TRUE(fails_with(open_use_license(use, key_of("alice"), kNow), Errc::wrong_key));
}

TEST(UseLicense, SaysThatItIsNotToBeKept) {
  auto what = publication();
  const auto bob = holder_of(test::account_certificate("bob"));
  EXPECT_TRUE(may_be_kept(use_license(unsigned_license(what), bob)));
  what.keep_no_license = true;
  const auto use = use_license(unsigned_license(what), bob);
  EXPECT_FALSE(may_be_kept(use));
  EXPECT_TRUE(succeeds(verify_chain(std::vector{use, server_certificate(), root()}, anchors(), kNow)));

  auto content = use.content();
  for (const auto& [value, kept] : {std::pair("0", true), {" \n1\n ", false}, {"11", true}, {"", true}}) {
    content.authenticated_data.at(0).value = value;
    EXPECT_EQ(may_be_kept(must(issue(content, nullptr))), kept) << value;
  }
}

// One publishing licence may be asked a thousand use licences of.
TEST(UseLicense, TakesOverALimitedNumberOfBytes) {
  const auto opened = must(open_at_server(unsigned_license()));
  const auto holder = holder_of(test::account_certificate("bob"));
  auto published = unsigned_license().content();
  auto rights = opened.rights_data.content();
  const auto issue_it = [&] {
    return issue_use_license(server(), must(issue(published, nullptr)), must(issue(rights, nullptr)), holder,
                             opened.key, {{"VIEW", {}, {}}}, kNow);
  };
  const std::string list = "<POLICYLIST type=\"\" />";
  const auto fixed = std::string_view(
                         "MS-GUID{09d39708-df09-4554-bd2b-d6421346dd30}Unspecifiedalice@contoso.test"
                         "Referral-InfoMS-GUID{81C42010-208A-458A-BAB6-C3C60F06DD5F}Budget.docx"
                         "URLmailto:alice@contoso.test")
                         .size();
  const auto fill = [&](std::size_t bytes) { return replaced(list, "\"\"", "\"" + std::string(bytes, 'x') + "\""); };
  published.policy_lists = {fill(kMaxCopiedBytes / 2)};
  rights.authenticated_data = {{"APPSPECIFIC", "a", std::string(1000, 'b')}};
  rights.policy_lists = {fill(kMaxCopiedBytes / 2 - 1001 - fixed - 2 * list.size())};
  EXPECT_TRUE(succeeds(issue_it()));
  rights.authenticated_data[0].value += 'b';
  EXPECT_TRUE(fails_with(issue_it(), Errc::too_large));
}

TEST(PublicAccountCertificate, NamesTheAccountAndItsKeyAndNoMachine) {
  const Account account{"", "13a69d19-9791-4ac5-a3a9-2fa5af166d44", mail_of("bob"), {"b@contoso.test"}};
  const auto certificate =
      must(issue_public_rights_account(server(), account, key_of("bob").public_key(), urls(), kNow, kYear));
  EXPECT_EQ(certificate.kind(), Kind::rights_account_certificate);
  EXPECT_TRUE(succeeds(verify_chain(std::vector{certificate, server_certificate(), root()}, anchors(), kNow)));
  EXPECT_TRUE(certificate.content().federation_principals.empty());
  EXPECT_EQ(certificate.text().find("ENABLINGBITS"), std::string_view::npos);
  EXPECT_EQ(account_of(certificate).aliases, account.aliases);
  EXPECT_EQ(holder_of(certificate).key, key_of("bob").public_key());
  EXPECT_EQ(holder_of(certificate).object.id, holder_of(account, key_of("bob").public_key()).object.id);
  EXPECT_TRUE(fails_with(open_rights_account(certificate, key_of("machine")), Errc::wrong_key));
}

TEST(PublicKey, IsWrittenAsPkcs1) {
  const auto& key = key_of("server").public_key();
  const auto der = key.to_pkcs1();
  // SEQUENCE { INTEGER 0 and the modulus, most significant byte first; INTEGER 65537 }
  ASSERT_EQ(der.size(), 4u + 4u + 1u + 256u + 5u);
  EXPECT_EQ(std::vector<std::uint8_t>(der.begin(), der.begin() + 9),
            (std::vector<std::uint8_t>{0x30, 0x82, 0x01, 0x0A, 0x02, 0x82, 0x01, 0x01, 0x00}));
  EXPECT_TRUE(std::equal(key.modulus_le().rbegin(), key.modulus_le().rend(), der.begin() + 9));
  EXPECT_EQ(std::vector<std::uint8_t>(der.end() - 5, der.end()),
            (std::vector<std::uint8_t>{0x02, 0x03, 0x01, 0x00, 0x01}));
}

}  // namespace
}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "xrml/chain.h"

#include <functional>
#include <tuple>

#include "support/xrml_world.h"

namespace rms::xrml {
namespace {

using test::anchors;
using test::fails_with;
using test::kDay;
using test::key_of;
using test::kNow;
using test::kYear;
using test::must;
using test::root;
using test::server_certificate;
using test::succeeds;
using test::urls;

using Documents = std::vector<Document>;

Documents account_chain() {
  return {test::account_certificate("alice"), server_certificate(), root()};
}

// The same content, changed, and signed again with this key.
Document reissued(const Document& document, const std::string& signer, const std::function<void(Content&)>& change) {
  Content content = document.content();
  change(content);
  content.issuer->key = key_of(signer).public_key();
  return must(issue(content, &key_of(signer)));
}

TEST(VerifyChain, BelievesWhatLeadsToAnAnchor) {
  EXPECT_TRUE(succeeds(verify_chain(account_chain(), anchors(), kNow)));
  EXPECT_TRUE(succeeds(verify_chain(Documents{root()}, anchors(), kNow)));
  EXPECT_TRUE(succeeds(verify_chain(test::published_by("alice", must(ContentKey::generate())), anchors(), kNow)));
  EXPECT_TRUE(succeeds(verify_chain(Documents{test::machine()}, {{key_of("machine").public_key()}}, kNow)));
}

TEST(VerifyChain, LooksNoFurtherThanTheAnchor) {
  const TrustAnchors server_key{{key_of("server").public_key()}};
  auto chain = account_chain();
  EXPECT_TRUE(succeeds(verify_chain(std::span(chain).first(1), server_key, kNow)));
  chain[1] = test::machine();  // out of place, and not looked at
  EXPECT_TRUE(succeeds(verify_chain(chain, server_key, kNow)));
}

TEST(VerifyChain, NeedsAnAnchor) {
  EXPECT_TRUE(fails_with(verify_chain(account_chain(), {}, kNow), Errc::untrusted));
  EXPECT_TRUE(fails_with(verify_chain(account_chain(), {{key_of("alice").public_key()}}, kNow), Errc::untrusted));
  const auto chain = account_chain();
  EXPECT_TRUE(fails_with(verify_chain(std::span(chain).first(1), anchors(), kNow), Errc::untrusted));
  EXPECT_TRUE(fails_with(verify_chain({}, anchors(), kNow), Errc::malformed));
}

TEST(VerifyChain, NeedsEveryLink) {
  auto chain = account_chain();
  EXPECT_TRUE(fails_with(verify_chain(Documents{chain[0], chain[2]}, anchors(), kNow), Errc::untrusted));
  EXPECT_TRUE(fails_with(verify_chain(Documents{chain[0], chain[0], chain[1]}, anchors(), kNow), Errc::untrusted));
  // The right key under another name.
  const auto renamed = reissued(chain[1], "root", [](auto& c) { c.principals.front().object.id = "{other}"; });
  EXPECT_TRUE(fails_with(verify_chain(Documents{chain[0], renamed, chain[2]}, anchors(), kNow), Errc::untrusted));
}

// Who publishes writes ISSUER himself, and it is shown to people: it says what his certificate says.
TEST(VerifyChain, LetsNobodyIssueUnderAnotherName) {
  auto chain = test::published_by("alice", must(ContentKey::generate()));
  const auto as = [&](const std::string& name) {
    return reissued(chain[0], "alice's licensor", [&](auto& c) { c.issuer->object.name = name; });
  };
  chain[0] = as(test::mail_of("alice"));
  EXPECT_TRUE(succeeds(verify_chain(chain, anchors(), kNow)));
  chain[0] = as(test::mail_of("bob"));
  EXPECT_TRUE(fails_with(verify_chain(chain, anchors(), kNow), Errc::untrusted));
}

TEST(VerifyChain, NeedsEverySignature) {
  for (std::size_t at = 0; at < 2; ++at) {  // The root itself is not looked at: its key is the anchor.
    auto chain = account_chain();
    std::string text(chain[at].text());
    text.insert(text.find("</ID>"), "0");
    chain[at] = must(Document::parse(text));
    const auto result = verify_chain(chain, anchors(), kNow);
    ASSERT_TRUE(fails_with(result, Errc::signature_invalid)) << at;
    EXPECT_NE(result.error().context.find("document " + std::to_string(at + 1)), std::string::npos);
  }
  auto content = account_chain().front().content();
  EXPECT_TRUE(fails_with(verify_chain(Documents{must(issue(content, nullptr))}, anchors(), kNow), Errc::unsupported));
}

TEST(VerifyChain, HoldsWhileEveryDocumentIsValid) {
  const auto chain = account_chain();
  EXPECT_TRUE(succeeds(verify_chain(chain, anchors(), *kYear.from)));
  EXPECT_TRUE(fails_with(verify_chain(chain, anchors(), *kYear.from - std::chrono::minutes(1)), Errc::not_valid_now));
  EXPECT_TRUE(succeeds(verify_chain(chain, anchors(), *kYear.until - std::chrono::minutes(1))));
  EXPECT_TRUE(fails_with(verify_chain(chain, anchors(), *kYear.until), Errc::not_valid_now));
}

TEST(VerifyChain, NamesTheDocumentThatIsNotValid) {
  auto chain = account_chain();
  chain[1] =
      must(issue_server_licensor(issuer_of(root(), key_of("root")), key_of("server").public_key(), "Contoso & <Sons>",
                                 "c04a2344-eae8-4d4f-89dc-036792332149", urls(), kNow, {kYear.from, kNow + kDay}));
  const auto result = verify_chain(chain, anchors(), kNow + 2 * kDay);
  ASSERT_TRUE(fails_with(result, Errc::not_valid_now));
  EXPECT_NE(result.error().context.find("server licensor certificate, document 2"), std::string::npos);
}

// The certificate that a publisher signs with runs out; what was published before that does not.
TEST(VerifyChain, JudgesTheRightToIssueAtTheTimeOfIssue) {
  const TrustAnchors server_key{{key_of("server").public_key()}};
  const auto chain = test::published_by("alice", must(ContentKey::generate()));
  const auto later = *kYear.until + 1000 * kDay;
  EXPECT_TRUE(succeeds(verify_chain(chain, server_key, later)));
  // As a leaf the certificate is of use only while it may issue.
  EXPECT_TRUE(succeeds(verify_chain(std::span(chain).subspan(1), server_key, kNow)));
  EXPECT_TRUE(fails_with(verify_chain(std::span(chain).subspan(1), server_key, later), Errc::not_valid_now));

  const auto late = reissued(chain[0], "alice's licensor", [&](auto& c) { c.issued = later; });
  EXPECT_TRUE(fails_with(verify_chain(Documents{late, chain[1]}, server_key, later), Errc::not_valid_now));
}

TEST(VerifyChain, LetsNoCertificateIssueWhatItsKindMayNot) {
  const TrustAnchors server_key{{key_of("server").public_key()}};
  const auto account = test::account_certificate("alice");
  const auto licensor = test::licensor_certificate("alice");
  const auto as_issuer = [](const Document& issuer) {
    return [principal = issuer.content().principal()](Content& c) { c.issuer = principal; };
  };
  const auto under_licensor = as_issuer(licensor);
  const auto& server = server_certificate();

  // A publisher makes certificates and use licences of its own, a person a licensor certificate.
  for (const auto& [document, issuer, signer] : {std::tuple{account, licensor, "alice's licensor"},
                                                 {licensor, licensor, "alice's licensor"},
                                                 {server, licensor, "alice's licensor"},
                                                 {root(), licensor, "alice's licensor"},
                                                 {licensor, account, "alice"}}) {
    const auto forged = reissued(document, signer, as_issuer(issuer));
    EXPECT_TRUE(fails_with(verify_chain(Documents{forged, issuer}, server_key, kNow), Errc::untrusted))
        << to_string(forged.kind()) << " by " << to_string(issuer.kind());
  }
  // A tenant's server makes another server, or an authority, or a machine; an authority makes accounts.
  for (const auto& document : {server, root(), test::machine()}) {
    const auto forged = reissued(document, "server", as_issuer(server));
    EXPECT_TRUE(fails_with(verify_chain(Documents{forged, server, root()}, anchors(), kNow), Errc::untrusted))
        << to_string(forged.kind());
  }
  const auto forged = reissued(account, "root", as_issuer(root()));
  EXPECT_TRUE(
      fails_with(verify_chain(Documents{forged, root()}, {{key_of("other").public_key()}}, kNow), Errc::untrusted));
}

TEST(VerifyChain, LetsAnEnrollmentServiceIssueServersAndAnIssuerOfMachinesIssueMachines) {
  const auto enrollment = [](const char* type) {
    return reissued(server_certificate(), "root", [&](Content& c) {
      c.principals.front().object = {type, "MS-GUID", "{enrollment}", "Enrollment", {}};
      c.principals.front().key = key_of("enrollment").public_key();
    });
  };
  const auto under = [](const Document& issuer, const Document& document) {
    return reissued(document, "enrollment", [&](Content& c) { c.issuer = issuer.content().principal(); });
  };
  const auto service = enrollment("MS-DRM-Server");
  const auto processor = enrollment("MS-DRM-Desktop-Security-Processor");
  EXPECT_TRUE(succeeds(verify_chain(Documents{under(service, server_certificate()), service}, anchors(), kNow)));
  EXPECT_TRUE(succeeds(verify_chain(Documents{under(processor, test::machine()), processor}, anchors(), kNow)));
  EXPECT_TRUE(
      fails_with(verify_chain(Documents{under(service, test::machine()), service}, anchors(), kNow), Errc::untrusted));
  EXPECT_TRUE(fails_with(
      verify_chain(Documents{under(processor, test::account_certificate("alice")), processor}, anchors(), kNow),
      Errc::untrusted));
}

TEST(VerifyChain, NeedsTheRightToIssue) {
  auto chain = account_chain();
  chain[1] = reissued(chain[1], "root", [](Content& c) { c.work->grants.front().right = "VIEW"; });
  EXPECT_TRUE(fails_with(verify_chain(chain, anchors(), kNow), Errc::untrusted));
}

TEST(ExpectKind, SaysWhatItIsInstead) {
  EXPECT_TRUE(succeeds(expect_kind(account_chain(), Kind::rights_account_certificate)));
  const auto result = expect_kind(account_chain(), Kind::use_license);
  ASSERT_TRUE(fails_with(result, Errc::malformed));
  EXPECT_EQ(result.error().context, "a use licence was expected, not a rights account certificate");
  EXPECT_TRUE(fails_with(expect_kind(Documents(), Kind::use_license), Errc::malformed));
}

}  // namespace
}  // namespace rms::xrml

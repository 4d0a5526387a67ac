// SPDX-License-Identifier: Apache-2.0
#include "xrml/document.h"

#include <functional>

#include "support/xrml_world.h"
#include "xml/document.h"
#include "xrml/reader.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::key_of;
using test::kNow;
using test::must;
using test::succeeds;

// A number that passes for an RSA modulus: reading needs no more.
PublicKey some_key(std::uint8_t byte = 0xC5) {
  return must(PublicKey::from_modulus_le(std::vector<std::uint8_t>(256, byte)));
}

// A publishing licence with everything that a document can hold, not signed.
Content sample() {
  Content content;
  content.kind = Kind::publishing_license;
  content.issued = kNow;
  content.validity = {kNow, std::nullopt};
  content.descriptor = {"", "MS-GUID", "{1}", "LCID 1033:NAME a\nb:DESCRIPTION c;", {}};
  Principal issuer;
  issuer.object = {
      "Group-Identity", "Windows", "S-1-5-21-1", "a&b <c@contoso.test>", {{"URL", "x"}, {"home_puid", "1"}}};
  issuer.key = some_key();
  issuer.security_levels = {{"SDK", "\"1\""}};
  content.issuer = issuer;
  content.distribution_points = {
      {"License-Acquisition-URL", "MS-GUID", "{2}", "DRM Server Cluster", {{"URL", "https://x/"}}},
      {"Referral-Info", "MS-GUID", "{3}", "n", {{"URL", "mailto:n"}}}};
  Principal server;
  server.internal_id = "1";
  server.object = {"MS-DRM-Server", "MS-GUID", "{4}", "N", {}};
  server.key = some_key(0xC7);
  server.enabling_bits = EnablingBits{true, {1, 2, 3}};
  content.principals = {server};
  Work work;
  work.object = {"", "MS-GUID", "{5}", "", {}};
  work.owner = Object{"", "Unspecified", "", "o@contoso.test", {}};
  work.time = {kNow, kNow + std::chrono::hours(1)};
  Grant view{"VIEW", Object{"", "Unspecified", "", "v@contoso.test", {}}, "", {}, {kNow, {}}, 7};
  Grant custom{"OBJMODEL", {}, "1", EnablingBits{false, {4}}, {}, {}};
  work.grants = {view, custom};
  content.work = work;
  content.authenticated_data = {{"Encrypted-Rights-Data", "", "AAAA"}, {"APPSPECIFIC", "VIEWER", "1"}};
  content.policy_lists = {"<POLICYLIST type=\"exclusion\" />"};
  return content;
}

std::string sample_text() {
  return std::string(must(issue(sample(), nullptr)).text());
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("nothing to replace: " + std::string(what));
  return text.replace(at, what.size(), by);
}

// The sample with one thing changed.
Result<Document> parse_with(std::string_view what, std::string_view by) {
  return Document::parse(replaced(sample_text(), what, by));
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

TEST(Document, ReadsWhatWasWritten) {
  const auto document = must(issue(sample(), nullptr));
  const auto& content = document.content();
  EXPECT_EQ(document.kind(), Kind::publishing_license);
  EXPECT_EQ(content.issued, kNow);
  EXPECT_EQ(content.validity.from, kNow);
  EXPECT_FALSE(content.validity.until);
  EXPECT_EQ(content.descriptor.name, "LCID 1033:NAME a\nb:DESCRIPTION c;");
  EXPECT_EQ(content.issuer->object.name, "a&b <c@contoso.test>");
  EXPECT_EQ(content.issuer->object.addresses.at(1).type, "home_puid");
  EXPECT_EQ(content.issuer->security_levels.at(0).value, "\"1\"");
  EXPECT_EQ(content.issuer->key, some_key());
  ASSERT_EQ(content.distribution_points.size(), 2u);
  EXPECT_EQ(content.distribution_point("Referral-Info")->addresses.at(0).value, "mailto:n");
  EXPECT_EQ(content.distribution_point("Revocation"), nullptr);
  EXPECT_EQ(content.principal().internal_id, "1");
  EXPECT_EQ(content.principal().enabling_bits->bytes, (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(content.work->object.id, "{5}");
  EXPECT_EQ(content.work->owner->name, "o@contoso.test");
  EXPECT_EQ(content.work->time.until, kNow + std::chrono::hours(1));
  ASSERT_EQ(content.work->grants.size(), 2u);
  EXPECT_EQ(content.work->grants[0].grantee->name, "v@contoso.test");
  EXPECT_EQ(content.work->grants[0].time.from, kNow);
  EXPECT_EQ(content.work->grants[0].interval_days, 7);
  EXPECT_EQ(content.work->grants[1].right, "OBJMODEL");
  EXPECT_EQ(content.work->grants[1].internal_id, "1");
  EXPECT_FALSE(content.work->grants[1].enabling_bits->v2);
  EXPECT_EQ(content.authenticated_data.at(1).name, "VIEWER");
  EXPECT_EQ(content.authenticated_data.at(1).value, "1");
  EXPECT_EQ(content.policy_lists.at(0), "<POLICYLIST type=\"exclusion\" />");
}

TEST(Document, HasNoWhiteSpaceBetweenElements) {
  EXPECT_EQ(sample_text().find("> <"), std::string::npos);
  EXPECT_EQ(sample_text().find(">\n"), std::string::npos);
}

TEST(Document, ShowsItsPartsAsTheyStandInTheText) {
  const auto document = must(issue(sample(), nullptr));
  EXPECT_TRUE(document.body().starts_with("<BODY type=\"Microsoft Rights Label\""));
  EXPECT_TRUE(document.body().ends_with("</BODY>"));
  EXPECT_TRUE(document.issuer_source().starts_with("<ISSUER>"));
  EXPECT_TRUE(document.issuer_source().ends_with("</ISSUER>"));
  EXPECT_TRUE(document.principals_source().starts_with("<ISSUEDPRINCIPALS>"));
  EXPECT_NE(document.text().find(document.principals_source()), std::string_view::npos);
}

TEST(Document, BindsThePublishersKeyAndTheServerButNotTheBitsThemselves) {
  const auto document = must(issue(sample(), nullptr));
  std::string expected(document.issuer_source());
  expected += document.principals_source();
  const auto bits = expected.find("<ENABLINGBITS");
  expected.erase(bits, expected.find("</ENABLINGBITS>") + 15 - bits);
  EXPECT_EQ(document.bound_text(), expected);
  auto other = sample();
  other.principals.front().enabling_bits->bytes.push_back(4);
  EXPECT_EQ(must(issue(other, nullptr)).bound_text(), expected);
}

TEST(Document, KeepsItsCharactersHoweverTheyAreWritten) {
  auto text = replaced(sample_text(), "<RIGHT name=\"OBJMODEL\">", "<RIGHT name = 'OBJMODEL' ><!-- c -->");
  text = replaced(text, "<NAME>N</NAME>", "<NAME>N&#x41;\n</NAME>");
  const auto document = must(Document::parse(text));
  EXPECT_EQ(document.text(), text);
  EXPECT_EQ(document.content().principal().object.name, "NA\n");
  EXPECT_EQ(document.content().work->grants[1].right, "OBJMODEL");
}

TEST(Document, OutlivesTheOneItWasCopiedFrom) {
  std::optional<Document> document = must(issue(sample(), nullptr));
  const Document copy = *document;
  document.reset();
  EXPECT_TRUE(copy.text().starts_with("<XrML"));
}

TEST(Document, ToleratesWhatStandsAroundIt) {
  for (const auto* before : {"", " \r\n", "\xEF\xBB\xBF", "<?xml version=\"1.0\"?>",
                             "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\n"}) {
    EXPECT_EQ(must(Document::parse(before + sample_text() + "\n ")).text(), sample_text()) << before;
  }
}

TEST(Document, IgnoresWhatItDoesNotKnow) {
  EXPECT_TRUE(succeeds(parse_with("<ISSUER>", "<SOMETHING a=\"b\"><ID>1</ID></SOMETHING><ISSUER new=\"1\">")));
  EXPECT_TRUE(succeeds(parse_with("<ID type=\"Windows\">", "<ID type=\"Windows\" version=\"2\">")));
  EXPECT_TRUE(succeeds(parse_with("<WORK>", "<CONDITIONLIST><REFRESH /></CONDITIONLIST><WORK>")));
  // An element in a namespace is not the one without.
  const auto document = must(parse_with("<ISSUER>", "<x:ISSUER xmlns:x=\"urn:x\"><x:OBJECT /></x:ISSUER><ISSUER>"));
  EXPECT_EQ(document.content().issuer->object.id, "S-1-5-21-1");
}

TEST(Document, DoesNotIgnoreAConditionThatItDoesNotKnow) {
  EXPECT_TRUE(fails_with(parse_with("<CONDITIONLIST>", "<CONDITIONLIST><FEE />"), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("<PRECONDITIONLIST>", "<PRECONDITIONLIST><FEE />"), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("<INTERVALTIME days=\"7\" />", "<EXERCISES />"), Errc::unsupported));
}

TEST(Document, RefusesKindsAndVersionsThatItDoesNotKnow) {
  EXPECT_TRUE(fails_with(parse_with("type=\"Microsoft Rights Label\"", "type=\"Microsoft Other\""), Errc::unsupported));
  auto other = sample();
  other.kind = Kind::use_license;
  other.descriptor.type = "Other";
  EXPECT_TRUE(fails_with(issue(other, nullptr), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("<XrML version=\"1.2\"", "<XrML version=\"2.0\""), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("version=\"3.0\">", "version=\"4.0\">"), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("type=\"sealed-key\"", "type=\"open-key\""), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("<ALGORITHM>RSA</ALGORITHM>", "<ALGORITHM>DSA</ALGORITHM>"), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with(">65537<", ">3<"), Errc::unsupported));
  EXPECT_TRUE(fails_with(parse_with("<BODY", "<!DOCTYPE x><BODY"), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse("<!DOCTYPE XrML [<!ENTITY a \"b\">]>" + sample_text()), Errc::malformed));
}

TEST(Document, RefusesWhatIsMissingOrTwiceOrNoValue) {
  const std::vector<std::pair<std::string_view, std::string_view>> changes = {
      {"<ISSUEDTIME>2026-11-20T12:00</ISSUEDTIME>", ""},
      {"2026-11-20T12:00", "2026-11-20"},
      {"2026-11-20T12:00", "2026-02-30T12:00"},
      {"<ISSUER>", "<ISSUER /><ISSUER>"},
      {"<WORK>", "<WORK><OBJECT /></WORK><WORK>"},
      {"<DESCRIPTOR>", "<DESCRIPTOR /><DESCRIPTOR>"},
      {"<ISSUEDPRINCIPALS>", "<ISSUEDPRINCIPALS /><ISSUEDPRINCIPALS>"},
      {"<NAME>N</NAME>", "<NAME>N</NAME><NAME>M</NAME>"},
      {"<PUBLICKEY>", "<PUBLICKEY /><PUBLICKEY>"},
      {"<PARAMETER name=\"modulus\">", "<PARAMETER name=\"modulus\"><VALUE /></PARAMETER><PARAMETER name=\"modulus\">"},
      {"name=\"modulus\"", "name=\"other\""},
      {">65537<", ">0x10001<"},
      {"encoding=\"base64\"", "encoding=\"hex\""},
      {"size=\"2048\">", "size=\"2048\">?"},
      {"days=\"7\"", "days=\"-1\""},
      {"days=\"7\"", "days=\"36501\""},
      {"days=\"7\"", "days=\"7x\""},
      {"<RIGHT name=\"OBJMODEL\">", "<RIGHT>"},
      {"<ACCESS>", "<ACCESS><PRINCIPAL /></ACCESS><ACCESS>"},
      {"<RIGHTSLIST>", "<RIGHTSLIST><PRINT />"},
      {"<RIGHTSLIST>", "<RIGHTSLIST><PRINT><CONDITIONLIST><ACCESS /></CONDITIONLIST></PRINT>"},
      {"<TIME><INTERVALTIME", "<TIME><INTERVALTIME days=\"8\" /></TIME><TIME><INTERVALTIME"},
      {"<RANGETIME><FROM>2026-11-20T12:00</FROM></RANGETIME></TIME>",
       "<RANGETIME><FROM>2026-11-20T12:00</FROM></RANGETIME></TIME>"
       "<TIME><RANGETIME><FROM>2025-11-20T12:00</FROM></RANGETIME></TIME>"},
  };
  for (const auto& [what, by] : changes) {
    EXPECT_TRUE(fails_with(parse_with(what, by), Errc::malformed)) << what << " -> " << by;
  }
}

TEST(Document, RefusesAKindWithoutWhatItNeeds) {
  const auto without = [](const std::function<void(Content&)>& change) {
    auto content = sample();
    change(content);
    return issue(content, nullptr);
  };
  EXPECT_TRUE(fails_with(without([](auto& c) { c.principals.clear(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(without([](auto& c) { c.principals.front().key.reset(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(without([](auto& c) { c.issuer->key.reset(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(without([](auto& c) { c.work.reset(); }), Errc::malformed));
  EXPECT_TRUE(fails_with(without([](auto& c) {
                           c.kind = Kind::use_license;
                           c.issuer.reset();
                         }),
                         Errc::malformed));
  // A client's licence that the server is to sign has no issuer yet.
  EXPECT_TRUE(succeeds(without([](auto& c) { c.issuer.reset(); })));
}

TEST(Document, HasOnePrincipalOnly) {
  auto content = sample();
  content.principals.push_back(content.principals.front());
  EXPECT_TRUE(fails_with(issue(content, nullptr), Errc::too_large));
}

TEST(Document, CountsTheDaysOfADocumentFromItsIssue) {
  const auto document =
      must(parse_with("<PRECONDITIONLIST>", "<PRECONDITIONLIST><TIME><INTERVALTIME days=\"0\" /></TIME>"));
  EXPECT_EQ(document.content().work->time.until, kNow);  // the earlier of two ends
  auto late = sample();
  late.issued = kLastTime;
  late.work->time = {};
  const auto text =
      replaced(std::string(must(issue(late, nullptr)).text()), "<RIGHTSGROUP",
               "<PRECONDITIONLIST><TIME><INTERVALTIME days=\"36500\" /></TIME></PRECONDITIONLIST><RIGHTSGROUP");
  EXPECT_EQ(must(Document::parse(text)).content().work->time.until, kLastTime);
}

TEST(Document, RefusesWhatIsNoDocument) {
  for (const std::string& text :
       {std::string(), std::string("   "), std::string("<XrML"), std::string("junk"), std::string("<XrML></XrML>"),
        std::string("<XrML />"), std::string("<Other></Other>"), std::string("<XrMLx></XrMLx>"),
        std::string("<XrML><SIGNATURE /></XrML>"), std::string("<?xml version=\"1.0\"?>"), std::string("<?xml ")}) {
    EXPECT_TRUE(fails_with(Document::parse(text), Errc::malformed)) << text;
  }
  EXPECT_TRUE(fails_with(parse_with("<XrML version=\"1.2\" xmlns=\"\"", "<XrML version=\"1.2\" xmlns=\"urn:other\""),
                         Errc::malformed));
}

// Signature wrapping: texts in which another reader could find another body than the one that is signed.
class Wrapping : public testing::Test {
 protected:
  static const Document& good() {
    static const Document document = [] {
      auto content = sample();
      content.issuer->key = key_of("signer").public_key();
      return must(issue(content, &key_of("signer")));
    }();
    return document;
  }
  const std::string text_{good().text()};
  const std::string body_{good().body()};
  const std::string evil_ = replaced(body_, "o@contoso.test", "mallory@contoso.test");
  const std::string signature_ =
      text_.substr(text_.find("<SIGNATURE>"), text_.find("</XrML>") - text_.find("<SIGNATURE>"));
  static std::string xrml(std::string_view content) {
    return "<XrML version=\"1.2\" xmlns=\"\">" + std::string(content) + "</XrML>";
  }
};

TEST_F(Wrapping, TheGoodOneIsGood) {
  EXPECT_TRUE(succeeds(good().verify_signature()));
  EXPECT_EQ(xrml(body_ + signature_), text_);
}

TEST_F(Wrapping, ASecondBodyIsRefused) {
  for (const std::string& content :
       {body_ + evil_ + signature_, evil_ + body_ + signature_, body_ + signature_ + evil_, evil_ + signature_ + body_,
        "<!--" + evil_ + "-->" + body_ + signature_, body_ + "<!--" + evil_ + "-->" + signature_,
        body_ + signature_ + "<!--" + evil_ + "-->", "<!--" + body_ + "-->" + evil_ + signature_,
        "<EXTRA>" + body_ + "</EXTRA>" + evil_ + signature_,
        evil_ + replaced(signature_, "<SIGNATURE>", "<SIGNATURE>" + body_),
        replaced(evil_, "<WORK>", "<EXTRA>" + body_ + "</EXTRA><WORK>") + signature_,
        replaced(evil_, "<WORK>", "<!--" + body_ + "--><WORK>") + signature_,
        replaced(evil_, "<WORK>", "<![CDATA[" + body_ + "]]><WORK>") + signature_}) {
    EXPECT_TRUE(fails_with(Document::parse(xrml(content)), Errc::malformed)) << content.substr(0, 40);
  }
}

TEST_F(Wrapping, ANestedDocumentIsRefused) {
  EXPECT_TRUE(fails_with(Document::parse(xrml(text_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(xrml(text_ + evil_ + signature_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<WORK>", text_ + "<WORK>")), Errc::malformed));
}

TEST_F(Wrapping, ASignatureStandsOnceAndBehindTheBody) {
  EXPECT_TRUE(fails_with(Document::parse(xrml(signature_ + body_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + signature_ + signature_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<WORK>", signature_ + "<WORK>")), Errc::malformed));
  EXPECT_TRUE(
      fails_with(Document::parse(replaced(text_, "<SIGNATURE>", "<x:SIGNATURE xmlns:x=\"urn:x\" /><SIGNATURE>")),
                 Errc::malformed));
}

TEST_F(Wrapping, NothingStandsBesideTheBody) {
  for (const auto* junk : {"text", "<!-- -->", "<EXTRA />", "&#65;", "<![CDATA[x]]>"}) {
    EXPECT_TRUE(fails_with(Document::parse(xrml(junk + body_ + signature_)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + junk + signature_)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + signature_ + junk)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(text_ + junk), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(junk + text_), Errc::malformed)) << junk;
  }
  EXPECT_TRUE(
      succeeds(must(Document::parse(xrml("\r\n" + body_ + "\r\n\t" + signature_ + "\r\n"))).verify_signature()));
}

TEST_F(Wrapping, ABodyOfAnotherNamespaceIsNone) {
  const auto evil = replaced(replaced(evil_, "<BODY", "<BODY xmlns=\"urn:x\""), "</BODY>", "</BODY>");
  EXPECT_TRUE(fails_with(Document::parse(xrml(evil + signature_)), Errc::malformed));
}

TEST_F(Wrapping, ChangingTheBodyBreaksTheSignature) {
  EXPECT_TRUE(fails_with(must(Document::parse(xrml(evil_ + signature_))).verify_signature(), Errc::signature_invalid));
}

TEST_F(Wrapping, ADigestThatFitsDoesNotMakeASignature) {
  const auto value_of = [](const Document& document) { return base64(document.signature()->value); };
  const auto digest_of = [](const Document& document) { return base64(document.signature()->digest); };
  const auto fitting = base64(digest(Hash::sha256, xml::to_utf16le(evil_)));
  const auto forged = must(Document::parse(xrml(evil_ + replaced(signature_, digest_of(good()), fitting))));
  EXPECT_TRUE(fails_with(forged.verify_signature(), Errc::signature_invalid));
  // A signature over these characters, but by another key than ISSUER names.
  const auto other = must(key_of("other").sign(Hash::sha256, good().signature()->digest));
  const auto stranger = must(Document::parse(replaced(text_, value_of(good()), base64(other))));
  EXPECT_TRUE(fails_with(stranger.verify_signature(), Errc::signature_invalid));
}

TEST_F(Wrapping, TheDigestIsThatOfTheAlgorithmItNames) {
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>SHA1")), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>MD5")), Errc::unsupported));
  EXPECT_TRUE(
      succeeds(must(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>SHA-256"))).verify_signature()));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "PKCS#1-V1.5", "PSS")), Errc::unsupported));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "surface-coding", "canonical")), Errc::unsupported));
}

TEST_F(Wrapping, ASignatureHasAnIssuer) {
  const auto issuer = std::string(good().issuer_source());
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, issuer, "")), Errc::malformed));
}

TEST_F(Wrapping, ALongKeyDoesNotSignShortDigests) {
  // Well made in every way but this: RSA-2048 over SHA-1.
  const auto sha1 = digest(Hash::sha1, xml::to_utf16le(body_));
  auto text = replaced(text_, "<DIGEST><ALGORITHM>SHA256", "<DIGEST><ALGORITHM>SHA1");
  text = replaced(text, base64(good().signature()->digest), base64(sha1));
  text = replaced(text, base64(good().signature()->value), base64(must(key_of("signer").sign(Hash::sha1, sha1))));
  EXPECT_TRUE(fails_with(must(Document::parse(text)).verify_signature(), Errc::unsupported));
}

TEST(Document, IsSignedInTheOrderOfItsKind) {
  auto content = sample();
  content.issuer->key = key_of("signer").public_key();
  const auto license = must(issue(content, &key_of("signer")));
  EXPECT_NE(license.text().find("<SIGNATURE><ALGORITHM>"), std::string_view::npos);
  content.kind = Kind::use_license;
  const auto use = must(issue(content, &key_of("signer")));
  EXPECT_NE(use.text().find("<SIGNATURE><DIGEST>"), std::string_view::npos);
  EXPECT_TRUE(use.text().starts_with("<XrML xmlns=\"\" version=\"1.2\" purpose=\"Content-License\"><BODY"));
}

TEST(Document, WithoutASignatureHasNoneToVerify) {
  EXPECT_TRUE(fails_with(must(issue(sample(), nullptr)).verify_signature(), Errc::unsupported));
}

TEST(Document, IsNotIssuedIfItCouldNotBeRead) {
  auto content = sample();
  content.issuer->object.name = "\xFF";
  EXPECT_TRUE(fails_with(issue(content, nullptr), Errc::malformed));
  content = sample();
  content.policy_lists = {"<POLICYLIST>"};
  EXPECT_TRUE(fails_with(issue(content, nullptr), Errc::malformed));
}

// As much as fits, and one more.
struct Limit {
  std::string_view what;
  std::size_t most;
  std::function<void(Content&, std::size_t)> fill;
};

class Limits : public testing::TestWithParam<Limit> {};

TEST_P(Limits, HoldToTheLast) {
  const auto& [what, most, fill] = GetParam();
  auto content = sample();
  fill(content, most);
  EXPECT_TRUE(succeeds(issue(content, nullptr)));
  content = sample();
  fill(content, most + 1);
  EXPECT_TRUE(fails_with(issue(content, nullptr), Errc::too_large));
}

INSTANTIATE_TEST_SUITE_P(
    Document, Limits,
    testing::Values(Limit{"grants", kMaxGrants,
                          [](Content& c, std::size_t n) {
                            c.work->grants.assign(n, Grant{"VIEW", {}, "1", {}, {}, {}});
                          }},
                    Limit{"federation_principals", kMaxFederationPrincipals,
                          [](Content& c, std::size_t n) { c.federation_principals.assign(n, c.principals.front()); }},
                    Limit{"distribution_points", kMaxDistributionPoints,
                          [](Content& c, std::size_t n) {
                            c.distribution_points.assign(n, c.distribution_points.front());
                          }},
                    Limit{"addresses", kMaxAddresses,
                          [](Content& c, std::size_t n) {
                            c.issuer->object.addresses.assign(n, {"URL", "x"});
                          }},
                    Limit{"security_levels", kMaxSecurityLevels,
                          [](Content& c, std::size_t n) {
                            c.issuer->security_levels.assign(n, {"a", "b"});
                          }},
                    Limit{"authenticated_data", kMaxAuthenticatedData,
                          [](Content& c, std::size_t n) {
                            c.authenticated_data.assign(n, {"a", "", "b"});
                          }},
                    Limit{"policy_lists", kMaxPolicyLists,
                          [](Content& c, std::size_t n) { c.policy_lists.assign(n, c.policy_lists.front()); }},
                    Limit{"hardware_digest", kMaxHardwareDigestBytes,
                          [](Content& c, std::size_t n) { c.principals.front().hardware_digest.assign(n, 1); }},
                    Limit{"enabling_bits", kMaxEnablingBitsBytes,
                          [](Content& c, std::size_t n) { c.principals.front().enabling_bits->bytes.assign(n, 1); }}),
    [](const auto& each) { return std::string(each.param.what); });

TEST(Document, HasAKeyOfAtMost512Bytes) {
  const auto key = base64(some_key().modulus_le());
  EXPECT_TRUE(succeeds(parse_with(key, base64(std::string(512, '\xC5')))));
  EXPECT_TRUE(fails_with(parse_with(key, base64(std::string(513, '\xC5'))), Errc::too_large));
}

TEST(Document, GrantsOneRightToAtMostSoMany) {
  const auto many = [](std::size_t n) { return "<ACCESS>" + repeated("<PRINCIPAL />", n) + "</ACCESS>"; };
  const auto only =
      replaced(sample_text(), "<RIGHTSLIST>", "<RIGHTSLIST><PRINT><CONDITIONLIST>%</CONDITIONLIST></PRINT>");
  const auto document = Document::parse(replaced(only, "%", many(kMaxGrants - 2)));
  EXPECT_TRUE(succeeds(document));
  EXPECT_TRUE(fails_with(Document::parse(replaced(only, "%", many(kMaxGrants - 1))), Errc::too_large));
}

TEST(Document, HasAtMostSoManyBytes) {
  const auto text = sample_text();
  const auto filled = [&](std::size_t size) {
    return replaced(text, "AAAA", std::string(size - text.size() + 4, 'A'));
  };
  EXPECT_TRUE(succeeds(Document::parse(filled(kMaxDocumentBytes))));
  EXPECT_TRUE(fails_with(Document::parse(filled(kMaxDocumentBytes + 1)), Errc::too_large));
}

TEST(Chain, IsReadFromTextsAndFromOneText) {
  const auto text = sample_text();
  const std::vector<std::string_view> texts(3, text);
  const auto chain = must(parse_chain(texts));
  EXPECT_EQ(join_chain(chain), text + text + text);
  for (const auto& stored :
       {text + text + text, "\xEF\xBB\xBF<?xml version=\"1.0\"?>" + text + "\n" + text + " " + text + "\n",
        xml::to_utf16le("<?xml version=\"1.0\"?>" + text + text + text),
        "\xFF\xFE" + xml::to_utf16le(text + text + text) + std::string(2, '\0'),
        text + text + text + std::string(1, '\0')}) {
    const auto again = must(parse_chain(stored));
    ASSERT_EQ(again.size(), 3u);
    EXPECT_EQ(join_chain(again), text + text + text);
  }
}

TEST(Chain, SaysWhichDocumentIsWrong) {
  const auto chain = parse_chain(sample_text() + "<XrML></XrML>");
  ASSERT_TRUE(fails_with(chain, Errc::malformed));
  EXPECT_NE(chain.error().context.find("document 2"), std::string::npos);
}

TEST(Chain, RefusesWhatIsNone) {
  EXPECT_TRUE(fails_with(parse_chain(std::string_view()), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain("<?xml version=\"1.0\"?>"), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain(std::span<const std::string_view>()), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain(sample_text() + "x"), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain("x" + sample_text()), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain("\xFF\xFE\x01"), Errc::malformed));
  EXPECT_TRUE(fails_with(parse_chain(sample_text().substr(0, 200)), Errc::malformed));
}

TEST(Chain, HasAtMostSoManyDocuments) {
  const auto text = sample_text();
  const std::vector<std::string_view> texts(kMaxChainDocuments + 1, text);
  EXPECT_TRUE(succeeds(parse_chain(std::span(texts).first(kMaxChainDocuments))));
  EXPECT_TRUE(fails_with(parse_chain(texts), Errc::too_large));
  EXPECT_TRUE(succeeds(parse_chain(repeated(text, kMaxChainDocuments))));
  EXPECT_TRUE(fails_with(parse_chain(repeated(text, kMaxChainDocuments + 1)), Errc::too_large));
}

TEST(Chain, HasAtMostSoManyBytes) {
  const auto text = sample_text();
  EXPECT_TRUE(succeeds(parse_chain(text + std::string(kMaxChainBytes - text.size(), ' '))));
  EXPECT_TRUE(fails_with(parse_chain(text + std::string(kMaxChainBytes - text.size() + 1, ' ')), Errc::too_large));
}

TEST(Time, IsOfMinutes) {
  EXPECT_EQ(format(must(parse_time("2013-04-16T16:58"))), "2013-04-16T16:58");
  EXPECT_EQ(format(must(parse_time("0001-01-01T00:00"))), "0001-01-01T00:00");
  EXPECT_EQ(must(parse_time("9999-12-31T23:59")), kLastTime);
  EXPECT_EQ(format(must(parse_time("2024-02-29T00:00"))), "2024-02-29T00:00");
}

TEST(Time, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "2013-04-16", "2013-04-16T16:58Z", "2013-04-16T16:58:00", "2013-04-16 16:58", "2013-4-16T16:58",
        "2013-13-16T16:58", "2013-00-16T16:58", "2013-04-31T16:58", "2023-02-29T00:00", "2013-04-16T24:00",
        "2013-04-16T16:60", "-013-04-16T16:58", "2013-04-16T1\xC2\xB2:5"}) {
    EXPECT_TRUE(fails_with(parse_time(text), Errc::malformed)) << text;
  }
}

TEST(Period, IncludesItsStartAndNotItsEnd) {
  const Period day{kNow, kNow + std::chrono::days(1)};
  EXPECT_FALSE(day.contains(kNow - std::chrono::minutes(1)));
  EXPECT_TRUE(day.contains(kNow));
  EXPECT_TRUE(day.contains(kNow + std::chrono::days(1) - std::chrono::minutes(1)));
  EXPECT_FALSE(day.contains(kNow + std::chrono::days(1)));
  EXPECT_TRUE(Period().contains(kNow));
}

TEST(Kind, HasANameForPeople) {
  for (int i = 0; i <= static_cast<int>(Kind::use_license); ++i) {
    EXPECT_NE(to_string(static_cast<Kind>(i)), "unknown document") << i;
  }
}

}  // namespace
}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "xrml/document.h"

#include <functional>

#include "support/xrml_sample.h"
#include "xml/document.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::key_of;
using test::kNow;
using test::must;
using test::parse_with;
using test::replaced;
using test::sample;
using test::sample_text;
using test::some_key;
using test::succeeds;

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

TEST(Document, BindsWhatItReadAndNotItsLikeInANamespace) {
  const std::string expected(must(issue(sample(), nullptr)).bound_text());
  for (const std::string name : {"ISSUER", "ISSUEDPRINCIPALS"}) {
    const std::string start = "<" + name + ">", foreign = "<x:" + name + " xmlns:x=\"urn:x\"></x:" + name + ">";
    EXPECT_EQ(must(parse_with(start, foreign + start)).bound_text(), expected) << name;
  }
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

}  // namespace
}  // namespace rms::xrml

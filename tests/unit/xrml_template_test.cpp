// SPDX-License-Identifier: Apache-2.0
#include "xrml/official_template.h"

#include "support/xrml_sample.h"
#include "support/xrml_world.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::kDay;
using test::key_of;
using test::kNow;
using test::mail_of;
using test::must;
using test::server;
using test::server_certificate;
using test::succeeds;
using test::urls;

TemplateDefinition definition() {
  TemplateDefinition definition;
  definition.guid = "4b1010c0-92b8-4169-8493-b5137c6fe168";
  definition.texts = {{1033, "Confidential \\ All Employees", "For us: all of us"}, {1031, "Vertraulich", ""}};
  definition.rights = {{std::string(kAnyone), {"VIEW", "EXTRACT", "OBJMODEL"}},
                       {"sales@contoso.test", {"EDIT", "FORWARD", "EXPORT"}}};
  return definition;
}

Result<Document> issue_with(const std::function<void(TemplateDefinition&)>& change) {
  auto changed = definition();
  change(changed);
  return issue_official_template(server(), changed, urls(), kNow);
}

Document issued(const std::function<void(TemplateDefinition&)>& change = [](auto&) {}) {
  return must(issue_with(change));
}

TEST(OfficialTemplate, IsSignedByTheServer) {
  const auto document = issued();
  EXPECT_EQ(document.kind(), Kind::official_template);
  EXPECT_TRUE(succeeds(verify_chain(std::vector{document, server_certificate()}, test::anchors(), kNow)));
}

// MS-RMPR 2.2.9.10.2 says "copied from the SPC of the issuing server", which is of type Machine-Certificate; the
// example in 4.5.7 is issued by an MS-DRM-Server: the principal of the SLC.
TEST(OfficialTemplate, IsIssuedByThePrincipalOfTheServerLicensorCertificate) {
  const auto issuer = *issued().content().issuer;
  const auto& principal = server_certificate().content().principal();
  EXPECT_EQ(issuer.object.type, "MS-DRM-Server");
  EXPECT_EQ(issuer.object.id, principal.object.id);
  EXPECT_EQ(issuer.object.name, principal.object.name);
  EXPECT_EQ(issuer.object.addresses.at(0).value, principal.object.addresses.at(0).value);
  EXPECT_EQ(issuer.key, principal.key);
  EXPECT_TRUE(issuer.security_levels.empty());
}

TEST(OfficialTemplate, HasItsElementsInTheOrderOfTheText) {
  const auto document = issued([](auto& d) {
    d.expires = kNow + 30 * kDay;
    d.license_days = 7;
    d.referral = "mailto:rms@contoso.test";
    d.values = {{"VIEWER", "1"}};
  });
  const auto text = document.text();
  std::size_t at = 0;
  for (const std::string_view next :
       {"<XrML xmlns=\"\" version=\"1.2\"><BODY type=\"Microsoft Official Rights Template\"><ISSUEDTIME>",
        "<DESCRIPTOR><OBJECT><ID type=\"MS-GUID\">{4b1010c0-92b8-4169-8493-b5137c6fe168}</ID><NAME>LCID 1033:NAME "
        "Confidential \\ All Employees:DESCRIPTION For us: all of us;LCID 1031:NAME Vertraulich:DESCRIPTION ;</NAME>",
        "<ISSUER><OBJECT type=\"MS-DRM-Server\">",
        "<DISTRIBUTIONPOINT><OBJECT type=\"Publishing-URL\"><ID "
        "type=\"MS-GUID\">{9A23D98E-4449-4ba5-812A-F30808F3CB16}</ID><NAME>Publishing Point</NAME><ADDRESS "
        "type=\"URL\">https://rms.contoso.test/_wmcs/licensing</ADDRESS>",
        "<OBJECT type=\"Referral-Info\"><ID type=\"MS-GUID\">{81C42010-208A-458A-BAB6-C3C60F06DD5F}</ID><ADDRESS "
        "type=\"URL\">mailto:rms@contoso.test</ADDRESS>",
        "<WORK><OBJECT><ID type=\"\" /></OBJECT><PRECONDITIONLIST><TIME><RANGETIME>"
        "<FROM>2026-11-20T12:00</FROM><UNTIL>2026-12-20T12:00</UNTIL>",
        "<RIGHTSGROUP name=\"Main-Rights\"><RIGHTSLIST><RIGHT name=\"OWNER\"><CONDITIONLIST><ACCESS><PRINCIPAL>"
        "<OBJECT><ID type=\"Internal\">Owner</ID></OBJECT></PRINCIPAL></ACCESS></CONDITIONLIST></RIGHT>",
        "<VIEW><CONDITIONLIST><TIME><INTERVALTIME days=\"7\" /></TIME><ACCESS><PRINCIPAL><OBJECT><ID "
        "type=\"Internal\">ANYONE</ID></OBJECT>",
        "<EXTRACT>", "<RIGHT name=\"OBJMODEL\">",
        "<EDIT><CONDITIONLIST><TIME><INTERVALTIME days=\"7\" /></TIME><ACCESS><PRINCIPAL><OBJECT><ID "
        "type=\"Unspecified\" /><NAME>sales@contoso.test</NAME></OBJECT>",
        "<RIGHT name=\"FORWARD\">", "<EXPORT>",
        "</WORK><AUTHENTICATEDDATA name=\"VIEWER\" "
        "id=\"APPSPECIFIC\">1</AUTHENTICATEDDATA></BODY><SIGNATURE><DIGEST>"}) {
    const auto found = text.find(next, at);
    ASSERT_NE(found, std::string_view::npos) << next << "\nafter\n" << text.substr(0, at);
    at = found + next.size();
  }
}

TEST(OfficialTemplate, IsReadBack) {
  const auto document = issued([](auto& d) { d.content_days = 30; });
  EXPECT_EQ(template_guid(document), definition().guid);
  EXPECT_EQ(template_texts(document.content().descriptor.name), definition().texts);
  const auto& work = *document.content().work;
  ASSERT_EQ(work.grants.size(), 7u);
  EXPECT_EQ(work.grants[1].grantee->id, "ANYONE");
  EXPECT_EQ(work.grants[4].grantee->name, "sales@contoso.test");
}

// As in the example of MS-RMPR 4.5.7, which begins with a space.
TEST(OfficialTemplate, IsNamedInManyLanguages) {
  const std::vector<TemplateText> one = {{1033, "CONTOSO Template", "Template for CONTOSO"}};
  EXPECT_EQ(template_texts(" LCID 1033:NAME CONTOSO Template:DESCRIPTION Template for CONTOSO;"), one);
  EXPECT_EQ(template_texts("LCID 1033:NAME CONTOSO Template:DESCRIPTION Template for CONTOSO"), one);
  EXPECT_EQ(template_texts("LCID 7:NAME no more;"), (std::vector<TemplateText>{{7, "no more", ""}}));
  for (const auto* nothing :
       {"", ";", ";;;", "LCID", "LCID :NAME a", "LCID x:NAME a;", "LCID 1", "NAME a:DESCRIPTION b;"})
    EXPECT_TRUE(template_texts(nothing).empty()) << nothing;
  EXPECT_EQ(template_texts(test::repeated("LCID 7:NAME a;", 65)).size(), 64u);
}

// 30 days after an administrator made the template, all documents would be over: the text can only mean the documents.
TEST(OfficialTemplate, CountsContentDaysFromTheDocumentAndNotFromItself) {
  const auto document = issued([](auto& d) { d.content_days = 30; });
  EXPECT_NE(document.text().find("<PRECONDITIONLIST><TIME><INTERVALTIME days=\"30\" /></TIME></PRECONDITIONLIST>"),
            std::string_view::npos);
  EXPECT_EQ(document.content().work->interval_days, 30);
  EXPECT_FALSE(document.content().work->time.until);
}

TEST(OfficialTemplate, ForbidsKeepingALicenceThatIsGoodForNoDay) {
  const auto document = issued([](auto& d) { d.license_days = 0; });
  EXPECT_NE(document.text().find("<AUTHENTICATEDDATA name=\"NOLICCACHE\" id=\"APPSPECIFIC\">1</AUTHENTICATEDDATA>"),
            std::string_view::npos);
  for (const auto& grant : document.content().work->grants) EXPECT_FALSE(grant.interval_days);
}

struct Bad {
  std::string_view what;
  Errc code;
  std::function<void(TemplateDefinition&)> change;
};
void PrintTo(const Bad& value, std::ostream* out) {
  *out << value.what;
}
class BadTemplate : public testing::TestWithParam<Bad> {};

TEST_P(BadTemplate, IsNotIssued) {
  EXPECT_TRUE(fails_with(issue_with(GetParam().change), GetParam().code));
}

INSTANTIATE_TEST_SUITE_P(
    OfficialTemplate, BadTemplate,
    testing::Values(Bad{"no_guid", Errc::malformed, [](auto& d) { d.guid = "x"; }},
                    Bad{"braces", Errc::malformed, [](auto& d) { d.guid = "{" + d.guid + "}"; }},
                    Bad{"no_name", Errc::malformed, [](auto& d) { d.texts.clear(); }},
                    Bad{"empty_name", Errc::malformed, [](auto& d) { d.texts[0].name.clear(); }},
                    Bad{"colon", Errc::malformed, [](auto& d) { d.texts[0].name = "a:b"; }},
                    Bad{"semicolon", Errc::malformed, [](auto& d) { d.texts[0].name = "a;b"; }},
                    Bad{"semicolon_in_description", Errc::malformed, [](auto& d) { d.texts[0].description = ";"; }},
                    Bad{"line_feed", Errc::malformed, [](auto& d) { d.texts[0].name = "a\nb"; }},
                    Bad{"one_language_twice", Errc::malformed, [](auto& d) { d.texts[1].lcid = 1033; }},
                    Bad{"nobody", Errc::malformed, [](auto& d) { d.rights[0].mail.clear(); }},
                    Bad{"no_right", Errc::malformed, [](auto& d) { d.rights[0].rights.clear(); }},
                    Bad{"empty_right", Errc::malformed, [](auto& d) { d.rights[0].rights[0].clear(); }},
                    Bad{"two_expiries", Errc::malformed,
                        [](auto& d) {
                          d.expires = kNow;
                          d.content_days = 1;
                        }},
                    Bad{"no_day", Errc::malformed, [](auto& d) { d.content_days = 0; }},
                    Bad{"days", Errc::malformed, [](auto& d) { d.content_days = 10'000; }},
                    Bad{"license_days", Errc::malformed, [](auto& d) { d.license_days = 10'000; }},
                    Bad{"negative_days", Errc::malformed, [](auto& d) { d.license_days = -1; }},
                    Bad{"cache_by_hand", Errc::malformed,
                        [](auto& d) {
                          d.values = {{"NOLICCACHE", "0"}};
                        }},
                    Bad{"nameless_value", Errc::malformed,
                        [](auto& d) {
                          d.values = {{"", "0"}};
                        }},
                    Bad{"long_name", Errc::too_large, [](auto& d) { d.texts[0].name.assign(1025, 'a'); }},
                    Bad{"long_description", Errc::too_large, [](auto& d) { d.texts[0].description.assign(1025, 'a'); }},
                    Bad{"long_address", Errc::too_large, [](auto& d) { d.rights[0].mail.assign(1025, 'a'); }},
                    Bad{"long_right", Errc::too_large, [](auto& d) { d.rights[0].rights[0].assign(257, 'a'); }},
                    Bad{"long_referral", Errc::too_large, [](auto& d) { d.referral.assign(1025, 'a'); }},
                    Bad{"long_value", Errc::too_large,
                        [](auto& d) {
                          d.values = {{"a", std::string(1025, 'a')}};
                        }},
                    Bad{"values", Errc::too_large,
                        [](auto& d) {
                          d.values.assign(33, {"a", "b"});
                        }},
                    Bad{"languages", Errc::too_large,
                        [](auto& d) {
                          d.texts.assign(65, {1, "a", ""});
                        }},
                    Bad{"rights", Errc::too_large, [](auto& d) { d.rights[0].rights.assign(1022, "VIEW"); }}),
    [](const auto& each) { return std::string(each.param.what); });

TEST(OfficialTemplate, HoldsAsMuchAsItsLimitsSay) {
  const auto full = issue_with([](auto& d) {
    d.texts.clear();
    for (unsigned i = 0; i < 64; ++i) d.texts.push_back({i, std::string(1024, 'a'), std::string(1024, 'b')});
    d.rights = {{std::string(1024, 'm'), std::vector<std::string>(1024, std::string(256, 'R'))}};
    d.values.assign(32, {std::string(1024, 'n'), std::string(1024, 'v')});
    d.referral.assign(1024, 'u');
    d.content_days = d.license_days = 9999;
  });
  EXPECT_TRUE(succeeds(full));
}

TEST(Publication, TakesAnOfficialTemplateToTheCharacter) {
  auto what = test::publication();
  what.rights.clear();
  what.official_template = issued();
  const auto key = must(ContentKey::generate());
  const auto publish = [&] {
    return issue_publishing_license(test::licensor_certificate("alice"), key_of("alice's licensor"), what, key, kNow);
  };
  const auto opened = must(open_publishing_license(must(publish()), server().principal, key_of("server")));
  EXPECT_EQ(opened.rights_data.text(), what.official_template->text());
  EXPECT_TRUE(succeeds(opened.rights_data.verify_signature()));

  const auto good = what;
  what.rights = {{mail_of("bob"), {"VIEW"}, {}}};
  EXPECT_TRUE(fails_with(publish(), Errc::malformed));
  what = good;
  what.time.until = kNow + kDay;
  EXPECT_TRUE(fails_with(publish(), Errc::malformed));
  what = good;
  what.keep_no_license = true;
  EXPECT_TRUE(fails_with(publish(), Errc::malformed));
  what = good;
  what.official_template = server_certificate();
  EXPECT_TRUE(fails_with(publish(), Errc::malformed));
}

}  // namespace
}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
//
// Directories as they are read from files. Each test of a refusal says where it must point.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/directory/csv_reader.h"
#include "ctl/directory/ldif_reader.h"
#include "ctl/directory/sources.h"
#include "support/outcome.h"
#include "support/test_ca.h"
#include "xrml/keys.h"

namespace rms::ctl {
namespace {

using test::fails_with;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sources : public testing::Test {
 protected:
  const Reading silent_ = [](std::size_t) {};
  test::TempDir directory_;
};

class Csv : public Sources {
 protected:
  Result<Contents> read(const std::string& users, const std::string& groups = "", const ImportLimits& limits = {}) {
    return read_csv(directory_.write("users.csv", "mail,name,sid,aliases\n" + users),
                    directory_.write("groups.csv", "mail,name,sid,aliases,members\n" + groups), silent_, limits);
  }
  // What is wrong, after the folder's name.
  std::string refusal(const std::string& users, const std::string& groups = "", const ImportLimits& limits = {}) {
    const auto contents = read(users, groups, limits);
    if (contents) return "it was read";
    const auto& context = contents.error().context;
    return context.substr(context.rfind('/') + 1);
  }
};

TEST_F(Csv, ReadsUsersAndGroups) {
  const auto contents = must(
      read("carol@contoso.test,Carol,,\n"
           "bob@contoso.test,\"Bär, \"\"Bob\"\"\",S-1-5-21-1,robert@contoso.test; b@contoso.test;\n",
           "staff@contoso.test,Staff,S-1-5-21-9,all@contoso.test,carol@contoso.test;bob@contoso.test;BOB@contoso.test\n"
           "S-1-5-21-8,Without an address,S-1-5-21-8,,staff@contoso.test\n"));
  ASSERT_EQ(contents.users().size(), 2u);
  const auto& bob = contents.users()[0];
  EXPECT_EQ(bob.mail, "bob@contoso.test");
  EXPECT_EQ(bob.name, "Bär, \"Bob\"");
  EXPECT_EQ(bob.sid, "S-1-5-21-1");
  EXPECT_THAT(bob.aliases, ElementsAre("robert@contoso.test", "b@contoso.test"));
  EXPECT_EQ(contents.users()[1].mail, "carol@contoso.test");
  ASSERT_EQ(contents.groups().size(), 2u);
  EXPECT_EQ(contents.groups()[0].mail, "S-1-5-21-8");
  EXPECT_THAT(contents.groups()[1].members, ElementsAre("bob@contoso.test", "carol@contoso.test"));
  EXPECT_EQ(contents.unknown_members(), 0u);
}

TEST_F(Csv, ReadsByteOrderMarksWindowsLineEndsAndFilesWithoutALastLineEnd) {
  const auto users =
      directory_.write("u.csv", "\xEF\xBB\xBFmail,name,sid,aliases\r\n\r\n\"bob@contoso.test\",,,\"\"\r\n");
  const auto groups = directory_.write("g.csv", "mail,name,sid,aliases,members\r\nstaff@contoso.test,,,,");
  const auto contents = must(read_csv(users, groups, silent_));
  EXPECT_EQ(contents.users().at(0).mail, "bob@contoso.test");
  EXPECT_EQ(contents.groups().at(0).mail, "staff@contoso.test");
}

TEST_F(Csv, SaysWhereWhatIsWrong) {
  const std::string good = "bob@contoso.test,Bob,,\n";
  EXPECT_THAT(refusal(good + "carol@contoso.test,Carol\n"), HasSubstr("users.csv:3:1: expected 4 fields"));
  EXPECT_THAT(refusal(good + "a@b,c,,,,,,\n"), HasSubstr("users.csv:3:1: expected 4 fields, found more"));
  EXPECT_THAT(refusal(good + "a@b,ca\"rol,,\n"), HasSubstr("users.csv:3:7: a quote within a field"));
  EXPECT_THAT(refusal(good + "a@b,\"carol\" x,,\n"), HasSubstr("users.csv:3:12: expected a comma"));
  EXPECT_THAT(refusal(good + "a@b,\"carol,,\n\n"), HasSubstr("users.csv:3:5: the quote that begins here does not end"));
  EXPECT_THAT(refusal(good + "a@b,\xff,,\n"), HasSubstr("users.csv:3:5: this field is no UTF-8"));
  EXPECT_THAT(refusal(good + "carol,,,\n"), HasSubstr("users.csv:3:1: \"carol\" is no address"));
  EXPECT_THAT(refusal(good + "a@b,,S-2-5,\n"), HasSubstr("users.csv:3:1: \"S-2-5\" is no SID"));
  EXPECT_THAT(refusal(good + "a@b,,,x\n"), HasSubstr("users.csv:3:1: \"x\" is no address"));
  EXPECT_THAT(refusal(good + "a@b,\"two\nlines\",,\n"), HasSubstr("users.csv:3:1: the name must be"));
  EXPECT_THAT(refusal(good + "S-1-5-21-1,,S-1-5-21-1,\n"), HasSubstr("users.csv:3:1:")) << "groups only";
  EXPECT_THAT(refusal(good, "s@b,,,,x\n"), HasSubstr("groups.csv:2:1: \"x\" is no address"));
  EXPECT_THAT(refusal(good, "s@b,,,\n"), HasSubstr("groups.csv:2:1: expected 5 fields"));
}

TEST_F(Csv, WantsTheHeader) {
  const auto groups = directory_.write("g.csv", "mail,name,sid,aliases,members\n");
  for (const auto* text : {"", "bob@contoso.test,Bob,,\n", "mail,sid,name,aliases\n", "mail,name,sid\n",
                           "mail,name,sid,aliases,members\n"}) {
    const auto contents = read_csv(directory_.write("u.csv", text), groups, silent_);
    ASSERT_TRUE(fails_with(contents, Errc::malformed)) << text;
    EXPECT_THAT(contents.error().context, HasSubstr("u.csv:1:1: the first line must be: mail,name,sid,aliases"));
  }
}

TEST_F(Csv, RefusesWhatTwoHaveAndSaysWho) {
  EXPECT_THAT(refusal("bob@contoso.test,,,\nBOB@contoso.test,,,\n"),
              HasSubstr("users.csv:3:1: the address BOB@contoso.test is that of bob@contoso.test too"));
  EXPECT_THAT(refusal("bob@contoso.test,,,x@contoso.test\n", "staff@contoso.test,,,X@contoso.test,\n"),
              HasSubstr("groups.csv:2:1: the address X@contoso.test is that of bob@contoso.test too"));
  EXPECT_THAT(refusal("bob@contoso.test,,S-1-5-1,\ncarol@contoso.test,,S-1-5-1,\n"),
              HasSubstr("users.csv:3:1: the SID S-1-5-1 is that of bob@contoso.test too"));
}

TEST_F(Csv, CountsAnAddressOnceThatOneEntryNamesTwice) {
  const auto contents = must(read("bob@contoso.test,,,BOB@contoso.test;x@contoso.test;X@contoso.test\n"));
  EXPECT_THAT(contents.users().at(0).aliases, ElementsAre("x@contoso.test"));
}

TEST_F(Csv, CountsMembersWhomNobodyKnows) {
  const auto contents = must(read("bob@contoso.test,,S-1-5-1,x@contoso.test\n",
                                  "s@contoso.test,,,,x@contoso.test;nobody@contoso.test;S-1-5-1;S-1-5-9\n"
                                  "S-1-5-9,,S-1-5-9,,s@contoso.test\n"));
  EXPECT_EQ(contents.unknown_members(), 2u) << "nobody, and a user's SID, which is no address";
}

TEST_F(Csv, KeepsToLimits) {
  const ImportLimits limits{.principals = 3, .members = 4, .aliases = 2, .name_bytes = 5};
  const std::string two = "a@b,12345,,c@b;d@b\ne@b,,,\n", group = "g@b,,,,a@b;e@b;x@b;y@b\n";
  EXPECT_TRUE(test::succeeds(read(two, group, limits)));
  EXPECT_TRUE(fails_with(read(two + "f@b,,,\n", group, limits), Errc::too_large));
  EXPECT_TRUE(fails_with(read(two, "g@b,,,,a@b;e@b;x@b;y@b;z@b\n", limits), Errc::too_large));
  EXPECT_TRUE(fails_with(read("a@b,,,c@b;d@b;e@b\n", "", limits), Errc::too_large));
  EXPECT_TRUE(fails_with(read("a@b,123456,,\n", "", limits), Errc::malformed));
  EXPECT_TRUE(fails_with(read("a@b,\"" + std::string(kMaxCsvFieldBytes + 1, 'x') + "\",,\n"), Errc::too_large));
  EXPECT_TRUE(fails_with(read("a@b," + std::string(kMaxCsvFieldBytes + 1, 'x') + ",,\n"), Errc::too_large));
}

TEST_F(Csv, SaysThatAFileCannotBeRead) {
  const auto good = directory_.write("u.csv", "mail,name,sid,aliases\n");
  EXPECT_TRUE(fails_with(read_csv(directory_.path() / "none", good, silent_), Errc::io_error));
  EXPECT_TRUE(fails_with(read_csv(directory_.path(), good, silent_), Errc::io_error)) << "a folder";
  const auto utf16 = directory_.write("utf16.csv", std::string_view("\xff\xfem\0a\0", 6));
  const auto refused = read_csv(utf16, good, silent_);
  EXPECT_THAT(refused.error().context, HasSubstr("UTF-16"));
}

TEST_F(Csv, TellsOfLongFilesWhileItReads) {
  std::string users = "mail,name,sid,aliases\n";
  for (std::size_t i = 0; i <= kEntriesPerReport; ++i) users += "u" + std::to_string(i) + "@contoso.test,,,\n";
  std::vector<std::size_t> told;
  must(read_csv(directory_.write("u.csv", users), directory_.write("g.csv", "mail,name,sid,aliases,members\n"),
                [&](std::size_t entries) { told.push_back(entries); }));
  EXPECT_THAT(told, ElementsAre(kEntriesPerReport));
}

class Ldif : public Sources {
 protected:
  Result<Contents> read(const std::string& text, const ImportLimits& limits = {}) {
    return read_ldif(directory_.write("contoso.ldif", text), silent_, limits);
  }
  std::string refusal(const std::string& text) {
    const auto contents = read(text);
    if (contents) return "it was read";
    const auto& context = contents.error().context;
    return context.substr(context.rfind('/') + 1);
  }
};

// As ldapsearch prints Active Directory's answer: folded lines, base64, a result at the end.
constexpr const char* kActiveDirectory =
    "# extended LDIF\n#\n# LDAPv3\n\n"
    "# Bob Baer, People, contoso.test\n"
    "dn:: Q049Qm9iIELDpHIsT1U9UGVvcGxlLERDPWNvbnRvc28sREM9dGVzdA==\n"  // CN=Bob Bär,OU=People,DC=contoso,DC=test
    "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n"
    "cn:: Qm9iIELDpHI=\n"
    "objectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA6QMAAA==\n"
    "proxyAddresses: X500:/o=Contoso/cn=bob\n"
    "proxyAddresses: smtp:robert@contoso.test\n"
    "proxyAddresses: SMTP:bob@contoso.test\n"
    "proxyAddresses: smtp:b.baer@\n contoso.test\n"
    "mail: bob@contoso.test\n"
    "thumbnailPhoto:: /9j/4AAQ\n\n"
    "dn: CN=Carol,OU=People,DC=contoso,DC=test\n"
    "objectClass: user\ncn: Carol\ndisplayName: Carol C.\nmail: carol@contoso.test\nobjectSid: S-1-5-21-1-2-3-1002\n\n"
    "dn: CN=Staff,OU=Groups,DC=contoso,DC=test\n"
    "objectClass: top\nobjectClass: group\ncn: Staff\nmail: staff@contoso.test\n"
    "member:: Q049Qm9iIELDpHIsT1U9UGVvcGxlLERDPWNvbnRvc28sREM9dGVzdA==\n"
    "member: CN=Inner,OU=Groups,DC=contoso,DC=test\n"
    "member: CN=Stranger,DC=fabrikam,DC=test\n\n"
    "dn: CN=Inner,OU=Groups,DC=contoso,DC=test\n"
    "objectClass: group\ncn: Inner\nobjectSid: S-1-5-21-1-2-3-2001\n"
    "member;range=0-0: cn=carol, ou=people, dc=CONTOSO, dc=test\n"
    "member;range=1-*: CN=Nobody,OU=People,DC=contoso,DC=test\n\n"
    "dn: CN=Nobody,OU=People,DC=contoso,DC=test\nobjectClass: user\ncn: Nobody\n\n"
    "dn: OU=People,DC=contoso,DC=test\nobjectClass: organizationalUnit\nou: People\n\n"
    "# search reference\nref: ldap://fabrikam.test/DC=fabrikam,DC=test\n\n"
    "# search result\nsearch: 2\nresult: 0 Success\n";

TEST_F(Ldif, ReadsWhatLdapsearchPrintsOfActiveDirectory) {
  const auto contents = must(read(kActiveDirectory));
  ASSERT_EQ(contents.users().size(), 2u);
  const auto& bob = contents.users()[0];
  EXPECT_EQ(bob.mail, "bob@contoso.test");
  EXPECT_EQ(bob.name, "Bob Bär");
  EXPECT_EQ(bob.sid, "S-1-5-21-1-2-3-1001");
  EXPECT_THAT(bob.aliases, ElementsAre("robert@contoso.test", "b.baer@contoso.test"));
  EXPECT_EQ(contents.users()[1].name, "Carol C.");
  EXPECT_EQ(contents.users()[1].sid, "S-1-5-21-1-2-3-1002");
  ASSERT_EQ(contents.groups().size(), 2u);
  EXPECT_EQ(contents.groups()[0].mail, "S-1-5-21-1-2-3-2001") << "a group without an address, by its SID";
  EXPECT_THAT(contents.groups()[0].members, ElementsAre("carol@contoso.test"));
  EXPECT_THAT(contents.groups()[1].members, ElementsAre("bob@contoso.test", "S-1-5-21-1-2-3-2001"));
  EXPECT_EQ(contents.unknown_members(), 0u);
  EXPECT_THAT(contents.remarks,
              ElementsAre(HasSubstr("1 entries have no mail address"), HasSubstr("2 members of groups are left out")));
}

TEST_F(Ldif, ReadsWindowsLineEndsVersionsAndAdditions) {
  const auto contents = must(
      read("\xEF\xBB\xBFversion: 1\r\n\r\ndn: CN=a\r\nchangetype: add\r\nobjectClass: user\r\nmail: a@contoso.test"));
  EXPECT_EQ(contents.users().at(0).mail, "a@contoso.test");
}

TEST_F(Ldif, TakesThePrimaryProxyAddressWhereMailIsMissing) {
  const auto contents =
      must(read("dn: CN=a\nobjectClass: contact\nproxyAddresses: smtp:b@c.test\nproxyAddresses: SMTP:a@c.test\n"));
  EXPECT_EQ(contents.users().at(0).mail, "a@c.test");
  EXPECT_THAT(contents.users().at(0).aliases, ElementsAre("b@c.test"));
}

TEST_F(Ldif, SaysWhereWhatIsWrong) {
  const std::string dn = "dn: CN=a\nobjectClass: user\n";
  EXPECT_THAT(refusal("mail: a@b\n"), HasSubstr("contoso.ldif:1:1: expected \"dn: ...\""));
  EXPECT_THAT(refusal(dn + "junk\n"), HasSubstr("contoso.ldif:3:1: expected \"attribute: value\""));
  EXPECT_THAT(refusal(dn + ": x\n"), HasSubstr("contoso.ldif:3:1:"));
  EXPECT_THAT(refusal(dn + "mail:: !!\n"), HasSubstr("contoso.ldif:3:8: this is no base64"));
  EXPECT_THAT(refusal(dn + "mail:< file:///etc/passwd\n"), HasSubstr("contoso.ldif:3:1: a value in another file"));
  EXPECT_THAT(refusal(dn + "mail: a@\n b\nobjectSid:: AQ==\n"), HasSubstr("contoso.ldif:5:13: this is no SID"));
  EXPECT_THAT(refusal(dn + "objectSid:: AgUAAAAAAAUVAAAAAQAAAAIAAAADAAAA6QMAAA==\n"), HasSubstr("is no SID"));
  EXPECT_THAT(refusal(dn + "cn:: /w==\n"), HasSubstr("contoso.ldif:3:6: this value is no UTF-8"));
  EXPECT_THAT(refusal("dn: CN=a\nchangetype: delete\n"), HasSubstr("contoso.ldif:2:13: changes are not read"));
  EXPECT_THAT(refusal(dn + "mail: nobody\n"), HasSubstr("contoso.ldif:1:5: \"nobody\" is no address"));
  EXPECT_THAT(refusal(dn + "mail: a@b\n\n" + dn + "mail: a@c\n"),
              HasSubstr("contoso.ldif:5:5: this entry stands here twice"));
  EXPECT_THAT(refusal(dn + "mail: a@b\n\ndn: CN=b\nobjectClass: user\nmail: A@b\n"),
              HasSubstr("contoso.ldif:5:5: the address A@b is that of a@b too"));
  EXPECT_THAT(refusal("dn: CN=a\nobjectClass: group\nmail: g@b\nmember;range=0-1499: CN=x\n"),
              HasSubstr("contoso.ldif:1:5: the members of this group are cut off"));
}

TEST_F(Ldif, KeepsToLimits) {
  const auto user = [](const std::string& name, const std::string& more = "") {
    return "dn: CN=" + name + "\nobjectClass: user\nmail: " + name + "@b\n" + more + "\n";
  };
  const std::string group = "dn: CN=g\nobjectClass: group\nmail: g@b\nmember: CN=a\nmember: CN=b\n";
  const ImportLimits limits{.principals = 3, .members = 2, .aliases = 1};
  EXPECT_TRUE(test::succeeds(read(user("a") + user("b") + group, limits)));
  EXPECT_TRUE(fails_with(read(user("a") + user("b") + user("c") + group, limits), Errc::too_large));
  EXPECT_TRUE(fails_with(read(user("a") + user("b") + group + "member: CN=c\n", limits), Errc::too_large));
  EXPECT_TRUE(
      fails_with(read(user("a", "proxyAddresses: smtp:x@b\nproxyAddresses: smtp:y@b\n"), limits), Errc::too_large));
  std::string names;
  for (int i = 0; i < 7; ++i) names += "dn: OU=" + std::to_string(i) + "\nobjectClass: organizationalUnit\n\n";
  EXPECT_TRUE(fails_with(read(names, limits), Errc::too_large));
  EXPECT_TRUE(test::succeeds(read(user("a", "photo: " + std::string(kMaxLdifLineBytes - 7, 'x') + "\n"))));
  EXPECT_TRUE(fails_with(read(user("a", "photo: " + std::string(kMaxLdifLineBytes - 6, 'x') + "\n")), Errc::too_large));
  std::string many;
  for (int i = 0; i <= 5'000; ++i) many += "proxyAddresses: smtp:a" + std::to_string(i) + "@b\n";
  EXPECT_TRUE(fails_with(read(user("a", many)), Errc::too_large));
}

TEST(Utf8, IsTheShortestFormOfCharactersThatThereAre) {
  for (const auto* good : {"", "a", "ä", "€", "😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const auto* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3x", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80",
                          "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace rms::ctl

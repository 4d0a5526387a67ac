// SPDX-License-Identifier: Apache-2.0
//
// Who a name stands for, in a directory that a test fills, and what an administrator is told of it.
#include "ctl/lookup/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/sid.h"
#include "ctl/lookup/command.h"
#include "ctl/lookup/ldap_directory.h"
#include "ctl/lookup/ldap_failure.h"
#include "ctl/lookup/report.h"
#include "support/outcome.h"

namespace rms::ctl {
namespace {

using test::fails_with;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kDomainSid = "S-1-5-21-1-2-3";

std::string bytes_of(const std::string& sid) {
  return sid_bytes(sid).value();
}
std::string sid_of(int rid) {
  return std::string(kDomainSid) + "-" + std::to_string(rid);
}

// Answers by base and filter, in the order in which they were put.
class FakeDirectory final : public Directory {
 public:
  struct Known {
    std::string base, filter;  // of the question; the filter may be a part of it
    DirectoryAnswer answer;
  };

  Result<DirectoryAnswer> search(const DirectorySearch& what) override {
    asked_.push_back(what);
    if (away) return Error(Errc::unavailable, "gone");
    for (const Known& each : known)
      if (each.base == what.base && what.filter.find(each.filter) != std::string::npos) return each.answer;
    return DirectoryAnswer{};
  }
  std::string where() const override { return "ldap://dc1.contoso.test"; }
  const std::vector<DirectorySearch>& asked() const { return asked_; }

  std::vector<Known> known;
  bool away = false;

 private:
  std::vector<DirectorySearch> asked_;
};

DirectoryEntry account(const std::string& name, const std::string& object_class, int rid) {
  return {"CN=" + name + ",DC=contoso,DC=test",
          {{"objectclass", {"top", object_class}}, {"samaccountname", {name}}, {"objectsid", {bytes_of(sid_of(rid))}}}};
}

class Lookup : public testing::Test {
 protected:
  Lookup() {
    directory_.known.push_back({"",
                                "objectClass=*",
                                {{{"",
                                   {{"defaultnamingcontext", {"DC=contoso,DC=test"}},
                                    {"configurationnamingcontext", {"CN=Configuration,DC=contoso,DC=test"}}}}}}});
    directory_.known.push_back(
        {"DC=contoso,DC=test", "(objectClass=*)", {{{"DC=contoso,DC=test", {{"objectsid", {bytes_of(kDomainSid)}}}}}}});
    directory_.known.push_back({"CN=Partitions,CN=Configuration,DC=contoso,DC=test",
                                "nCName=DC=contoso,DC=test",
                                {{{"CN=CONTOSO", {{"dnsroot", {"contoso.test"}}, {"netbiosname", {"CONTOSO"}}}}}}});
  }

  void put(const std::string& filter, std::vector<DirectoryEntry> entries, bool cut_off = false) {
    directory_.known.push_back({"DC=contoso,DC=test", filter, {std::move(entries), cut_off}});
  }
  Domain domain() { return must(read_domain(directory_)); }
  Answer ask(std::string_view name) { return must(look_up(directory_, domain(), must(parse_name(name)))); }
  std::string told(std::string_view name) { return text_report(ask(name), domain()); }
  std::string problem(std::string_view name) { return problem_of(ask(name), domain(), directory_.where()); }

  FakeDirectory directory_;
};

TEST_F(Lookup, TheControllerSaysWhatItsDomainIsCalled) {
  EXPECT_EQ(domain().names.netbios, "CONTOSO");
  EXPECT_EQ(domain().names.dns, "contoso.test");
  EXPECT_EQ(domain().sid, kDomainSid);
}

TEST_F(Lookup, AServerThatHasNoDomainIsNoController) {
  directory_.known.clear();
  EXPECT_TRUE(fails_with(read_domain(directory_), Errc::unsupported));
  directory_.away = true;
  EXPECT_TRUE(fails_with(read_domain(directory_), Errc::unavailable));
}

TEST_F(Lookup, AComputerHasTheGroupsOfItsTicket) {
  put("sAMAccountName=EXCH01$", {account("EXCH01$", "computer", 1101)});
  directory_.known.push_back({"CN=EXCH01$,DC=contoso,DC=test",
                              "",
                              {{{"", {{"tokengroups", {bytes_of(sid_of(1102)), bytes_of(sid_of(515)), "no SID"}}}}}}});
  put("(|(objectSid=", {account("Exchange Servers", "group", 1102)});
  EXPECT_EQ(told("EXCH01$"),
            "EXCH01$ is a computer\n"
            "  account    EXCH01$@CONTOSO.TEST\n"
            "             CONTOSO\\EXCH01$\n"
            "  SID        S-1-5-21-1-2-3-1101\n"
            "  place      CN=EXCH01$,DC=contoso,DC=test\n"
            "  in groups  S-1-5-21-1-2-3-1102  Exchange Servers\n"
            "             S-1-5-21-1-2-3-515\n"
            "  settings   match: {sid: S-1-5-21-1-2-3-1101}\n"
            "             trusted_domains: [S-1-5-21-1-2-3]\n");
  EXPECT_EQ(problem("EXCH01$"), "");
}

TEST_F(Lookup, AGroupIsFoundInTheGroupsThatHoldIt) {
  auto group = account("Exchange Servers", "group", 1102);
  group.attributes["grouptype"] = {"-2147483646"};
  put("cn=Exchange Servers", {group});
  put("(member:1.2.840.113556.1.4.1941:=CN=Exchange Servers,DC=contoso,DC=test)", {account("All Mail", "group", 1103)});
  const auto answer = ask("Exchange Servers");
  ASSERT_EQ(answer.accounts.size(), 1u);
  EXPECT_EQ(answer.accounts[0].scope, "global");
  ASSERT_EQ(answer.accounts[0].groups.size(), 1u);
  EXPECT_EQ(answer.accounts[0].groups[0].name, "All Mail");
  EXPECT_EQ(match_line(answer.accounts[0]), "match: {group_sid: S-1-5-21-1-2-3-1102}");
}

TEST_F(Lookup, AGroupThatNoTicketNamesHasNoLineForTheSettings) {
  for (const char* type : {"2", "8", "-2147483643"}) {  // distribution groups; built in
    auto group = account("News", "group", 1104);
    group.attributes["grouptype"] = {type};
    directory_.known.resize(3);
    put("cn=News", {group});
    EXPECT_EQ(match_line(ask("News").accounts.at(0)), "") << type;
    EXPECT_THAT(told("News"), HasSubstr("tickets do not name this group"));
  }
}

TEST_F(Lookup, KindsAreToldApart) {
  const std::vector<std::pair<std::string, AccountKind>> kKinds{
      {"computer", AccountKind::computer},
      {"user", AccountKind::user},
      {"msDS-GroupManagedServiceAccount", AccountKind::group_managed},
      {"msDS-ManagedServiceAccount", AccountKind::managed},
      {"foreignSecurityPrincipal", AccountKind::foreign},
      {"container", AccountKind::other}};
  for (const auto& [object_class, kind] : kKinds) {
    directory_.known.resize(3);
    auto entry = account("X", object_class, 1105);
    entry.attributes["objectclass"].insert(entry.attributes["objectclass"].begin(), "user");
    if (kind == AccountKind::foreign || kind == AccountKind::other) entry.attributes["objectclass"] = {object_class};
    if (kind == AccountKind::group_managed) entry.attributes["objectclass"].push_back("computer");
    put("cn=X", {entry});
    EXPECT_EQ(ask("X").accounts.at(0).kind, kind) << object_class;
  }
}

TEST_F(Lookup, SeveralMatchesAreAllShownAndAmbiguous) {
  auto off = account("EXCH01", "user", 1107);
  off.attributes["useraccountcontrol"] = {"514"};
  put("sAMAccountName=EXCH01", {account("EXCH01$", "computer", 1106), off});
  EXPECT_THAT(told("EXCH01"), HasSubstr("EXCH01$ is a computer\n  account    EXCH01$@"));
  EXPECT_THAT(told("EXCH01"), HasSubstr("EXCH01 is a user, disabled\n  account    EXCH01@"));
  EXPECT_THAT(problem("EXCH01"), HasSubstr("EXCH01: ambiguous, 2 have that name"));
}

TEST_F(Lookup, MoreThanTheLimitIsSaid) {
  put("cn=X", {account("X", "user", 1108)}, true);
  EXPECT_THAT(problem("X"), HasSubstr("more than 1 have that name"));
  for (const auto& asked : directory_.asked()) EXPECT_LE(asked.most, kMostGroupsShown);
}

TEST_F(Lookup, WhatIsNotFoundSaysWhatWasSearchedWhere) {
  EXPECT_EQ(problem("NOBODY"),
            "NOBODY: not found; searched as account name (with and without $) or common name in all of CONTOSO.TEST "
            "(CONTOSO) at ldap://dc1.contoso.test");
  EXPECT_THAT(problem("S-1-5-21-1-2-3-4"), HasSubstr("searched as SID"));
  EXPECT_THAT(problem("a@contoso.test"), HasSubstr("user principal name or mail address"));
}

TEST_F(Lookup, AnotherDomainIsNotSearchedHere) {
  const auto before = domain();
  const auto asked = directory_.asked().size();
  EXPECT_TRUE(must(look_up(directory_, before, must(parse_name("FABRIKAM\\EXCH01$")))).accounts.empty());
  EXPECT_EQ(directory_.asked().size(), asked);
  EXPECT_THAT(problem("FABRIKAM\\EXCH01$"), HasSubstr("of another domain than CONTOSO.TEST (CONTOSO)"));
}

TEST_F(Lookup, GroupsAreNamedInBoundedQuestionsAndShownUpToALimit) {
  put("sAMAccountName=EXCH01$", {account("EXCH01$", "computer", 1101)});
  DirectoryEntry token;
  for (int rid = 2000; rid < 2500; ++rid) token.attributes["tokengroups"].push_back(bytes_of(sid_of(rid)));
  directory_.known.push_back({"CN=EXCH01$,DC=contoso,DC=test", "", {{token}}});
  const auto answer = ask("EXCH01$");
  EXPECT_EQ(answer.accounts.at(0).groups.size(), kMostGroupsShown);
  EXPECT_THAT(text_report(answer, domain()), HasSubstr("and more than these 200\n"));
  for (const auto& asked : directory_.asked()) EXPECT_LT(asked.filter.size(), 8'000u);
}

TEST_F(Lookup, AnEntryWithoutAReadableSidIsAnError) {
  auto entry = account("X", "user", 1109);
  entry.attributes["objectsid"] = {"S-1-5"};
  put("cn=X", {entry});
  EXPECT_TRUE(fails_with(look_up(directory_, domain(), must(parse_name("X"))), Errc::malformed));
}

TEST_F(Lookup, WhatTheDirectoryHoldsDoesNotSteerTheTerminal) {
  const std::string hostile =
      "X\x1b[2J\r\n\xc2\x9b\xe2\x80\xae\xff"
      "b\xc3\xa4r";
  auto entry = account(hostile, "user", 1110);
  entry.attributes["mail"] = {hostile};
  put("cn=X", {entry});
  directory_.known.push_back({entry.dn, "", {{{"", {{"tokengroups", {bytes_of(sid_of(1111))}}}}}}});
  put("(|(objectSid=", {account(hostile, "group", 1111)});
  const auto text = told("X");
  EXPECT_THAT(text, HasSubstr("X?[2J?????b\xc3\xa4r is a user\n"));
  for (const char* bad : {"\x1b", "\r", "\xc2\x9b", "\xe2\x80\xae", "\xff"}) EXPECT_THAT(text, Not(HasSubstr(bad)));
  const std::vector<Answer> answers{ask("X")};
  const auto json = json_report(answers, domain(), directory_.where());
  for (const char c : json.substr(0, json.size() - 1)) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << json;
}

TEST_F(Lookup, JsonHasAllOfIt) {
  put("sAMAccountName=EXCH01$", {account("EXCH01$", "computer", 1101)});
  const std::vector<Answer> answers{ask("EXCH01$"), ask("NOBODY")};
  const auto json = nlohmann::json::parse(json_report(answers, domain(), directory_.where()));
  EXPECT_EQ(json["domain"]["sid"], kDomainSid);
  EXPECT_EQ(json["names"][0]["found"][0]["match"]["sid"], sid_of(1101));
  EXPECT_EQ(json["names"][0]["found"][0]["accounts"][1], "CONTOSO\\EXCH01$");
  EXPECT_FALSE(json["names"][0].contains("problem"));
  EXPECT_THAT(json["names"][1]["problem"].get<std::string>(), HasSubstr("not found"));
}

// ---- failures, as OpenLDAP and MIT Kerberos word them

TEST(LookupFailure, NamesItsCure) {
  struct Case {
    int code;
    const char* detail;
    Errc meaning;
    const char* cure;
  };
  const auto gss = [](const char* words) {
    return "SASL(-1): generic failure: GSSAPI Error: Unspecified GSS failure.  Minor code may provide more information "
           "(" +
           std::string(words) + ")";
  };
  const std::string skew = gss("Clock skew too great"), over = gss("Ticket expired"),
                    unknown = gss("Server ldap/127.0.0.1@CONTOSO.TEST not found in Kerberos database"),
                    none = gss("No Kerberos credentials available"),
                    away = gss("Cannot contact any KDC for realm 'CONTOSO.TEST'");
  for (const Case& each : {
           Case{-6, "SASL(-4): no mechanism available: No worthy mechs found", Errc::unsupported,
                "libsasl2-modules-gssapi-mit"},
           Case{-2, skew.c_str(), Errc::not_valid_now, "clocks"},
           Case{-2, over.c_str(), Errc::not_valid_now, "kinit"},
           Case{-2, none.c_str(), Errc::not_found, "kinit"},
           Case{-2, unknown.c_str(), Errc::untrusted, "whole name"},
           Case{-2, away.c_str(), Errc::unavailable, "port 88"},
           Case{8, "SASL:[GSSAPI]: Sign or Seal are required.", Errc::denied, "ldaps://"},
           Case{49, "80090346: LdapErr: DSID-0C0906B0, data 80090346, v4563", Errc::denied, "channel binding"},
           Case{49, "", Errc::denied, "does not take your ticket"},
           Case{-5, "", Errc::deadline_exceeded, "in time"},
           Case{-1, "", Errc::unavailable, "ended the connection"},
           Case{80, "something else", Errc::denied, "something else"},
       }) {
    const auto error = bind_failure(each.code, each.detail, "ldap://dc1.contoso.test");
    EXPECT_TRUE(error == each.meaning) << error.to_string();
    EXPECT_THAT(error.context, HasSubstr(each.cure));
  }
  EXPECT_THAT(bind_failure(8, "", "ldaps://dc1").context, HasSubstr("use ldap://"));
  EXPECT_THAT(connect_failure(-1, "", "ldap://dc1").context, HasSubstr("389"));
  EXPECT_THAT(connect_failure(-1, "(unknown error code)\x1b", "ldaps://dc1").context,
              HasSubstr("--ca must have signed"));
  EXPECT_THAT(connect_failure(-1, "\x1b", "ldaps://dc1").context, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(search_failure(1, "", "ldap://dc1") == Errc::denied);
  EXPECT_TRUE(search_failure(-5, "", "ldap://dc1") == Errc::deadline_exceeded);
}

// ---- the command line

TEST(LookupOptions, AServerIsAnLdapName) {
  for (const char* good : {"ldap://dc1.contoso.test", "ldaps://dc1:636", "ldap://[::1]:389", "ldap://192.0.2.1"})
    EXPECT_TRUE(test::succeeds(check_server(good))) << good;
  for (const char* bad : {"", "dc1.contoso.test", "ldap://", "ldapi://x", "http://dc1", "ldap://dc1/dc=test?x",
                          "ldap://a b", "ldap://dc1 ldap://dc2"})
    EXPECT_TRUE(fails_with(check_server(bad), Errc::invalid_setting)) << bad;
}

TEST(LookupOptions, TlsNeedsACa) {
  LookupOptions options;
  options.names = {"EXCH01$"};
  EXPECT_TRUE(test::succeeds(check_lookup(options)));
  options.server = "ldaps://dc1";
  EXPECT_TRUE(fails_with(check_lookup(options), Errc::invalid_setting));
  options.ca = "ca.pem";
  EXPECT_TRUE(test::succeeds(check_lookup(options)));
  options.server = "ldap://dc1";
  EXPECT_TRUE(fails_with(check_lookup(options), Errc::invalid_setting));
  options.server.clear();
  EXPECT_TRUE(fails_with(check_lookup(options), Errc::invalid_setting));
}

}  // namespace
}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/authorizer.h"

#include <set>

#include <gtest/gtest.h>

namespace rms::connector {
namespace {

using soap::Operation;

const std::string kFingerprint(64, 'a');

ServerEntry entry(std::string name, Match match) {
  ServerEntry entry;
  entry.name = std::move(name);
  entry.match = std::move(match);
  entry.operations = {Operation::certify, Operation::acquire_license};
  return entry;
}

Principal principal(std::vector<std::string> dns, std::vector<std::string> uris = {}, std::string fingerprint = {}) {
  Principal who;
  auto& certificate = who.certificate.emplace();
  certificate.dns = std::move(dns);
  certificate.uris = std::move(uris);
  certificate.fingerprint = std::move(fingerprint);
  return who;
}

class Authorizer : public testing::Test {
 protected:
  void list(ServerEntry entry) { settings.servers.push_back(std::move(entry)); }
  // The name of the entry that is recognized, or the reason why none is.
  std::string recognized(const Principal& who) const {
    const Decision decision = recognize(who);
    EXPECT_EQ(decision.allowed(), decision.entry != nullptr);
    return decision.entry != nullptr ? decision.entry->name : std::string(decision.reason);
  }
  Decision recognize(const Principal& who) const { return servers().recognize(who); }
  Decision authorize(const Principal& who, Operation operation, WallTime now = {}) const {
    return servers().authorize(who, operation, now);
  }

  std::shared_ptr<Settings> shared = std::make_shared<Settings>();
  Settings& settings = *shared;

  ServerList servers() const { return ServerList(shared); }
};

TEST_F(Authorizer, RecognizesAServerByItsDnsName) {
  list(entry("exchange", {.dns = "exchange.contoso.test"}));
  EXPECT_EQ(recognized(principal({"exchange.contoso.test"})), "exchange");
  EXPECT_EQ(recognized(principal({"other.test", "EXCHANGE.Contoso.Test"})), "exchange");
}

TEST_F(Authorizer, CallsACallerByTheNameThatMatched) {
  auto who = principal({"first.test", "Exch01.contoso.test"}, {"spiffe://a/b", "spiffe://contoso.test/exchange"},
                       kFingerprint);
  who.name = "dns:first.test";
  EXPECT_EQ(matched_name(entry("e", {.dns = "exch01.contoso.test"}), who), "dns:Exch01.contoso.test");
  EXPECT_EQ(matched_name(entry("e", {.dns = "exch*.contoso.test"}), who), "dns:Exch01.contoso.test");
  EXPECT_EQ(matched_name(entry("e", {.uri = "spiffe://contoso.test/exchange"}), who),
            "uri:spiffe://contoso.test/exchange");
  EXPECT_EQ(matched_name(entry("e", {.fingerprint = kFingerprint}), who), "dns:first.test");
  who.certificate.reset();
  EXPECT_EQ(matched_name(entry("e", {.account = "first"}), who), "dns:first.test") << "a ticket has one name";
}

TEST_F(Authorizer, NamesAllThatClaimACaller) {
  list(entry("a", {.dns = "a.test"}));
  list(entry("b", {.dns = "b.test"}));
  list(entry("c", {.dns = "c.test"}));
  const auto names = [&](const Principal& who) {
    std::set<std::string> found;
    const ServerList all = servers();
    for (const ServerEntry* each : all.claimants(who)) found.insert(each->name);
    return found;
  };
  EXPECT_EQ(names(principal({"a.test", "b.test", "A.test"})), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(names(principal({"a.test"})), (std::set<std::string>{"a"}));
  EXPECT_TRUE(names(principal({"x.test"})).empty());
  list(entry("d", {.fingerprint = kFingerprint}));
  EXPECT_EQ(names(principal({"a.test", "b.test"}, {}, kFingerprint)), (std::set<std::string>{"d"})) << "more specific";
}

TEST_F(Authorizer, DoesNotRecognizeAnyOther) {
  list(entry("exchange", {.dns = "exchange.contoso.test"}));
  EXPECT_EQ(recognized(principal({"stranger.contoso.test"})), "no_entry");
  EXPECT_EQ(recognized(principal({"exchange.contoso.test.evil.test"})), "no_entry");
  EXPECT_EQ(recognized(principal({"exchange.contoso.tes"})), "no_entry");
  EXPECT_EQ(recognized(principal({"*.contoso.test"})), "no_entry") << "a wildcard in a certificate is nobody's name";
  EXPECT_EQ(recognized(principal({}, {"exchange.contoso.test"})), "no_entry") << "a URI is no DNS name";
  EXPECT_EQ(recognized(principal({})), "no_entry");
  EXPECT_EQ(recognize(principal({})).verdict, Verdict::unknown_principal);
}

TEST_F(Authorizer, LooksAtTheCertificateAndNotAtTheNameForLogs) {
  list(entry("exchange", {.dns = "exchange.contoso.test"}));
  Principal who = principal({"stranger.contoso.test"});
  who.name = "dns:exchange.contoso.test";
  who.certificate->subject = "CN=exchange.contoso.test";
  EXPECT_EQ(recognized(who), "no_entry");
}

TEST_F(Authorizer, WantsAllOfAMatch) {
  list(entry("both", {.dns = "a.test", .uri = "spiffe://a", .fingerprint = kFingerprint}));
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://a"}, kFingerprint)), "both");
  EXPECT_EQ(recognized(principal({"b.test"}, {"spiffe://a"}, kFingerprint)), "no_entry");
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://A"}, kFingerprint)), "no_entry");
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://a"}, std::string(64, 'b'))), "no_entry");
}

TEST_F(Authorizer, RecognizesNobodyByAnEmptyMatch) {
  list(entry("nobody", {}));
  EXPECT_EQ(recognized(principal({"a.test"}, {}, kFingerprint)), "no_entry");
}

TEST_F(Authorizer, TakesTheMostSpecificEntry) {
  list(entry("dns", {.dns = "a.test"}));
  list(entry("uri", {.uri = "spiffe://a"}));
  list(entry("dns and uri", {.dns = "a.test", .uri = "spiffe://a"}));
  list(entry("fingerprint", {.fingerprint = kFingerprint}));
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://a"}, kFingerprint)), "fingerprint");
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://a"})), "dns and uri");
  EXPECT_EQ(recognized(principal({"b.test"}, {"spiffe://a"})), "uri");
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://b"})), "dns");
}

TEST_F(Authorizer, TakesItWhateverTheOrder) {
  list(entry("fingerprint", {.fingerprint = kFingerprint}));
  list(entry("uri", {.uri = "spiffe://a"}));
  list(entry("dns", {.dns = "a.test"}));
  EXPECT_EQ(recognized(principal({"a.test"}, {"spiffe://a"}, kFingerprint)), "fingerprint");
}

TEST_F(Authorizer, RecognizesNobodyWhomTwoEntriesClaimAlike) {
  list(entry("first", {.dns = "a.test"}));
  list(entry("second", {.dns = "b.test"}));
  EXPECT_EQ(recognized(principal({"a.test", "b.test"})), "ambiguous_entry");
  list(entry("third", {.uri = "spiffe://a"}));
  EXPECT_EQ(recognized(principal({"a.test", "b.test"}, {"spiffe://a"})), "third");
}

TEST_F(Authorizer, SaysThatTheListIsEmpty) {
  const Decision decision = recognize(principal({"a.test"}));
  EXPECT_EQ(decision.verdict, Verdict::empty_list);
  EXPECT_EQ(decision.reason, "no_servers_configured");
}

TEST_F(Authorizer, AllowsWhatIsGrantedAndNothingElse) {
  list(entry("exchange", {.dns = "a.test"}));
  for (std::size_t i = 0; i < soap::kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    const bool granted = operation == Operation::certify || operation == Operation::acquire_license;
    const Decision decision = authorize(principal({"a.test"}), operation);
    EXPECT_EQ(decision.verdict, granted ? Verdict::allowed : Verdict::not_granted) << to_string(operation);
    EXPECT_EQ(decision.reason, granted ? "allowed" : "operation_not_granted");
    EXPECT_EQ(decision.entry, &settings.servers[0]) << "a refusal can name the server";
  }
}

TEST_F(Authorizer, AsksWhoBeforeWhat) {
  list(entry("exchange", {.dns = "a.test"}));
  EXPECT_EQ(authorize(principal({"b.test"}), Operation::certify).verdict, Verdict::unknown_principal);
}

// A computer account as its ticket shows it.
Principal ticket(std::vector<std::string> groups = {}) {
  return {"kerberos", "EXCH01$@CONTOSO.TEST", std::nullopt,
          WindowsIdentity{"CONTOSO\\EXCH01$", "S-1-5-21-1-2-3-1105", std::move(groups)}};
}

TEST_F(Authorizer, RecognizesAnAccountByEitherNameWithoutCase) {
  list(entry("realm", {.account = "exch01$@contoso.test"}));
  EXPECT_EQ(recognized(ticket()), "realm");
  settings.servers.clear();
  list(entry("domain", {.account = "contoso\\exch01$"}));
  EXPECT_EQ(recognized(ticket()), "domain");
  settings.servers.clear();
  list(entry("other", {.account = "exch01$@fabrikam.test"}));
  EXPECT_EQ(recognized(ticket()), "no_entry");
}

TEST_F(Authorizer, RecognizesAnAccountByItsSidAndByItsGroups) {
  list(entry("group", {.group_sid = "S-1-5-21-1-2-3-1119"}));
  EXPECT_EQ(recognized(ticket({"S-1-5-21-1-2-3-1118", "S-1-5-21-1-2-3-1119"})), "group");
  EXPECT_EQ(recognized(ticket({"S-1-5-21-1-2-3-1118", "S-1-5-21-1-2-3-11190"})), "no_entry");
  list(entry("sid", {.sid = "S-1-5-21-1-2-3-1105"}));
  EXPECT_EQ(recognized(ticket({"S-1-5-21-1-2-3-1119"})), "sid") << "one account is more specific than a group";
  list(entry("account", {.account = "exch01$@contoso.test"}));
  EXPECT_EQ(recognized(ticket()), "sid") << "which stays when the account is renamed";
}

TEST_F(Authorizer, KnowsATicketWithoutAPacByItsNameOnly) {
  list(entry("sid", {.sid = "S-1-5-21-1-2-3-1105"}));
  list(entry("group", {.group_sid = "S-1-5-21-1-2-3-1119"}));
  Principal who = ticket({"S-1-5-21-1-2-3-1119"});
  who.windows.reset();
  EXPECT_EQ(recognized(who), "no_entry");
  list(entry("account", {.account = "exch01$@contoso.test"}));
  EXPECT_EQ(recognized(who), "account");
}

TEST_F(Authorizer, NeverTakesATicketForACertificateNorTheOtherWayRound) {
  list(entry("certificate", {.dns = "exch01$@contoso.test"}));
  EXPECT_EQ(recognized(ticket()), "no_entry");
  settings.servers.clear();
  list(entry("ticket", {.account = "exch01$@contoso.test"}));
  Principal who = principal({"exch01$@contoso.test"});
  who.name = "EXCH01$@CONTOSO.TEST";
  EXPECT_EQ(recognized(who), "no_entry");
}

// --- patterns

const std::string kIssuer(64, 'c');

Principal issued(std::vector<std::string> dns, std::vector<std::string> uris = {}) {
  Principal who = principal(std::move(dns), std::move(uris));
  who.certificate->issuer_fingerprint = kIssuer;
  return who;
}

TEST_F(Authorizer, RecognizesServersByAPatternOfOneCa) {
  list(entry("exchange", {.dns = "exch*.contoso.test", .issuer = kIssuer}));
  EXPECT_EQ(recognized(issued({"exch01.contoso.test"})), "exchange");
  EXPECT_EQ(recognized(issued({"EXCH-Berlin.Contoso.Test"})), "exchange");
  EXPECT_EQ(recognized(issued({"exch.contoso.test"})), "no_entry") << "the star stands for something";
  EXPECT_EQ(recognized(issued({"exch01.evil.contoso.test"})), "no_entry") << "within one label";
  EXPECT_EQ(recognized(issued({"exch01.contoso.test.evil.test"})), "no_entry");
  EXPECT_EQ(recognized(issued({"exch*.contoso.test"})), "no_entry") << "a wildcard in a certificate is nobody's name";
  EXPECT_EQ(recognized(principal({"exch01.contoso.test"})), "no_entry") << "of another CA";
}

TEST_F(Authorizer, RecognizesWorkloadsByAPatternOfTheirUri) {
  list(entry("exchange", {.uri = "spiffe://contoso.test/exchange/*", .issuer = kIssuer}));
  EXPECT_EQ(recognized(issued({}, {"spiffe://contoso.test/exchange/7"})), "exchange");
  EXPECT_EQ(recognized(issued({}, {"spiffe://contoso.test/exchange/"})), "no_entry");
  EXPECT_EQ(recognized(issued({}, {"spiffe://contoso.test/exchange/7/x"})), "no_entry");
  EXPECT_EQ(recognized(issued({}, {"spiffe://contoso.test/sharepoint/7"})), "no_entry");
}

TEST_F(Authorizer, TakesANameBeforeAPatternAndThatBeforeNothing) {
  list(entry("pattern", {.dns = "exch*.contoso.test", .issuer = kIssuer}));
  list(entry("name", {.dns = "exch01.contoso.test"}));
  EXPECT_EQ(recognized(issued({"exch01.contoso.test"})), "name");
  list(entry("name of the CA", {.dns = "exch01.contoso.test", .issuer = kIssuer}));
  EXPECT_EQ(recognized(issued({"exch01.contoso.test"})), "name of the CA");
  EXPECT_EQ(recognized(principal({"exch01.contoso.test"})), "name");
  EXPECT_EQ(recognized(issued({"exch02.contoso.test"})), "pattern");
}

// --- grants that end

TEST_F(Authorizer, RefusesEverythingOnceTheGrantsAreOver) {
  ServerEntry made = entry("exchange", {.dns = "a.test"});
  const WallTime end = WallTime() + std::chrono::hours(24);
  made.scope.until = end;
  list(made);
  const auto decided = [&](WallTime now) {
    return std::string(authorize(principal({"a.test"}), Operation::certify, now).reason);
  };
  EXPECT_EQ(decided(end - std::chrono::milliseconds(1)), "allowed");
  EXPECT_EQ(decided(end), "grants_over");
  EXPECT_EQ(authorize(principal({"a.test"}), Operation::certify, end).verdict, Verdict::not_granted);
}

// --- whose identity it is

ServerEntry own(Match match, std::string mail) {
  ServerEntry made = entry("own", std::move(match));
  made.identity = IdentityOf::server;
  made.mail = std::move(mail);
  return made;
}
std::string account(const ServerEntry& entry, const Principal& who) {
  const auto found = service_account(entry, who);
  return found ? found->mail + " " + found->sid : "none";
}

TEST_F(Authorizer, ServersOfAnEntryShareItsIdentityUnlessItSaysOtherwise) {
  ServerEntry made = entry("shared", {.group_sid = "S-1-5-21-1-2-3-1119"});
  made.mail = "exchange@contoso.test";
  made.sid = "S-1-5-21-1-2-3-500";
  EXPECT_EQ(account(made, ticket()), "exchange@contoso.test S-1-5-21-1-2-3-500");
}

TEST_F(Authorizer, GivesAServerThatHasATicketItsOwnSidAndName) {
  const ServerEntry named = own({.group_sid = "S-1-5-21-1-2-3-1119"}, "{account}@servers.contoso.test");
  EXPECT_EQ(account(named, ticket()), "exch01@servers.contoso.test S-1-5-21-1-2-3-1105");
  const ServerEntry by_sid = own({.group_sid = "S-1-5-21-1-2-3-1119"}, "exchange@contoso.test");
  EXPECT_EQ(account(by_sid, ticket()), "exchange@contoso.test S-1-5-21-1-2-3-1105");
}

TEST_F(Authorizer, GivesAServerThatHasACertificateItsOwnName) {
  const ServerEntry pattern = own({.dns = "exch*.contoso.test", .issuer = kIssuer}, "{account}@servers.contoso.test");
  EXPECT_EQ(account(pattern, issued({"Exch01.contoso.test", "mail.contoso.test"})),
            "exch01.contoso.test@servers.contoso.test ");
}

TEST_F(Authorizer, RecognizesNobodyWhoseOwnIdentityCannotBeTold) {
  list(own({.account = "exch01$@contoso.test"}, "{account}@contoso.test"));
  Principal who = ticket();
  EXPECT_EQ(recognized(who), "own");
  who.windows.reset();
  EXPECT_EQ(recognized(who), "no_own_identity") << "a ticket without a PAC has no SID";

  settings.servers.clear();
  list(own({.dns = "exch*.contoso.test", .issuer = kIssuer}, "{account}@contoso.test"));
  EXPECT_EQ(recognized(issued({"exch01.contoso.test", "EXCH01.contoso.test"})), "own");
  EXPECT_EQ(recognized(issued({"exch01.contoso.test", "exch02.contoso.test"})), "no_own_identity");
}

// An account's name is its domain's to choose: it must not become somebody else's address.
TEST_F(Authorizer, MakesNoAddressOfAHostileName) {
  const ServerEntry made = own({.group_sid = "S-1-5-21-1-2-3-1119"}, "{account}@contoso.test");
  for (const char* name : {"CONTOSO\\ceo@contoso.test,x$", "CONTOSO\\$", "CONTOSO\\a b", "CONTOSO\\a@b"}) {
    Principal who = ticket();
    who.windows->account = name;
    EXPECT_EQ(account(made, who), "none") << name;
  }
}

// --- many entries

TEST_F(Authorizer, LooksAtNoCertificateWithMoreNamesThanThereMayBe) {
  list(entry("exchange", {.dns = "exch*.contoso.test", .issuer = kIssuer}));
  std::vector<std::string> names{"exch01.contoso.test"};
  while (names.size() < kMostCertificateNames)
    names.push_back("other" + std::to_string(names.size()) + ".contoso.test");
  EXPECT_EQ(recognized(issued(names)), "exchange");
  EXPECT_EQ(recognized(issued(names, {"spiffe://one/more"})), "too_many_names");
}

TEST_F(Authorizer, FindsEachOfTenThousandEntries) {
  constexpr int kEntries = 10'000;
  for (int i = 0; i < kEntries; ++i) {
    const std::string number = std::to_string(i);
    const std::string sid = "S-1-5-21-1-2-3-" + std::to_string(100'000 + i);
    list(entry(number, i % 4 == 0   ? Match{.dns = "s" + number + ".contoso.test"}
                       : i % 4 == 1 ? Match{.sid = sid}
                       : i % 4 == 2 ? Match{.group_sid = sid}
                                    : Match{.account = "s" + number + "$@contoso.test"}));
  }
  const ServerList many(shared);
  const auto found = [&](const Principal& who) {
    const Decision decision = many.recognize(who);
    return decision.entry != nullptr ? decision.entry->name : std::string(decision.reason);
  };
  for (int i = 0; i < kEntries; ++i) {
    const std::string number = std::to_string(i);
    Principal who = ticket();
    if (i % 4 == 0) who = principal({"s" + number + ".contoso.test"});
    if (i % 4 == 1) who.windows->sid = "S-1-5-21-1-2-3-" + std::to_string(100'000 + i);
    if (i % 4 == 2) who.windows->groups = {"S-1-5-21-1-2-3-" + std::to_string(100'000 + i)};
    if (i % 4 == 3) who.name = "S" + number + "$@CONTOSO.TEST";
    ASSERT_EQ(found(who), number);
  }
  EXPECT_EQ(found(ticket({"S-1-5-21-1-2-3-99999"})), "no_entry");
}

}  // namespace
}  // namespace rms::connector

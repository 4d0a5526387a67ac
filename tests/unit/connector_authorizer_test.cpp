// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/authorizer.h"

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
    const Decision decision = recognize(settings, who);
    EXPECT_EQ(decision.allowed(), decision.entry != nullptr);
    return decision.entry != nullptr ? decision.entry->name : std::string(decision.reason);
  }

  Settings settings;
};

TEST_F(Authorizer, RecognizesAServerByItsDnsName) {
  list(entry("exchange", {.dns = "exchange.contoso.test"}));
  EXPECT_EQ(recognized(principal({"exchange.contoso.test"})), "exchange");
  EXPECT_EQ(recognized(principal({"other.test", "EXCHANGE.Contoso.Test"})), "exchange");
}

TEST_F(Authorizer, DoesNotRecognizeAnyOther) {
  list(entry("exchange", {.dns = "exchange.contoso.test"}));
  EXPECT_EQ(recognized(principal({"stranger.contoso.test"})), "no_entry");
  EXPECT_EQ(recognized(principal({"exchange.contoso.test.evil.test"})), "no_entry");
  EXPECT_EQ(recognized(principal({"exchange.contoso.tes"})), "no_entry");
  EXPECT_EQ(recognized(principal({"*.contoso.test"})), "no_entry") << "a wildcard in a certificate is nobody's name";
  EXPECT_EQ(recognized(principal({}, {"exchange.contoso.test"})), "no_entry") << "a URI is no DNS name";
  EXPECT_EQ(recognized(principal({})), "no_entry");
  EXPECT_EQ(recognize(settings, principal({})).verdict, Verdict::unknown_principal);
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
  const Decision decision = recognize(settings, principal({"a.test"}));
  EXPECT_EQ(decision.verdict, Verdict::empty_list);
  EXPECT_EQ(decision.reason, "no_servers_configured");
}

TEST_F(Authorizer, AllowsWhatIsGrantedAndNothingElse) {
  list(entry("exchange", {.dns = "a.test"}));
  for (std::size_t i = 0; i < soap::kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    const bool granted = operation == Operation::certify || operation == Operation::acquire_license;
    const Decision decision = authorize(settings, principal({"a.test"}), operation);
    EXPECT_EQ(decision.verdict, granted ? Verdict::allowed : Verdict::not_granted) << to_string(operation);
    EXPECT_EQ(decision.reason, granted ? "allowed" : "operation_not_granted");
    EXPECT_EQ(decision.entry, &settings.servers[0]) << "a refusal can name the server";
  }
}

TEST_F(Authorizer, AsksWhoBeforeWhat) {
  list(entry("exchange", {.dns = "a.test"}));
  EXPECT_EQ(authorize(settings, principal({"b.test"}), Operation::certify).verdict, Verdict::unknown_principal);
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
  EXPECT_EQ(recognized(ticket()), "ambiguous_entry") << "two entries say that it is this account";
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

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// What an administrator is told of a journal and of the decisions in it.
#include "ctl/audit/commands.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/audit/chain_writer.h"
#include "connector/audit/outcome.h"
#include "connector/audit/verify.h"
#include "ctl/audit/explain.h"
#include "support/fake_clock.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

connector::ServerEntry entry(const std::string& name) {
  connector::ServerEntry made;
  made.name = name;
  made.match.dns = name + ".contoso.test";
  made.mail = name + "@contoso.test";
  made.operations = {soap::Operation::certify, soap::Operation::acquire_license};
  return made;
}

class AuditCommandsTest : public testing::Test {
 protected:
  AuditCommandsTest() {
    settings_.file = "rms-connector.yaml";
    settings_.servers.push_back(entry("exchange"));
    connector::AuditSettings audit;
    audit.directory = directory_.path();
    writer_ = *connector::ChainWriter::open(audit, "connector-1", "1.2.3", clock_, log_);
    record_.correlation_id = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
    record_.peer = "192.0.2.7:50123";
    record_.method = "POST";
    record_.path = "/_wmcs/licensing/license.asmx";
    record_.principal = &who_;
    record_.operation = "AcquireLicense";
    record_.decision = connector::Decision{connector::Verdict::allowed, settings_.servers.data(), "allowed"};
    record_.status = 200;
    record_.upstream = std::chrono::milliseconds(3);
  }

  // Takes the record as it is now into the journal.
  void write() {
    const std::vector<std::string> one{connector::decision_members(record_, clock_.wall(), "connector-1")};
    ASSERT_TRUE(writer_->write(one, 0));
  }
  void refuse(connector::Verdict verdict, const connector::ServerEntry* whose, std::string_view reason) {
    record_.decision = connector::Decision{verdict, whose, reason};
    record_.status = 403;
    record_.upstream.reset();
    write();
  }

  JournalPlace place() const { return *find_journal({directory_.path()}); }
  std::string explained(const connector::Settings* settings = nullptr) const {
    std::ostringstream out;
    const auto done = explain_decision(place(), std::string(record_.correlation_id), settings, out);
    EXPECT_TRUE(done) << done.error().to_string();
    return out.str();
  }
  std::string ahead(std::string_view as, soap::Operation operation, std::vector<std::string> groups = {},
                    std::optional<std::string> template_guid = std::nullopt) const {
    std::ostringstream out;
    explain_ahead(std::make_shared<const connector::Settings>(settings_),
                  {*parse_principal(as, {std::move(groups)}), operation, std::move(template_guid), clock_.wall()}, out);
    return out.str();
  }
  std::string shown(const ShowOptions& options) const {
    std::ostringstream out;
    EXPECT_TRUE(show_journal(place(), options, out));
    return out.str();
  }

  test::TempDir directory_;
  test::RecordLog log_;
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  connector::Settings settings_;
  connector::Principal who_ = *parse_principal("dns:exchange.contoso.test");
  connector::AccessRecord record_;
  std::unique_ptr<connector::ChainWriter> writer_;
};

TEST_F(AuditCommandsTest, AGoodJournalIsCalledGoodWithItsHead) {
  write();
  std::ostringstream out;
  EXPECT_TRUE(*verify_journal(place(), std::nullopt, out));
  EXPECT_EQ(out.str(), "good: 2 lines, 1 decisions, 1 files\nhead " + to_string(writer_->head()) + "\n");
  EXPECT_TRUE(*verify_journal(place(), to_string(writer_->head()), out));
}

TEST_F(AuditCommandsTest, ABadOneIsNamedByFileAndLine) {
  write();
  write();
  const fs::path file = place().files.at(0).path;
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  std::string lines = text.str();
  lines.replace(lines.find("AcquireLicense"), 3, "xxx");
  std::ofstream(file) << lines;
  std::ostringstream out;
  EXPECT_FALSE(*verify_journal(place(), std::nullopt, out));
  EXPECT_THAT(out.str(), HasSubstr(file.string() + ":2: was changed"));
  EXPECT_THAT(out.str(), HasSubstr("NOT good"));
}

TEST_F(AuditCommandsTest, AJournalIsHeldAgainstAFileOfHeads) {
  write();
  const std::string id = writer_->mark().id;
  const auto heads = [&](const std::string& hash) {
    return directory_.write("heads.json", R"({"taken":"2030-01-01T00:00:00.000Z","complete":true,"heads":[)"
                                          R"({"connector":"c1","journal":")" +
                                              id + R"(","sequence":2,"hash":")" + hash +
                                              R"(","kept":"2027-01-15T08:00:00.000Z","pinned":true}]})");
  };
  std::ostringstream out;
  fs::path file = heads(writer_->head().hash);
  EXPECT_TRUE(*verify_journal(place(), std::nullopt, out, file));
  EXPECT_THAT(out.str(), HasSubstr("held against 1 heads in " + file.string()));
  file = heads(std::string(64, 'b'));
  EXPECT_FALSE(*verify_journal(place(), std::nullopt, out, file));
  EXPECT_THAT(out.str(), HasSubstr(place().files.at(0).path.string() + ":2: is not the line 2 whose hash the service"));
  file = directory_.write("heads.json", "KEPT (UTC)");
  EXPECT_EQ(verify_journal(place(), std::nullopt, out, file).error(), Errc::malformed);
}

TEST_F(AuditCommandsTest, AHeadThatIsNoneIsRefused) {
  write();
  std::ostringstream out;
  const auto done = verify_journal(place(), "5", out);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), Errc::invalid_setting);
}

TEST_F(AuditCommandsTest, WhereThereIsNoJournalNothingIsGood) {
  const test::TempDir empty;
  EXPECT_EQ(find_journal({empty.path()}).error(), Errc::not_found);
  EXPECT_EQ(find_journal({empty.path() / "none"}).error(), Errc::not_found);
}

TEST_F(AuditCommandsTest, ShowsTheNewestOrThoseOfOneRequest) {
  for (const char* id : {"1", "2", "3"}) {
    record_.correlation_id = id;
    write();
  }
  const std::string two = shown({.last = 2});
  EXPECT_THAT(two, Not(HasSubstr(" 1 AcquireLicense")));
  EXPECT_THAT(two, HasSubstr(" 2 AcquireLicense"));
  EXPECT_THAT(two, HasSubstr(" 3 AcquireLicense"));
  const std::string one = shown({.correlation_id = "1", .json = true});
  EXPECT_EQ(std::count(one.begin(), one.end(), '\n'), 1);
  EXPECT_TRUE(connector::read_journal_line(std::string_view(one).substr(0, one.size() - 1))) << "fit to be checked";
}

TEST_F(AuditCommandsTest, WhatIsShownCannotSteerATerminal) {
  record_.principal = nullptr;
  record_.path = "/\x1b[2J\r\nallowed";
  record_.status = 404;
  record_.decision.reset();
  write();
  for (const std::string& text : {explained(), shown({})}) {
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_EQ(text.find('\r'), text.npos);
  }
  EXPECT_THAT(explained(), HasSubstr("POST /?[2J??allowed"));
}

TEST_F(AuditCommandsTest, ExplainsThePathOfADecision) {
  write();
  const std::string text = explained();
  EXPECT_THAT(text, HasSubstr("allowed: allowed"));
  EXPECT_THAT(text, HasSubstr("who      dns:exchange.contoso.test, by tls-client-certificate, from 192.0.2.7:50123"));
  EXPECT_THAT(text, HasSubstr("entry    exchange, role exchange"));
  EXPECT_THAT(text, HasSubstr("grant    AcquireLicense is granted to it"));
  EXPECT_THAT(text, HasSubstr("service  said: yes"));
  EXPECT_THAT(text, HasSubstr("answer   HTTP 200"));
}

TEST_F(AuditCommandsTest, AMissingGrantIsNamedWithTheListThatHasIt) {
  record_.operation = "AcquirePreLicense";
  refuse(connector::Verdict::not_granted, settings_.servers.data(), "operation_not_granted");
  EXPECT_THAT(explained(),
              HasSubstr("in the grants: of the entry 'exchange' of servers: add acquire_pre_license to operations:"));
  EXPECT_THAT(explained(&settings_), HasSubstr("operations: [certify, acquire_license, acquire_pre_license]"));
  settings_.servers[0].operations.insert(soap::Operation::acquire_pre_license);
  EXPECT_THAT(explained(&settings_), HasSubstr("the settings grant it: exchange has been changed since"));
}

TEST_F(AuditCommandsTest, AMissingEntryIsShownAsItWouldBe) {
  refuse(connector::Verdict::unknown_principal, nullptr, "no_entry");
  EXPECT_THAT(explained(), HasSubstr("refused: no_entry"));
  EXPECT_THAT(explained(), HasSubstr("match: {dns: 'exchange.contoso.test'}"));
}

TEST_F(AuditCommandsTest, DeniedAndCouldNotAskAreDifferentHereToo) {
  const std::string away = make_error_code(Errc::unavailable).message();
  record_.status = 503;
  record_.outcome = away;
  write();
  EXPECT_THAT(explained(), HasSubstr("could_not_ask: unavailable"));
  EXPECT_THAT(explained(), HasSubstr("service  did not answer: unavailable"));
  EXPECT_THAT(explained(), Not(HasSubstr("smallest")));
}

TEST_F(AuditCommandsTest, AnIdThatNobodyHadIsNotFound) {
  write();
  std::ostringstream out;
  EXPECT_EQ(explain_decision(place(), "another", nullptr, out).error(), Errc::not_found);
}

TEST_F(AuditCommandsTest, ExplainsAheadAsTheConnectorWouldDecide) {
  EXPECT_THAT(ahead("dns:EXCHANGE.contoso.test", soap::Operation::acquire_license), HasSubstr("would be allowed"));
  const std::string grant = ahead("dns:exchange.contoso.test", soap::Operation::precertify);
  EXPECT_THAT(grant, HasSubstr("would be refused: operation_not_granted"));
  EXPECT_THAT(grant, HasSubstr("operations: [certify, acquire_license, precertify]"));
  const std::string stranger = ahead("uri:spiffe://contoso.test/x", soap::Operation::certify);
  EXPECT_THAT(stranger, HasSubstr("would be refused: no_entry"));
  EXPECT_THAT(stranger, HasSubstr("match: {uri: 'spiffe://contoso.test/x'}"));
}

TEST_F(AuditCommandsTest, ExplainsATicketAheadWithItsGroups) {
  settings_.servers[0].match = {};
  settings_.servers[0].match.group_sid = "S-1-5-21-1-2-3-1000";
  EXPECT_THAT(ahead("CONTOSO\\EXCH01$", soap::Operation::certify, {"S-1-5-21-1-2-3-1000"}),
              HasSubstr("would be allowed"));
  EXPECT_THAT(ahead("CONTOSO\\EXCH01$", soap::Operation::certify), HasSubstr("match: {account: 'CONTOSO\\EXCH01$'}"));
  EXPECT_THAT(ahead("S-1-5-21-1-2-3-4", soap::Operation::certify), HasSubstr("match: {sid: 'S-1-5-21-1-2-3-4'}"));
}

TEST_F(AuditCommandsTest, ExplainsAheadWhatTheServiceWouldSayOfATemplate) {
  settings_.servers[0].scope.templates = {"11111111-2222-4333-8444-555555555555"};
  const auto with = [&](const char* guid) {
    return ahead("dns:exchange.contoso.test", soap::Operation::acquire_license, {}, guid);
  };
  EXPECT_THAT(with("{11111111-2222-4333-8444-555555555555}"), HasSubstr("would be allowed"));
  const std::string refused = with("custom");
  EXPECT_THAT(refused, HasSubstr("would be refused: service_refused"));
  EXPECT_THAT(refused, HasSubstr("missing  grant templates"));
  EXPECT_THAT(refused, HasSubstr("add the GUID (or custom) to templates:"));
}

TEST_F(AuditCommandsTest, ExplainsAheadPatternsAndIdentitiesOfTheirOwn) {
  settings_.servers[0].match = {.dns = "exch*.contoso.test", .issuer = std::string(64, 'c')};
  const auto said = [&](std::string_view as, PrincipalDetails details) {
    std::ostringstream out;
    explain_ahead(std::make_shared<const connector::Settings>(settings_),
                  {*parse_principal(as, std::move(details)), soap::Operation::certify, std::nullopt, clock_.wall()},
                  out);
    return out.str();
  };
  EXPECT_THAT(said("dns:exch01.contoso.test", {.issuer = std::string(64, 'C')}), HasSubstr("would be allowed"));
  EXPECT_THAT(said("dns:exch01.contoso.test", {}), HasSubstr("--issuer adds who signed it"));
  settings_.servers[0].match = {.group_sid = "S-1-5-21-1-2-3-4"};
  settings_.servers[0].identity = connector::IdentityOf::server;
  settings_.servers[0].mail = "{account}@servers.contoso.test";
  EXPECT_THAT(said("EXCH01$@CONTOSO.TEST", {.groups = {"S-1-5-21-1-2-3-4"}, .sid = "S-1-5-21-1-2-3-5"}),
              HasSubstr("acts as exch01@servers.contoso.test"));
  EXPECT_EQ(parse_principal("dns:x", {.issuer = "short"}).error(), Errc::invalid_setting);
  EXPECT_EQ(parse_principal("dns:x", {.sid = "S-1-5-21-1-2-3-5"}).error(), Errc::invalid_setting);
  EXPECT_EQ(parse_principal("A@B", {.issuer = std::string(64, 'c')}).error(), Errc::invalid_setting);
}

TEST_F(AuditCommandsTest, NamesTheEntriesBetweenWhichItCannotTell) {
  settings_.servers.push_back(settings_.servers[0]);
  settings_.servers.back().name = "twin";
  const std::string text = ahead("dns:exchange.contoso.test", soap::Operation::certify);
  EXPECT_THAT(text, HasSubstr("would be refused: ambiguous_entry"));
  EXPECT_THAT(text, HasSubstr("entry    none, for these match equally well:"));
  EXPECT_THAT(text, HasSubstr("exchange (dns: exchange.contoso.test)"));
  EXPECT_THAT(text, HasSubstr("twin (dns: exchange.contoso.test)"));

  refuse(connector::Verdict::unknown_principal, nullptr, "ambiguous_entry");
  EXPECT_THAT(explained(&settings_), HasSubstr("twin (dns: exchange.contoso.test)"));
  EXPECT_THAT(explained(), Not(HasSubstr("entry    none"))) << "without settings nobody can say which";
}

TEST_F(AuditCommandsTest, NamesTheEntryThatCannotTellWhoseIdentityItIs) {
  settings_.servers[0].identity = connector::IdentityOf::server;
  settings_.servers[0].match = {.account = "exch01$@contoso.test"};
  settings_.servers[0].mail = "{account}@servers.contoso.test";
  const std::string text = ahead("EXCH01$@CONTOSO.TEST", soap::Operation::certify);
  EXPECT_THAT(text, HasSubstr("would be refused: no_own_identity"));
  EXPECT_THAT(text, HasSubstr("entry    exchange (account: exch01$@contoso.test)"));
}

TEST_F(AuditCommandsTest, ExplainsAheadWhatTheServiceWouldSayOfOwnersAndRecipients) {
  settings_.servers[0].scope.owners = {"contoso.test"};
  settings_.servers[0].scope.recipients = {"alice@contoso.test"};
  settings_.servers[0].scope.open_any = OpenAny{"legal hold of 2026", clock_.wall() + std::chrono::hours(1)};
  const auto said = [&](std::optional<std::string> owner, std::vector<std::string> recipients) {
    std::ostringstream out;
    Ahead ahead{*parse_principal("dns:exchange.contoso.test"),
                soap::Operation::acquire_license,
                std::nullopt,
                clock_.wall(),
                std::move(owner),
                std::move(recipients)};
    explain_ahead(std::make_shared<const connector::Settings>(settings_), ahead, out);
    return out.str();
  };
  EXPECT_THAT(said("bob@contoso.test", {"alice@contoso.test"}), HasSubstr("would be allowed"));
  EXPECT_THAT(said("bob@fabrikam.test", {}), HasSubstr("missing  grant owners"));
  EXPECT_THAT(said({}, {"alice@contoso.test", "bob@contoso.test"}), HasSubstr("missing  grant recipients"));
  EXPECT_THAT(said({}, {}), HasSubstr("if the service consents, too, which these settings do not say"));
}

TEST(ParseOperation, KnowsTheNamesOfSettingsAndOfTheProtocol) {
  for (const char* name : {"acquire_license", "AcquireLicense", "acquirelicense", "ACQUIRE_LICENSE"})
    EXPECT_EQ(parse_operation(name), soap::Operation::acquire_license) << name;
  EXPECT_EQ(parse_operation("Certify"), soap::Operation::certify);
  for (const char* wrong : {"", "open_any", "AcquireLicence"}) EXPECT_EQ(parse_operation(wrong), std::nullopt) << wrong;
}

TEST_F(AuditCommandsTest, ExplainsAheadThatGrantsAreOver) {
  settings_.servers[0].scope.until = clock_.wall();
  EXPECT_THAT(ahead("dns:exchange.contoso.test", soap::Operation::certify), HasSubstr("would be refused: grants_over"));
}

TEST_F(AuditCommandsTest, NamesTheGrantThatTheServiceFoundMissing) {
  record_.outcome = "Microsoft.DigitalRightsManagement.Licensing.NoRightsForRequestedPrincipalException";
  for (const std::string_view name : {grant::kTemplates, grant::kRecipients, grant::kOwners, grant::kUntil,
                                      grant::kOpenAny, grant::kOpenAnyConsent}) {
    const std::string id = "id of " + std::string(name);
    record_.correlation_id = id;
    record_.missing_grant = name;
    write();
    const std::string text = explained();
    EXPECT_THAT(text, HasSubstr("fault: service_refused_item"));
    EXPECT_THAT(text, HasSubstr("missing  grant " + std::string(name)));
    EXPECT_THAT(text, HasSubstr("smallest")) << "each has its change";
    EXPECT_EQ(text.find("the entry is") == text.npos, name == grant::kOpenAnyConsent) << "no entry has the consent";
  }
}

TEST_F(AuditCommandsTest, ShowsWhatOnlyOpenAnyAllowed) {
  record_.opened_any = 2;
  write();
  EXPECT_THAT(explained(), HasSubstr("2 of its licences only open_any allowed"));
}

TEST_F(AuditCommandsTest, ARefusedTicketIsExplainedByWhatWasFound) {
  record_.principal = nullptr;
  record_.decision.reset();
  record_.upstream.reset();
  record_.status = 401;
  record_.outcome = "clock_skew";
  record_.refusal_detail = "7 minutes ahead";
  write();
  EXPECT_THAT(explained(), HasSubstr("refused: clock_skew"));
  EXPECT_THAT(explained(), HasSubstr("detail   7 minutes ahead"));
  EXPECT_THAT(explained(), HasSubstr("docs/authentication.md"));
}

TEST(ParsePrincipal, KnowsTheNamesOfLogs) {
  EXPECT_TRUE(parse_principal("sha256:" + std::string(64, 'A')));
  for (const char* wrong : {"", "exchange", "dns:", "uri:", "sha256:aa", "cn:exchange"})
    EXPECT_EQ(parse_principal(wrong).error(), Errc::invalid_setting) << wrong;
  EXPECT_EQ(parse_principal("dns:x", {{"S-1-5-21-1-2-3-4"}}).error(), Errc::invalid_setting);
  EXPECT_EQ(parse_principal("EXCH01$@CONTOSO.TEST", {{"Exchange Servers"}}).error(), Errc::invalid_setting);
}

}  // namespace
}  // namespace rms::ctl

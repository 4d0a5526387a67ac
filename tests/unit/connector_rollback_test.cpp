// SPDX-License-Identifier: Apache-2.0
//
// When settings go by themselves, and who cannot make them: with a clock that is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/authenticator/authenticator.h"
#include "connector/reload/judge.h"
#include "connector/reload/watch.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

constexpr SteadyTime kBegan = SteadyTime() + 1h;

class RollbackJudgeTest : public testing::Test {
 protected:
  RollbackJudge judge(std::set<std::string, std::less<>> losers = {}, RecentVotes::Totals before = {100, 0}) const {
    return RollbackJudge({budget, std::move(losers), before, kBegan});
  }
  static void count(RollbackJudge& judge, std::string_view entry, Vote vote, int times) {
    for (int i = 0; i < times; ++i) judge.count(entry, vote);
  }

  ReloadSettings budget;  // 1m, 20 %, 10 %, 5
  SteadyTime soon = kBegan + 6s;
};

TEST_F(RollbackJudgeTest, KeepsWhatDoesNoHarm) {
  auto judged = judge();
  EXPECT_EQ(judged.verdict(soon), std::nullopt) << "nobody asked for anything";
  count(judged, "exchange", Vote::served, 1000);
  EXPECT_EQ(judged.verdict(soon), std::nullopt);
}

TEST_F(RollbackJudgeTest, RefusalsBeyondTheBudgetAreTooMuch) {
  auto judged = judge();
  count(judged, "exchange", Vote::served, 90);
  count(judged, "sharepoint", Vote::refused, 10);
  EXPECT_EQ(judged.verdict(soon), std::nullopt) << "10 of 100: as much as may be";
  count(judged, "sharepoint", Vote::refused, 1);
  EXPECT_THAT(judged.verdict(soon), Optional(HasSubstr("most of them of sharepoint")));
}

TEST_F(RollbackJudgeTest, AFewSayNothing) {
  auto judged = judge();
  count(judged, "exchange", Vote::refused, 4);
  EXPECT_EQ(judged.verdict(soon), std::nullopt);
  count(judged, "exchange", Vote::refused, 1);
  EXPECT_NE(judged.verdict(soon), std::nullopt);
  auto other = judge();
  count(other, "exchange", Vote::failed, 4);
  EXPECT_EQ(other.verdict(soon), std::nullopt);
  count(other, "exchange", Vote::failed, 1);
  EXPECT_THAT(other.verdict(soon), Optional(HasSubstr("could not be asked for 5 of 5")));
}

TEST_F(RollbackJudgeTest, FailuresAreHeldAgainstHowItWasBefore) {
  auto judged = judge({}, {60, 40});
  count(judged, "exchange", Vote::served, 40);
  count(judged, "exchange", Vote::failed, 60);
  EXPECT_EQ(judged.verdict(soon), std::nullopt) << "40 % before, 60 % now: 20 may be";
  count(judged, "exchange", Vote::failed, 3);
  EXPECT_NE(judged.verdict(soon), std::nullopt);
  auto away_before = judge({}, {0, 100});
  count(away_before, "exchange", Vote::failed, 100);
  EXPECT_EQ(away_before.verdict(soon), std::nullopt) << "the reload may be meant to mend it";
}

TEST_F(RollbackJudgeTest, NothingIsJudgedInTheFirstMoment) {
  auto judged = judge();
  count(judged, "exchange", Vote::failed, 50);
  EXPECT_EQ(judged.verdict(kBegan), std::nullopt);
  EXPECT_EQ(judged.verdict(kBegan + 5999ms), std::nullopt);
  EXPECT_NE(judged.verdict(kBegan + 6s), std::nullopt);
}

TEST_F(RollbackJudgeTest, WhoIsToLoseSomethingHasNoVote) {
  auto judged = judge({"sharepoint"});
  count(judged, "sharepoint", Vote::refused, 1000);
  count(judged, "sharepoint", Vote::failed, 1000);
  count(judged, "sharepoint", Vote::shut_out, 1000);
  EXPECT_EQ(judged.verdict(soon), std::nullopt);
}

TEST_F(RollbackJudgeTest, WhoIsShutOutCountsOnlyWhileNobodyOfHisIsServed) {
  auto judged = judge();
  count(judged, "fci", Vote::shut_out, 100);
  EXPECT_NE(judged.verdict(soon), std::nullopt);
  judged.served_anew("fci");
  EXPECT_EQ(judged.verdict(soon), std::nullopt) << "the other certificate works: the old one was meant to be useless";
  auto other_connections = judge();
  count(other_connections, "fci", Vote::shut_out, 100);
  count(other_connections, "fci", Vote::served, 1);
  EXPECT_EQ(other_connections.verdict(soon), std::nullopt);
}

TEST_F(RollbackJudgeTest, IsOverAfterItsTime) {
  EXPECT_FALSE(judge().over(kBegan + 59s));
  EXPECT_TRUE(judge().over(kBegan + 60s));
}

TEST_F(RollbackJudgeTest, AHundredPercentIsNeverTooMuch) {
  budget.most_refused_percent = budget.most_failed_percent = 100;
  auto judged = judge();
  count(judged, "exchange", Vote::refused, 1000);
  EXPECT_EQ(judged.verdict(soon), std::nullopt);
}

TEST(RecentVotesTest, ForgetsWhatIsOlderThanItsSpan) {
  RecentVotes recent(16s);
  SteadyTime now = kBegan;
  recent.count(Vote::served, now);
  recent.count(Vote::failed, now);
  recent.count(Vote::refused, now);
  EXPECT_EQ(recent.totals(now).served, 1U);
  now += 15s;
  recent.count(Vote::failed, now);
  EXPECT_EQ(recent.totals(now).failed, 2U);
  now += 1s;
  EXPECT_EQ(recent.totals(now).served, 0U);
  EXPECT_EQ(recent.totals(now).failed, 1U);
  now += 24h;
  EXPECT_EQ(recent.totals(now).failed, 0U);
}

TEST(RecentVotesTest, AnotherSpanBeginsAnew) {
  RecentVotes recent(16s);
  recent.count(Vote::served, kBegan);
  recent.change_span(16s);
  EXPECT_EQ(recent.totals(kBegan).served, 1U);
  recent.change_span(32s);
  EXPECT_EQ(recent.totals(kBegan).served, 0U);
}

// Requests as the pipeline tells of them, and the settings before and after.
class ReloadWatchTest : public testing::Test {
 protected:
  ReloadWatchTest() {
    for (const char* name : {"exchange", "sharepoint"}) {
      ServerEntry entry;
      entry.name = name;
      entry.match.dns = entry.name + ".contoso.test";
      entry.mail = entry.name + "@contoso.test";
      entry.operations = default_grants(Role::exchange);
      before.servers.push_back(entry);
    }
    after = before;
  }

  static Principal of(const std::string& dns) {
    net::PeerCertificate certificate;
    certificate.dns.push_back(dns);
    certificate.fingerprint = std::string(64, 'a');
    return principal_of(certificate);
  }

  void begin() {
    watch.begin(std::make_shared<const Settings>(before), difference(before, after), after.reload, kBegan);
    list = std::make_unique<ServerList>(std::make_shared<const Settings>(after));
  }

  // As the connector would answer by the settings after.
  void ask(const std::string& dns, int times, soap::Operation operation = soap::Operation::acquire_license,
           int status_if_allowed = 200, std::string_view outcome = {}) {
    const Principal who = of(dns);
    for (int i = 0; i < times; ++i) {
      AccessRecord record;
      record.principal = &who;
      record.decision = list->authorize(who, operation, wall);
      const bool recognized = list->recognize(who).allowed();
      if (recognized) record.operation = soap::to_string(operation);
      record.status = record.decision->allowed() ? status_if_allowed : 403;
      record.outcome = outcome;
      watch.saw(record, wall, kBegan + 1s);
    }
  }
  void withdrawn(const std::string& dns, std::string_view why, int times) {
    const Principal who = of(dns);
    for (int i = 0; i < times; ++i) {
      AccessRecord record;
      record.principal = &who;
      record.withdrawn = true;
      record.status = 403;
      record.outcome = why;
      watch.saw(record, wall, kBegan + 1s);
    }
  }

  bool returns() const { return watch.verdict(kBegan + 30s).has_value(); }

  Settings before, after;
  ReloadWatch watch{60s};
  std::unique_ptr<ServerList> list;
  const WallTime wall = std::chrono::system_clock::now();
};

TEST_F(ReloadWatchTest, AServerThatIsRecognizedNoLongerByAccidentBringsTheOldSettingsBack) {
  after.servers[1].match.dns = "sharepiont.contoso.test";
  begin();
  ask("exchange.contoso.test", 20);
  EXPECT_FALSE(returns());
  ask("sharepoint.contoso.test", 10);
  EXPECT_TRUE(returns());
}

TEST_F(ReloadWatchTest, AServerThatWasRemovedDoesNot) {
  after.servers.pop_back();
  begin();
  ask("sharepoint.contoso.test", 1000);
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, AServerWhoseGrantsWereNarrowedDoesNot) {
  after.servers[1].operations.erase(soap::Operation::acquire_license);
  begin();
  ask("sharepoint.contoso.test", 1000);
  ask("sharepoint.contoso.test", 1000, soap::Operation::certify, 503, "the service is away");
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, AStrangerDoesNotHoweverOftenHeAsks) {
  after.limits.in_flight = 1;
  begin();
  ask("stranger.contoso.test", 100'000);
  AccessRecord nobody;  // a token that was refused, a handshake that showed nothing
  nobody.status = 401;
  for (int i = 0; i < 1000; ++i) watch.saw(nobody, wall, kBegan + 1s);
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, NorDoesAServerThatAsksForWhatItNeverHad) {
  after.limits.in_flight = 1;
  begin();
  ask("exchange.contoso.test", 1000, soap::Operation::precertify);
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, NorDoesACertificateThatWasRevokedOrIsOutOfDate) {
  after.limits.in_flight = 1;
  begin();
  withdrawn("exchange.contoso.test", "certificate_revoked", 1000);
  withdrawn("exchange.contoso.test", "certificate_not_valid_now", 1000);
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, ACaThatIsTheWrongOneDoes) {
  begin();
  withdrawn("exchange.contoso.test", "certificate_untrusted", 10);
  EXPECT_TRUE(returns());
}

TEST_F(ReloadWatchTest, TheOldCertificateOfAServerThatIsServedByItsNewOneDoesNot) {
  after.servers[1].match.dns = "sharepoint2.contoso.test";
  begin();
  ask("sharepoint.contoso.test", 1000);
  EXPECT_TRUE(returns());
  ask("sharepoint2.contoso.test", 1);
  EXPECT_FALSE(returns()) << "whoever still has the old one cannot bring it back";
}

TEST_F(ReloadWatchTest, AnEntryThatTakesAnothersServersIsSeen) {
  // Both entries match now, and nobody can tell which is meant.
  after.servers.push_back(after.servers[1]);
  after.servers.back().name = "other";
  begin();
  ask("sharepoint.contoso.test", 100);
  EXPECT_TRUE(returns());
}

TEST_F(ReloadWatchTest, AServiceThatCannotBeAskedAnyMoreDoes) {
  begin();
  ask("exchange.contoso.test", 100, soap::Operation::acquire_license, 503, "the service is away");
  EXPECT_TRUE(returns());
}

TEST_F(ReloadWatchTest, TooManyRequestsOfOneServerAreNoFaultOfSettings) {
  begin();
  ask("exchange.contoso.test", 1000, soap::Operation::acquire_license, 503,
      make_error_code(Errc::overloaded).message());
  ask("exchange.contoso.test", 1000, soap::Operation::acquire_license, 503, make_error_code(Errc::cancelled).message());
  ask("exchange.contoso.test", 1000, soap::Operation::acquire_license, 503, kNotRecorded);
  ask("exchange.contoso.test", 1000, soap::Operation::acquire_license, 500, kInternalError);
  ask("exchange.contoso.test", 1000, soap::Operation::acquire_license, 429);
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, AServiceThatWasAwayBeforeIsNoReason) {
  list = std::make_unique<ServerList>(std::make_shared<const Settings>(before));
  ask("exchange.contoso.test", 100, soap::Operation::acquire_license, 503, "the service is away");
  begin();
  ask("exchange.contoso.test", 100, soap::Operation::acquire_license, 503, "the service is away");
  EXPECT_FALSE(returns());
}

TEST_F(ReloadWatchTest, NothingReturnsOnceItHasProvenItself) {
  begin();
  ask("exchange.contoso.test", 100, soap::Operation::acquire_license, 503, "the service is away");
  watch.end(after.reload);
  EXPECT_FALSE(watch.watching());
  EXPECT_FALSE(returns());
  EXPECT_TRUE(watch.over(kBegan));
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// The journal's heads on their way to somebody who keeps them: when, how often, and what the receipts show. The journal
// is real, on a disk; who keeps the heads is not.
#include "connector/audit/head_keeper.h"

#include <deque>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/audit/verify.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Keeps heads in memory, honestly, unless it is told to fail, to be silent, to forget or to make something up.
class FakeHeads final : public HeadService {
 public:
  boost::asio::awaitable<Result<HeadKept>> keep(SentHead head, SteadyTime deadline) override {
    sent.push_back(head);
    deadlines.push_back(deadline);
    if (silent) {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, SteadyTime::max());
      co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      co_return Error(Errc::cancelled, "nobody waits any more");
    }
    HeadKept receipt{time, kept.empty() ? std::nullopt : std::optional(kept.back()), finding, before};
    if (!failure || keeps_in_spite) kept.push_back(head.head);
    if (failure) co_return *failure;
    co_return receipt;
  }
  bool reachable() const override { return is_reachable; }

  const WallTime time{std::chrono::seconds(1'800'000'007)};
  std::vector<SentHead> sent;
  std::vector<SteadyTime> deadlines;
  std::deque<JournalHead> kept;
  std::optional<Error> failure;
  bool keeps_in_spite = false;  // and only the receipt is lost
  bool silent = false, is_reachable = true;
  std::string_view finding;
  std::optional<OtherJournal> before;
};

class HeadKeeperTest : public testing::Test {
 protected:
  HeadKeeperTest() {
    settings_.directory = directory_.path();
    begin();
  }
  // A life of the connector.
  void begin() {
    auto writer = ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
    if (!writer) throw std::runtime_error(writer.error().to_string());
    journal_ = std::make_unique<Journal>(loop_.executor(), *std::move(writer), WhenFull::refuse, "connector-1", clock_,
                                         metrics_);
    make_keeper(1min);
    if (!test::eventually([&] { return journal_->newest().has_value(); })) throw std::runtime_error("not started");
  }
  void make_keeper(std::chrono::milliseconds every) {
    keeper_.emplace(loop_.executor(), *journal_, service_, every, clock_, log_, metrics_);
  }
  void end() {
    keeper_.reset();
    journal_.reset();
  }
  void TearDown() override {
    end();
    EXPECT_TRUE(loop_.quiet());
  }

  std::chrono::milliseconds look() { return loop_.run(keeper_->look()); }
  void stop(SteadyTime until = SteadyTime::max()) { loop_.run(keeper_->stop(until)); }
  void decide() {
    AccessRecord record;
    record.status = 404;
    ASSERT_TRUE(loop_.run(journal_->enter(record)));
  }

  // All lines that are on the disk by the time that `count` of that kind are.
  std::vector<JournalLine> lines(std::string_view kind, std::size_t count) const {
    std::vector<JournalLine> found;
    EXPECT_TRUE(test::eventually([&] {
      found.clear();
      for (const auto& file : *list_journal(settings_.directory))
        static_cast<void>(read_lines(file.path, [&](const RawLine& raw) {
          auto line = read_journal_line(raw.bytes);
          if (line && line->kind == kind) found.push_back(*std::move(line));
          return true;
        }));
      return found.size() >= count;
    }));
    return found;
  }
  double metric(const std::string& series) const {
    const std::string text = "\n" + metrics_.render();
    const std::size_t at = text.find("\n" + series + " ");
    return at == text.npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
  double heads(const std::string& fate) const {
    return metric("rms_connector_audit_heads_total{fate=\"" + fate + "\"}");
  }

  test::TempDir directory_;
  test::Loop loop_;
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  test::RecordLog log_;
  Metrics metrics_{BuildInfo()};
  AuditSettings settings_;
  FakeHeads service_;
  std::unique_ptr<Journal> journal_;
  std::optional<HeadKeeper> keeper_;
};

TEST_F(HeadKeeperTest, TheHeadIsSentAndItsReceiptIsALine) {
  EXPECT_EQ(look(), 1min);
  ASSERT_EQ(service_.sent.size(), 1U);
  const auto started = lines("started", 1).at(0);
  EXPECT_EQ(service_.sent[0].head, started.own);
  EXPECT_EQ(service_.sent[0].journal, started.member("journal"));
  EXPECT_EQ(service_.sent[0].written, clock_.wall());

  const auto kept = lines("kept", 1).at(0);
  EXPECT_EQ(kept.member("journal"), started.member("journal"));
  EXPECT_EQ(kept.member("kept_seq"), "1");
  EXPECT_EQ(kept.member("kept_hash"), started.own.hash);
  EXPECT_EQ(kept.member("kept_time"), "2027-01-15T08:00:07.000Z");
  EXPECT_EQ(kept.member("finding"), "");
  EXPECT_EQ(heads("kept"), 1);
  EXPECT_EQ(metric("rms_connector_audit_head_kept_sequence"), 1);
  EXPECT_EQ(metric("rms_connector_audit_head_last_kept_timestamp_seconds"), 1'800'000'007);
}

TEST_F(HeadKeeperTest, OneThatIsIdleSendsNothingAndItsOwnReceiptsAreNothing) {
  look();
  lines("kept", 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(look(), 1min);
  EXPECT_EQ(service_.sent.size(), 1U);
  decide();
  look();
  lines("kept", 2);
  for (int i = 0; i < 10; ++i) look();
  ASSERT_EQ(service_.sent.size(), 2U);
  EXPECT_EQ(service_.sent[1].head.sequence, 3U) << "started, kept, the decision";
}

TEST_F(HeadKeeperTest, OnceAMinuteIsEnoughHoweverMuchIsDecided) {
  EXPECT_EQ(look(), 1min);
  for (int i = 0; i < 5; ++i) decide();
  EXPECT_EQ(look(), 1min);
  ASSERT_EQ(service_.sent.size(), 2U) << "the newest stands for those before it";
  EXPECT_EQ(service_.sent[1].head, lines("decision", 5).back().own);
}

TEST_F(HeadKeeperTest, AFailureIsToldOnceAndTriedAgainWithABackOff) {
  service_.failure = Error(Errc::unavailable, "no connection to cloud:8443");
  for (int i = 0; i < 20; ++i) EXPECT_LE(look(), 1min);
  EXPECT_EQ(service_.sent.size(), 20U);
  EXPECT_EQ(heads("failed"), 20);
  EXPECT_EQ(metric("rms_connector_audit_head_last_kept_timestamp_seconds"), 0);
  const auto told = log_.lines(Event::heads_not_kept);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].level, Level::warning);
  EXPECT_THAT(told[0].field("error"), HasSubstr("no connection"));
  decide();  // nobody waits for it

  service_.failure.reset();
  EXPECT_EQ(look(), 1min);
  EXPECT_EQ(log_.lines(Event::heads_kept).size(), 1U);
  decide();
  look();
  EXPECT_EQ(log_.lines(Event::heads_kept).size(), 1U) << "as it should be is not told";
  EXPECT_EQ(heads("kept"), 2);
}

TEST_F(HeadKeeperTest, ALostReceiptIsNoContradiction) {
  look();
  decide();
  service_.failure = Error(Errc::deadline_exceeded, "too late");
  service_.keeps_in_spite = true;
  look();
  service_.failure.reset();
  decide();
  look();
  EXPECT_EQ(heads("contradicted"), 0);
  EXPECT_EQ(heads("kept"), 2);
}

TEST_F(HeadKeeperTest, AServiceThatForgotIsAnErrorAndALineSaysSo) {
  look();
  decide();
  service_.kept.clear();
  look();
  EXPECT_EQ(heads("contradicted"), 1);
  const auto told = log_.lines(Event::head_contradicted);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].level, Level::error);
  EXPECT_EQ(told[0].field("finding"), "forgotten");
  EXPECT_EQ(lines("kept", 2).at(1).member("finding"), "forgotten");
  decide();
  look();
  EXPECT_EQ(log_.lines(Event::head_contradicted).size(), 1U) << "it is told once";
}

TEST_F(HeadKeeperTest, SoIsOneThatChangedWhatItKept) {
  look();
  decide();
  service_.kept.back().hash = std::string(64, 'b');
  look();
  EXPECT_EQ(log_.lines(Event::head_contradicted).at(0).field("finding"), "changed");
}

TEST_F(HeadKeeperTest, SoIsOneThatKnowsAHeadThatWeDidNotSend) {
  look();
  decide();
  service_.kept.push_back({1'000, std::string(64, 'b')});
  look();
  EXPECT_EQ(log_.lines(Event::head_contradicted).at(0).field("finding"), "not_ours");
}

TEST_F(HeadKeeperTest, SoIsWhatTheServiceItselfFinds) {
  service_.finding = "other_hash";
  EXPECT_EQ(look(), 1min) << "it is kept";
  EXPECT_EQ(log_.lines(Event::head_contradicted).at(0).field("finding"), "other_hash");
  EXPECT_EQ(lines("kept", 1).at(0).member("finding"), "other_hash");
  EXPECT_EQ(heads("contradicted"), 1);
}

TEST_F(HeadKeeperTest, ARestartKnowsTheJournalAndWhatWasKeptOfIt) {
  look();
  lines("kept", 1);
  const std::string id = journal_->began().id;
  end();
  service_.kept.clear();
  begin();
  EXPECT_EQ(journal_->began().id, id);
  look();
  EXPECT_EQ(log_.lines(Event::head_contradicted).at(0).field("finding"), "forgotten") << "while we were away";
}

TEST_F(HeadKeeperTest, AJournalThatIsNewWhereThereWasAnotherIsAWarningOnce) {
  service_.before = OtherJournal{"22222222-2222-4222-8222-222222222222", {700, std::string(64, 'c')}, service_.time};
  service_.failure = Error(Errc::deadline_exceeded, "too late");
  service_.keeps_in_spite = true;
  look();
  EXPECT_TRUE(log_.lines(Event::journal_anew).empty()) << "nobody said so yet";
  service_.failure.reset();
  look();
  const auto told = log_.lines(Event::journal_anew);
  ASSERT_EQ(told.size(), 1U) << "also if the first receipt was lost";
  EXPECT_EQ(told[0].level, Level::warning);
  EXPECT_EQ(told[0].field("journal"), journal_->began().id);
  EXPECT_EQ(told[0].field("other"), "22222222-2222-4222-8222-222222222222");
  EXPECT_EQ(told[0].field("other_head"), "700:" + std::string(64, 'c'));
  EXPECT_EQ(told[0].field("other_kept"), "2027-01-15T08:00:07.000Z");
  EXPECT_EQ(lines("kept", 1).at(0).member("finding"), "anew");
  EXPECT_EQ(metric("rms_connector_audit_journals_anew_total"), 1);
  EXPECT_EQ(heads("contradicted"), 0);
  decide();
  look();
  end();
  begin();
  look();
  EXPECT_EQ(log_.lines(Event::journal_anew).size(), 1U) << "it is told once";
}

TEST_F(HeadKeeperTest, TheFirstJournalOfAConnectorIsNothingToTell) {
  look();
  lines("kept", 1);
  EXPECT_TRUE(log_.lines(Event::journal_anew).empty());
  EXPECT_EQ(metric("rms_connector_audit_journals_anew_total"), 0);
}

TEST_F(HeadKeeperTest, LooksByItselfUntilItIsStopped) {
  make_keeper(1ms);
  keeper_->start();
  const auto has_sent = [&](std::size_t count) {
    while (service_.sent.size() < count) ASSERT_EQ(loop_.context().run_one_for(10s), 1U);
  };
  has_sent(1);
  AccessRecord record;
  record.status = 404;
  static_cast<void>(journal_->enter(record));
  has_sent(2);
  stop();
}

TEST_F(HeadKeeperTest, TheLastOneIsSentAtTheEnd) {
  look();
  decide();
  stop();
  ASSERT_EQ(service_.sent.size(), 2U);
  EXPECT_EQ(service_.deadlines[1], clock_.steady() + HeadKeeper::kLastPatience);
  stop();
  EXPECT_EQ(service_.sent.size(), 2U) << "once";
}

TEST_F(HeadKeeperTest, TheEndIsNotDelayed) {
  look();
  stop();
  EXPECT_EQ(service_.sent.size(), 1U) << "nothing is new";
  decide();
  service_.is_reachable = false;
  stop();
  EXPECT_EQ(service_.sent.size(), 1U) << "nobody is there";
  service_.is_reachable = true;
  stop(clock_.steady());
  EXPECT_EQ(service_.sent.size(), 1U) << "the time is over";
  stop(clock_.steady() + 1s);
  ASSERT_EQ(service_.sent.size(), 2U);
  EXPECT_EQ(service_.deadlines[1], clock_.steady() + 1s) << "and never later than that";
}

TEST_F(HeadKeeperTest, OneThatIsUnderWayIsGivenUpAtTheEnd) {
  service_.silent = true;
  keeper_->start();
  while (service_.sent.empty()) ASSERT_EQ(loop_.context().run_one_for(10s), 1U);
  service_.is_reachable = false;
  stop();
  EXPECT_EQ(heads("failed"), 0) << "nobody failed";
  EXPECT_TRUE(log_.lines(Event::heads_not_kept).empty());
}

}  // namespace
}  // namespace rms::connector

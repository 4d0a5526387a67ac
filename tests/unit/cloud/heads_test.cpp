// SPDX-License-Identifier: Apache-2.0
//
// Heads of audit journals: what is kept, what is told of the ones before, what is let go of, and what is a warning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guid.h"
#include "cloud/heads/head_book.h"
#include "cloud/store/sqlite_store.h"
#include "support/fake_clock.h"
#include "support/outcome.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using testing::ElementsAre;

constexpr auto kJournal = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5", kOther = "11111111-1111-4111-8111-111111111111";

class HeadsTest : public testing::Test {
 protected:
  void open(const HeadLimits& limits = {}) {
    store_ = must(SqliteStore::open({directory_.path() / "store.db", 5s, limits}));
    must(store_->add_tenant({tenant_, "contoso.test", "https://rms.contoso.test", "<XrML/>", {1}, {2}, {3}, now()}));
    book_.emplace(*store_, clock_, log_);
  }
  WallTime now() const { return clock_.wall(); }

  static HeadRecord head(std::uint64_t sequence, char digit = 'a', const std::string& journal = kJournal) {
    HeadRecord made;
    made.journal = journal;
    made.sequence = sequence;
    made.hash = std::string(64, digit);
    return made;
  }
  Result<KeptHead> keep(const HeadRecord& what, const std::string& connector = "c1") {
    return book_->keep({tenant_, connector, std::string(64, 'f'), now(), false}, what);
  }
  std::vector<std::uint64_t> kept(std::optional<std::string_view> connector = std::nullopt,
                                  std::size_t most = 1'000) const {
    std::vector<std::uint64_t> sequences;
    for (const auto& one : must(store_->last_heads(tenant_, connector, most))) sequences.push_back(one.sequence);
    return sequences;
  }

  const std::string tenant_ = new_guid();
  test::TempDir directory_;
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  test::RecordLog log_;
  std::unique_ptr<SqliteStore> store_;
  std::optional<HeadBook> book_;
};

TEST_F(HeadsTest, EachIsKeptWithTheOneBeforeItAsItsReceipt) {
  open();
  const auto first = must(keep(head(7)));
  EXPECT_FALSE(first.previous);
  EXPECT_EQ(first.kept, now());
  clock_.advance(60s);
  const auto second = must(keep(head(9, 'b')));
  ASSERT_TRUE(second.previous);
  EXPECT_EQ(second.previous->sequence, 7u);
  EXPECT_EQ(second.previous->hash, std::string(64, 'a'));
  EXPECT_EQ(second.finding, HeadFinding::none);
  EXPECT_THAT(kept(), ElementsAre(7, 9));
  const auto heads = must(store_->last_heads(tenant_, "C1", 1));
  ASSERT_EQ(heads.size(), 1u) << "names of connectors know no case";
  EXPECT_EQ(heads[0].connector, "c1");
  EXPECT_EQ(heads[0].journal, kJournal);
  EXPECT_EQ(heads[0].hash, std::string(64, 'b'));
  EXPECT_EQ(heads[0].kept, now());
  EXPECT_EQ(log_.count_from(Level::warning), 0u);
}

TEST_F(HeadsTest, TheSameAgainIsKeptOnceAndGetsTheSameReceipt) {
  open();
  must(keep(head(7)));
  const auto once = must(keep(head(9)));
  clock_.advance(1s);
  const auto again = must(keep(head(9)));
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.kept, once.kept);
  ASSERT_TRUE(again.previous);
  EXPECT_EQ(again.previous->sequence, 7u);
  EXPECT_THAT(kept(), ElementsAre(7, 9));
}

TEST_F(HeadsTest, AnotherHashForALineIsAWarningAndEvidence) {
  open();
  must(keep(head(7)));
  must(keep(head(9)));
  EXPECT_EQ(must(keep(head(7, 'b'))).finding, HeadFinding::other_hash);
  EXPECT_THAT(kept(), ElementsAre(7, 9, 7)) << "nothing took its place";
  const auto warnings = log_.lines(Event::head_contradicted);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].level, Level::warning);
  EXPECT_EQ(warnings[0].field("connector"), "c1");
  EXPECT_EQ(warnings[0].field("head"), "7:" + std::string(64, 'b'));
  // A retry hears the same, and nobody is warned twice.
  EXPECT_EQ(must(keep(head(7, 'b'))).finding, HeadFinding::other_hash);
  EXPECT_EQ(log_.lines(Event::head_contradicted).size(), 1u);
}

TEST_F(HeadsTest, AShorterJournalIsAWarningAndEvidence) {
  open();
  must(keep(head(9)));
  EXPECT_EQ(must(keep(head(8))).finding, HeadFinding::backwards);
  EXPECT_THAT(kept(), ElementsAre(9, 8));
  EXPECT_EQ(log_.lines(Event::head_contradicted).size(), 1u);
  EXPECT_EQ(must(keep(head(8, 'a'))).finding, HeadFinding::backwards) << "also for a retry";
  EXPECT_EQ(must(keep(head(10))).finding, HeadFinding::none) << "it is told once";
}

TEST_F(HeadsTest, JournalsAndConnectorsAreHeldApart) {
  open();
  must(keep(head(9)));
  const auto anew = must(keep(head(1, 'b', kOther)));
  EXPECT_EQ(anew.finding, HeadFinding::none);
  EXPECT_FALSE(anew.previous);
  const auto elsewhere = must(keep(head(2), "c2"));
  EXPECT_EQ(elsewhere.finding, HeadFinding::none);
  EXPECT_FALSE(elsewhere.previous);
  EXPECT_THAT(kept("c1"), ElementsAre(9, 1));
  EXPECT_THAT(kept("c2"), ElementsAre(2));
  EXPECT_THAT(kept(std::nullopt, 2), ElementsAre(1, 2)) << "the newest, oldest first";
  // Whoever knows that nobody began one knows more than we do.
  const auto warnings = log_.lines(Event::journal_anew);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].field("journal"), kOther);
}

TEST_F(HeadsTest, EachReceiptSaysWhichJournalCameBefore) {
  open();
  EXPECT_FALSE(must(keep(head(1))).before);
  EXPECT_FALSE(must(keep(head(5, 'c'))).before) << "its own is none";
  must(keep(head(70), "c2"));
  for (const std::uint64_t sequence : {1, 2, 2}) {  // also a later one, and one that comes again
    const auto anew = must(keep(head(sequence, 'b', kOther)));
    ASSERT_TRUE(anew.before);
    EXPECT_EQ(anew.before->journal, kJournal);
    EXPECT_EQ(anew.before->sequence, 5u);
    EXPECT_EQ(anew.before->hash, std::string(64, 'c'));
    EXPECT_EQ(anew.before->connector, "c1");
  }
  EXPECT_FALSE(must(keep(head(6))).before) << "what came later did not come before";
}

TEST_F(HeadsTest, AnOldJournalIsForgottenAndTheUsageLogSaysByWhom) {
  open({.journals = 2});
  must(keep(head(1)));
  must(keep(head(2)));
  must(keep(head(1, 'a', kOther)));
  UsageRow trace;
  trace.row_id = new_guid();
  trace.user_id = "root";
  trace.mechanism = kAdministratorsTool;
  EXPECT_TRUE(fails_with(store_->forget_journal(tenant_, "c1", kOther, trace), Errc::denied)) << "it is in use";
  EXPECT_TRUE(fails_with(store_->forget_journal(tenant_, "c2", kJournal, trace), Errc::not_found));
  EXPECT_TRUE(must(store_->last_usage(tenant_, 10)).empty()) << "nothing was done";
  EXPECT_EQ(must(store_->forget_journal(tenant_, "C1", kJournal, trace)), 2u);
  EXPECT_THAT(kept(), ElementsAre(1));
  ASSERT_EQ(must(store_->last_usage(tenant_, 10)).size(), 1u);
  EXPECT_EQ(must(store_->last_usage(tenant_, 10))[0].user_id, "root");
  must(keep(head(1, 'a', new_guid())));  // there is room again
}

TEST_F(HeadsTest, WhatIsKeptOutlivesTheRegistration) {
  open();
  must(store_->add_connector({tenant_, "c1", std::string(64, 'f'), now(), false}));
  must(keep(head(9)));
  must(store_->remove_connector(tenant_, "c1"));
  EXPECT_THAT(kept("c1"), ElementsAre(9));
}

TEST_F(HeadsTest, TheOldestGoWhenThereAreTooManyButNeverTheFirstOfAJournalOrADay) {
  open({.newest = 3});
  for (std::uint64_t i = 1; i <= 4; ++i) must(keep(head(i)));
  EXPECT_THAT(kept(), ElementsAre(1, 2, 3, 4)) << "three, and the first";
  must(keep(head(5)));
  EXPECT_THAT(kept(), ElementsAre(1, 3, 4, 5)) << "one more than that";
  must(keep(head(6, 'a', kOther)));
  clock_.advance(24h);
  must(keep(head(7)));
  for (std::uint64_t i = 8; i <= 11; ++i) must(keep(head(i)));
  EXPECT_THAT(kept(), ElementsAre(1, 6, 7, 9, 10, 11));
  must(keep(head(20), "c2"));
  EXPECT_THAT(kept("c1"), ElementsAre(1, 6, 7, 9, 10, 11)) << "others take nothing away";
}

TEST_F(HeadsTest, NobodyPushesOlderOnesOutInAHurry) {
  open({.an_hour = 5});
  for (std::uint64_t i = 1; i <= 5; ++i) must(keep(head(i)));
  EXPECT_TRUE(fails_with(keep(head(6)), Errc::overloaded));
  EXPECT_TRUE(must(keep(head(5))).repeated) << "what is here already costs nothing";
  must(keep(head(1), "c2"));
  clock_.advance(1h);
  EXPECT_TRUE(fails_with(keep(head(6)), Errc::overloaded)) << "an hour is not over yet";
  clock_.advance(1ms);
  must(keep(head(6)));
}

TEST_F(HeadsTest, NorByBeginningJournalAfterJournal) {
  open({.journals = 2});
  must(keep(head(1)));
  must(keep(head(1, 'a', kOther)));
  EXPECT_TRUE(fails_with(keep(head(1, 'a', new_guid())), Errc::overloaded));
  must(keep(head(2)));
  EXPECT_THAT(kept(), ElementsAre(1, 1, 2)) << "those that there are go on";
}

TEST_F(HeadsTest, AStoreThatCannotKeepSaysSo) {
  open();
  EXPECT_TRUE(fails_with(store_->keep_head(new_guid(), head(1)), Errc::not_found)) << "no such tenant";
  must(store_->limit_pages_for_test(1));
  Result<KeptHead> last = keep(head(1));
  for (std::uint64_t i = 2; last && i < 500; ++i) last = keep(head(i));
  EXPECT_TRUE(fails_with(last, Errc::io_error));
}

}  // namespace
}  // namespace rms::cloud

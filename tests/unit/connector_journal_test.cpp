// SPDX-License-Identifier: Apache-2.0
//
// What stands between the loop and the disk.
#include "connector/audit/journal.h"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/eventually.h"
#include "support/loop.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

// Keeps what it gets; can be told to wait and to fail.
struct FakeDisk {
  std::mutex mutex;
  std::condition_variable moved;
  bool stuck = false, full = false;
  std::vector<std::size_t> groups;  // how many lines each had
  std::vector<std::string> lines;
  std::uint64_t dropped = 0;

  void set(bool& what, bool value) {
    {
      const std::lock_guard lock(mutex);
      what = value;
    }
    moved.notify_all();
  }
  std::size_t begun() {
    const std::lock_guard lock(mutex);
    return groups.size();
  }
};

class FakeSink final : public JournalSink {
 public:
  explicit FakeSink(FakeDisk& disk) : disk_(disk) {}
  Result<void> write(std::span<const std::string> members, std::uint64_t dropped) override {
    std::unique_lock lock(disk_.mutex);
    disk_.groups.push_back(members.size());
    disk_.dropped += dropped;
    disk_.moved.wait(lock, [&] { return !disk_.stuck; });
    if (disk_.full) return Error(Errc::io_error, "no space left");
    disk_.lines.insert(disk_.lines.end(), members.begin(), members.end());
    return {};
  }
  JournalMark mark() const override {
    const std::lock_guard lock(disk_.mutex);
    return {"0f45fd50-383b-43ee-90a4-ed013cd0cfe5", {disk_.lines.size(), std::string(64, 'a')}, std::nullopt};
  }

 private:
  FakeDisk& disk_;
};

class JournalTest : public testing::Test {
 protected:
  void open(WhenFull when_full = WhenFull::refuse, JournalLimits limits = {}) {
    journal_ = std::make_unique<Journal>(loop_.executor(), std::make_unique<FakeSink>(disk_), when_full, "connector-1",
                                         clock_, metrics_, limits);
    // What the sink owes is asked for first, and is no line.
    ASSERT_TRUE(test::eventually([&] { return disk_.begun() == 1; }));
  }
  void TearDown() override {
    journal_.reset();
    EXPECT_TRUE(loop_.quiet());
  }

  static AccessRecord record() {
    AccessRecord made;
    made.status = 404;
    return made;
  }
  bool may_leave() { return loop_.run(journal_->enter(record())); }
  double lines(const std::string& fate) const {
    const std::string text = metrics_.render(), series = "rms_connector_audit_lines_total{fate=\"" + fate + "\"} ";
    const std::size_t at = text.find(series);
    return at == text.npos ? -1 : std::stod(text.substr(at + series.size()));
  }

  test::Loop loop_;
  SystemClock clock_;
  Metrics metrics_{BuildInfo()};
  FakeDisk disk_;
  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalTest, AnAnswerMayLeaveOnceItsLineIsOnTheDisk) {
  open();
  EXPECT_TRUE(may_leave());
  ASSERT_EQ(disk_.lines.size(), 1U);
  EXPECT_THAT(disk_.lines[0], testing::HasSubstr("\"reason\":\"no_such_page\""));
  EXPECT_EQ(lines("written"), 1);
}

TEST_F(JournalTest, WhatTheDiskDoesNotTakeIsRefused) {
  open();
  disk_.set(disk_.full, true);
  EXPECT_FALSE(may_leave());
  EXPECT_EQ(lines("failed"), 1);
  disk_.set(disk_.full, false);
  EXPECT_TRUE(may_leave()) << "and no longer than that";
}

TEST_F(JournalTest, OrGoesOnWithout) {
  open(WhenFull::go_on);
  disk_.set(disk_.full, true);
  EXPECT_TRUE(may_leave());
  EXPECT_EQ(lines("failed"), 1);
}

TEST_F(JournalTest, WhatComesWhileTheDiskIsBusyIsOneGroup) {
  open();
  disk_.set(disk_.stuck, true);
  auto first = journal_->enter(record());
  ASSERT_TRUE(test::eventually([&] { return disk_.begun() == 2; }));
  std::vector<boost::asio::awaitable<bool>> others;
  for (int i = 0; i < 5; ++i) others.push_back(journal_->enter(record()));
  disk_.set(disk_.stuck, false);
  EXPECT_TRUE(loop_.run(std::move(first)));
  for (auto& other : others) EXPECT_TRUE(loop_.run(std::move(other)));
  EXPECT_EQ(disk_.groups, (std::vector<std::size_t>{0, 1, 5}));
}

TEST_F(JournalTest, TheQueueHasABoundAndWhatIsBeyondItIsCounted) {
  open(WhenFull::refuse, {.lines = 3});
  disk_.set(disk_.stuck, true);
  auto first = journal_->enter(record());
  ASSERT_TRUE(test::eventually([&] { return disk_.begun() == 2; }));
  std::vector<boost::asio::awaitable<bool>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(journal_->enter(record()));
  EXPECT_FALSE(may_leave()) << "at once, though the disk is stuck";
  EXPECT_EQ(lines("dropped"), 1);
  disk_.set(disk_.stuck, false);
  for (auto& one : waiting) EXPECT_TRUE(loop_.run(std::move(one)));
  EXPECT_TRUE(loop_.run(std::move(first)));
  EXPECT_EQ(disk_.dropped, 1U);
}

TEST_F(JournalTest, SoHaveItsBytes) {
  open(WhenFull::refuse, {.bytes = 100});
  EXPECT_FALSE(may_leave()) << "a line is longer than that";
}

TEST_F(JournalTest, ADiskThatDoesNotAnswerIsNotWaitedForWithoutEnd) {
  open(WhenFull::refuse, {.patience = 20ms});
  disk_.set(disk_.stuck, true);
  EXPECT_FALSE(may_leave());
  disk_.set(disk_.stuck, false);
}

TEST_F(JournalTest, TheNewestLineIsToldOnceItIsOnTheDiskUnlessOnlyReceiptsAre) {
  open();
  EXPECT_FALSE(journal_->newest());
  EXPECT_TRUE(may_leave());
  ASSERT_TRUE(journal_->newest());
  EXPECT_EQ(journal_->newest()->head.sequence, 1U);
  journal_->receipt(journal_->newest()->head, clock_.wall(), "");
  ASSERT_TRUE(test::eventually([&] { return lines("written") == 2; }));
  EXPECT_EQ(journal_->newest()->head.sequence, 1U) << "a receipt is nothing new";
  EXPECT_TRUE(may_leave());
  EXPECT_EQ(journal_->newest()->head.sequence, 3U);
  disk_.set(disk_.full, true);
  EXPECT_FALSE(may_leave());
  EXPECT_EQ(journal_->newest()->head.sequence, 3U);
  disk_.set(disk_.full, false);
}

TEST_F(JournalTest, ALineIsTakenAlsoIfNobodyWaitsForIt) {
  open();
  static_cast<void>(journal_->enter(record()));
  journal_.reset();
  ASSERT_EQ(disk_.lines.size(), 2U);
  EXPECT_THAT(disk_.lines[0], testing::HasSubstr("\"kind\":\"decision\""));
  EXPECT_THAT(disk_.lines[1], testing::HasSubstr("\"kind\":\"stopped\"")) << "the last line of a good end";
}

}  // namespace
}  // namespace rms::connector

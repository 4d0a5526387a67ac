// SPDX-License-Identifier: Apache-2.0
#include "net/task_group.h"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/backoff.h"
#include "net/deadline.h"
#include "support/loop.h"
#include "support/record_log.h"

namespace rms::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

asio::awaitable<void> forever(int& ended) {
  struct Ended {
    int& count;
    ~Ended() { ++count; }
  } const at_end{ended};
  asio::steady_timer never(co_await asio::this_coro::executor, SteadyTime::max());
  co_await never.async_wait(asio::use_awaitable);
}

asio::awaitable<void> turn() {
  co_await asio::post(asio::use_awaitable);
}

asio::awaitable<void> nothing() {
  co_return;
}

asio::awaitable<void> fail() {
  co_await turn();
  throw std::runtime_error("nobody foresaw this");
}

class TaskGroupTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(group_.empty());
    EXPECT_TRUE(loop_.quiet());
  }

  test::Loop loop_;
  test::RecordLog log_;
  TaskGroup group_{loop_.executor(), log_, "tests"};
  int ended_ = 0;
};

TEST_F(TaskGroupTest, IsEmptyWhenTheLastTaskHasEnded) {
  group_.spawn(nothing());
  group_.spawn(turn());
  EXPECT_EQ(group_.size(), 2U);
  loop_.run(group_.wait_empty());
  EXPECT_TRUE(group_.empty());
  EXPECT_TRUE(log_.lines().empty());
}

TEST_F(TaskGroupTest, WaitingForNothingCompletesAtOnce) {
  loop_.run(group_.wait_empty());
}

TEST_F(TaskGroupTest, CancelEndsEveryTaskWithoutALine) {
  for (int i = 0; i < 3; ++i) group_.spawn(forever(ended_));
  loop_.run(turn());
  group_.cancel();
  loop_.run(group_.wait_empty());
  EXPECT_EQ(ended_, 3);
  EXPECT_TRUE(log_.lines().empty());
}

TEST_F(TaskGroupTest, ATaskThatComesAfterCancelEndsAtItsFirstWait) {
  group_.cancel();
  group_.spawn(forever(ended_));
  loop_.run(group_.wait_empty());
  EXPECT_EQ(ended_, 1);
}

TEST_F(TaskGroupTest, AnExceptionIsLoggedAndTheOthersGoOn) {
  group_.spawn(forever(ended_));
  group_.spawn(fail());
  EXPECT_FALSE(loop_.run(group_.wait_empty_until(in(20ms))));
  EXPECT_EQ(group_.size(), 1U);
  const auto lines = log_.lines(Event::unhandled);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, Level::error);
  EXPECT_EQ(lines[0].field("group"), "tests");
  EXPECT_EQ(lines[0].field("error"), "nobody foresaw this");
  group_.cancel();
  EXPECT_TRUE(loop_.run(group_.wait_empty_until(in(10s))));
}

// ---- with_deadline

asio::awaitable<int> seven() {
  co_await turn();
  co_return 7;
}

asio::awaitable<int> fails_with_seven() {
  co_await turn();
  throw 7;
}

asio::awaitable<int> seven_too_late(int& ended) {
  co_await forever(ended);
  co_return 7;
}

// What a task that shields itself does: it is cancelled and takes its time.
asio::awaitable<int> stubborn(bool& finished) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  asio::steady_timer timer(co_await asio::this_coro::executor, in(50ms));
  co_await timer.async_wait(asio::use_awaitable);
  finished = true;
  co_return 7;
}

class DeadlineTest : public TaskGroupTest {};

TEST_F(DeadlineTest, GivesTheResultOfATaskInTime) {
  EXPECT_EQ(loop_.run(with_deadline(seven(), in(1h))), 7);
}

TEST_F(DeadlineTest, GivesNothingWhenTheTimeIsOver) {
  EXPECT_EQ(loop_.run(with_deadline(seven_too_late(ended_), in(5ms))), std::nullopt);
  EXPECT_EQ(ended_, 1);
}

TEST_F(DeadlineTest, ADeadlineInThePastStillEndsTheTask) {
  EXPECT_EQ(loop_.run(with_deadline(seven_too_late(ended_), in(-1h))), std::nullopt);
  EXPECT_FALSE(loop_.run(with_deadline(forever(ended_), in(-1h))));
}

TEST_F(DeadlineTest, PassesOnWhatTheTaskThrows) {
  EXPECT_THROW(loop_.run(with_deadline(fails_with_seven(), in(1h))), int);
}

TEST_F(DeadlineTest, WaitsForATaskThatIsSlowToEnd) {
  bool finished = false;
  EXPECT_EQ(loop_.run(with_deadline(stubborn(finished), in(1ms))), std::nullopt);
  EXPECT_TRUE(finished);
}

asio::awaitable<void> wait_for_seven(int& ended) {
  co_await with_deadline(seven_too_late(ended), in(1h));
}

TEST_F(DeadlineTest, CancellingTheCallerCancelsTheTask) {
  group_.spawn(wait_for_seven(ended_));
  loop_.run(turn());
  group_.cancel();
  loop_.run(group_.wait_empty());
  EXPECT_EQ(ended_, 1);
  EXPECT_TRUE(log_.lines().empty());
}

// ---- Backoff

TEST(Backoff, WaitsBetweenZeroAndACeilingThatDoublesUpToItsCap) {
  Backoff backoff(5ms, 30ms, 1);
  for (const auto ceiling : {5ms, 10ms, 20ms, 30ms, 30ms}) {
    EXPECT_EQ(backoff.ceiling(), ceiling);
    const auto wait = backoff.next();
    EXPECT_GE(wait, 0ms);
    EXPECT_LE(wait, ceiling);
  }
  backoff.reset();
  EXPECT_EQ(backoff.ceiling(), 5ms);
}

TEST(Backoff, TwoOfThemDoNotWaitInStep) {
  Backoff one(1h, 10h, 1), other(1h, 10h, 2);
  EXPECT_NE(one.next(), other.next());
}

TEST(Scatter, TellsEveryNumberWithinItsBoundsAndNoOther) {
  Scatter scatter(2s, 6s, 1);
  std::set<std::chrono::seconds> told;
  for (int i = 0; i < 1000; ++i) told.insert(scatter.next());
  EXPECT_EQ(told, (std::set<std::chrono::seconds>{2s, 3s, 4s, 5s, 6s}));
}

}  // namespace
}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
//
// What the pool decides with a clock, without one running: when a connection is checked, left alone and given up;
// whether a call is repeated; how long is long.
#include <gtest/gtest.h>

#include "connector/pool/health.h"
#include "connector/pool/latency.h"
#include "connector/pool/retry.h"
#include "connector/pool/slot.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using Finding = SlotHealth::Finding;

class PoolHealth : public testing::Test {
 protected:
  bool check_due(bool calls_wait = false) const { return health.check_due(now, calls_wait); }
  Finding checked(ServiceHealth said) {
    health.check_began();
    now += said == ServiceHealth::silent ? SlotHealth::kCheckPatience : 1ms;
    return health.checked(said, now);
  }
  void lose(unsigned calls) {
    for (unsigned i = 0; i < calls; ++i) health.lost();
  }

  Jitter jitter{7};
  SteadyTime now = SteadyTime() + 1h;
  SlotHealth health{jitter, now};
};

TEST_F(PoolHealth, IsAskedForWhenNothingWasHeardForHalfAMinute) {
  now += 23s;
  EXPECT_FALSE(check_due());
  now += 14s;
  EXPECT_TRUE(check_due());
  EXPECT_EQ(checked(ServiceHealth::serving), Finding::fine);
  EXPECT_FALSE(check_due());
}

TEST_F(PoolHealth, IsNotAskedForWhileCallsAreAnswered) {
  for (int i = 0; i < 100; ++i) {
    now += 20s;
    health.heard(now);
    EXPECT_FALSE(check_due());
  }
}

TEST_F(PoolHealth, IsAskedForSoonWhileCallsWait) {
  now += 10s;
  health.sent(now);
  now += 900ms;
  EXPECT_FALSE(check_due(true));
  now += 200ms;
  EXPECT_TRUE(check_due(true));
  health.check_began();
  EXPECT_FALSE(check_due(true)) << "once at a time";
}

TEST_F(PoolHealth, ThatTwoChecksInARowDoNotConfirmIsOver) {
  EXPECT_EQ(checked(ServiceHealth::silent), Finding::silent);
  EXPECT_TRUE(check_due()) << "at once";
  EXPECT_EQ(checked(ServiceHealth::silent), Finding::dead);
}

TEST_F(PoolHealth, IsAskedForAtOnceWhereAnotherConnectionIsSilent) {
  health.suspect();
  EXPECT_TRUE(check_due());
  EXPECT_EQ(checked(ServiceHealth::serving), Finding::fine);
  EXPECT_FALSE(check_due());
  health.suspect();
  health.heard(now);
  EXPECT_FALSE(check_due());
}

TEST_F(PoolHealth, OfASlowServiceIsNoDeath) {
  EXPECT_EQ(checked(ServiceHealth::silent), Finding::silent);
  health.check_began();
  health.heard(now + 1s);  // an answer to a call
  now += SlotHealth::kCheckPatience;
  EXPECT_EQ(health.checked(ServiceHealth::silent, now), Finding::fine);
  EXPECT_EQ(checked(ServiceHealth::silent), Finding::silent) << "counts from the start again";
}

TEST_F(PoolHealth, OfWhoIsNotServingIsAskedForEverySecond) {
  EXPECT_EQ(checked(ServiceHealth::not_serving), Finding::not_serving);
  now += 900ms;
  EXPECT_FALSE(check_due());
  now += 100ms;
  EXPECT_TRUE(check_due());
  EXPECT_EQ(checked(ServiceHealth::serving), Finding::fine);
  now += 2s;
  EXPECT_FALSE(check_due());
}

TEST_F(PoolHealth, EndsWithFiveLossesInARow) {
  lose(4);
  health.heard(now);
  lose(4);
  EXPECT_FALSE(health.eject_due());
  lose(1);
  EXPECT_TRUE(health.eject_due());
}

TEST_F(PoolHealth, IsDoubtedLongerEachTime) {
  SteadyTime::duration last{};
  for (int i = 1; i <= 20; ++i) {
    health.ejected(now);
    const auto wait = health.ejected_until() - now;
    const auto middle = std::min<SteadyTime::duration>(5s * i, 50s);
    EXPECT_GE(wait, middle * 4 / 5) << i;
    EXPECT_LE(wait, middle * 6 / 5) << i;
    EXPECT_LE(wait, SlotHealth::kLongestEjection);
    last = wait;
    EXPECT_FALSE(health.trial_due(now));
    now = health.ejected_until();
    EXPECT_TRUE(health.trial_due(now));
    EXPECT_FALSE(health.trial_due(now)) << "once";
    lose(1);
    EXPECT_TRUE(health.eject_due()) << "one loss is enough in a trial";
  }
  EXPECT_GT(last, 39s);
  health.heard(now);
  now += SlotHealth::kForget + 1s;
  health.ejected(now);
  EXPECT_LE(health.ejected_until() - now, 6s) << "what was long ago is forgotten";
}

TEST_F(PoolHealth, OfAnotherConnectionIsGood) {
  lose(5);
  EXPECT_EQ(checked(ServiceHealth::silent), Finding::silent);
  health.ejected(now);
  health.renewed(now);
  EXPECT_FALSE(health.is_ejected());
  EXPECT_FALSE(health.eject_due());
  EXPECT_FALSE(check_due());
}

TEST(LineBudgetTest, IsAFewLinesThenOneAMinute) {
  LineBudget lines;
  SteadyTime now = SteadyTime() + 1h;
  for (unsigned i = 0; i < LineBudget::kBurst; ++i) EXPECT_TRUE(lines.spend(now));
  int written = 0;
  for (int second = 0; second < 600; ++second) written += lines.spend(now += 1s) ? 1 : 0;
  EXPECT_EQ(written, 10);
  now += 1h;
  for (unsigned i = 0; i < LineBudget::kBurst; ++i) EXPECT_TRUE(lines.spend(now));
  EXPECT_FALSE(lines.spend(now));
}

// --- asking again

TEST(Retry, IsForWhatWasNotReached) {
  for (int code = 0; code <= 16; ++code)
    EXPECT_EQ(reason_to_repeat(true, code, std::nullopt).has_value(), code == 14) << code;
}

TEST(Retry, OfAFullServiceWaitsUntilItSaysWhen) {
  EXPECT_FALSE(reason_to_repeat(true, 8, std::nullopt));
  EXPECT_EQ(reason_to_repeat(true, 8, 200ms), connector::Retry::overloaded);
}

TEST(Retry, IsNotForWhoIsToldToStayAway) {
  EXPECT_FALSE(reason_to_repeat(true, 8, -1ms));
  EXPECT_FALSE(reason_to_repeat(true, 14, -1ms));
}

TEST(Retry, IsNotForWhatMayBeDoneOnlyOnce) {
  EXPECT_FALSE(reason_to_repeat(false, 14, std::nullopt));
}

TEST(Retry, IsForOperationsThatSomebodyThoughtAbout) {
  for (std::size_t i = 0; i < soap::kOperationCount; ++i)
    EXPECT_TRUE(is_idempotent(static_cast<soap::Operation>(i))) << soap::to_string(static_cast<soap::Operation>(i));
  EXPECT_FALSE(is_idempotent(static_cast<soap::Operation>(soap::kOperationCount)));
}

TEST(RetryBudgetTest, IsAFifthOfTheCallsUnderWayAndThreeAtLeast) {
  for (const auto& [under_way, most] : {std::pair{0u, 3u}, {15u, 3u}, {20u, 4u}, {100u, 20u}}) {
    RetryBudget budget;
    std::vector<RetryBudget::Ticket> taken;
    while (auto ticket = budget.take(under_way)) taken.push_back(std::move(*ticket));
    EXPECT_EQ(taken.size(), most) << under_way;
    taken.pop_back();
    EXPECT_EQ(budget.taken(), most - 1);
    EXPECT_TRUE(budget.take(under_way));
  }
}

// --- how long is long

TEST(LatencyTest, SaysNothingUntilItKnowsEnough) {
  Latency latency;
  for (unsigned i = 0; i + 1 < Latency::kEnough; ++i) latency.add(10ms);
  EXPECT_FALSE(latency.p95());
  latency.add(10ms);
  EXPECT_TRUE(latency.p95());
}

TEST(LatencyTest, IsWhatNineteenOfTwentyStayBelow) {
  Latency latency;
  for (int i = 0; i < 950; ++i) latency.add(10ms);
  for (int i = 0; i < 50; ++i) latency.add(2s);
  ASSERT_TRUE(latency.p95());
  EXPECT_GE(*latency.p95(), 10ms);
  EXPECT_LE(*latency.p95(), 12ms);
  for (int i = 0; i < 20; ++i) latency.add(2s);
  EXPECT_GE(*latency.p95(), 2s);
}

TEST(LatencyTest, ForgetsWhatWasLongAgo) {
  Latency latency;
  for (int i = 0; i < 5000; ++i) latency.add(1s);
  for (int i = 0; i < 10'000; ++i) latency.add(5ms);
  EXPECT_LE(*latency.p95(), 6ms);
}

TEST(LatencyTest, TakesEveryDuration) {
  Latency latency;
  for (int i = 0; i < 100; ++i) latency.add(i % 2 == 0 ? Latency::Duration(-1s) : Latency::Duration(24h));
  EXPECT_GT(*latency.p95(), 50s);
}

}  // namespace
}  // namespace rms::connector

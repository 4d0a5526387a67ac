// SPDX-License-Identifier: Apache-2.0
//
// Who waits for whom: servers share the way to the cloud.
#include <algorithm>

#include "support/pool_fixture.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;

class PoolFairness : public PoolTest {
 protected:
  void SetUp() override { limits.queue_timeout = kSoon; }

  // A pool that carries one call at a time, and a service that answers none yet.
  void start_narrow() {
    connector::CloudSettings narrow = settings();
    narrow.connections = narrow.per_connection_in_flight = 1;
    start_ready(narrow);
    cloud.hold();
  }
  CloudCall of(const std::string& principal, const std::string& id, std::chrono::milliseconds time = kSoon) const {
    CloudCall call = a_call(time);
    call.identity.principal = principal;
    call.request_id = id;
    return call;
  }
  std::vector<Asked*> begin_many(const std::string& principal, std::size_t count) {
    std::vector<Asked*> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(begin(of(principal, principal + std::to_string(i))));
    return all;
  }
  void wait_queued(std::size_t count) {
    wait_until([&] { return pool->status().queued == count; });
  }
};

TEST_F(PoolFairness, ThreeHundredCallsOfOneServerDelayAnothersByOneTurn) {
  start_narrow();
  const auto many = begin_many("reindexing", 301);
  wait_queued(300);
  const Asked* const single = begin(of("interactive", "the one"));
  wait_queued(301);
  cloud.release();
  wait_until([&] { return single->done && std::ranges::all_of(many, &Asked::done); });
  EXPECT_TRUE(*single->answer);
  const auto order = cloud.request_ids();
  ASSERT_EQ(order.size(), 302u);
  // One was on its way, and one had the turn.
  EXPECT_LE(std::find(order.begin(), order.end(), "the one") - order.begin(), 2);
}

TEST_F(PoolFairness, TwoServersOfOneEntryAreTwo) {
  start_narrow();
  CloudCall other = of("dns:exch02.contoso.test", "b");
  const auto many = begin_many("dns:exch01.contoso.test", 10);
  wait_queued(9);
  begin(std::move(other));
  wait_queued(10);
  cloud.release();
  wait_until([&] { return cloud.calls() == 11; });
  const auto order = cloud.request_ids();
  EXPECT_LE(std::find(order.begin(), order.end(), "b") - order.begin(), 2);
  wait_until([&] { return std::ranges::all_of(many, &Asked::done); });
}

TEST_F(PoolFairness, AServerAtItsLimitWaitsAndAnotherGoesAtOnce) {
  limits.per_server_in_flight = 2;
  start_ready();
  cloud.hold();
  const auto many = begin_many("reindexing", 5);
  wait_until([&] { return cloud.waiting() == 2 && pool->status().queued == 3; });
  begin(of("interactive", "the one"));
  wait_until([&] { return cloud.waiting() == 3; });
  EXPECT_EQ(pool->status().queued, 3u);
  cloud.release();
  wait_until([&] { return std::ranges::all_of(many, &Asked::done); });
  for (const Asked* asked : many) EXPECT_TRUE(*asked->answer);
}

TEST_F(PoolFairness, AllTogetherHaveALimitToo) {
  limits.in_flight = 2;
  start_ready();
  cloud.hold();
  const auto some = begin_many("exchange", 2);
  const auto others = begin_many("sharepoint", 1);
  wait_until([&] { return cloud.waiting() == 2 && pool->status().queued == 1; });
  cloud.release();
  wait_until([&] { return others[0]->done; });
  EXPECT_TRUE(*others[0]->answer);
  wait_until([&] { return std::ranges::all_of(some, &Asked::done); });
}

TEST_F(PoolFairness, NobodyWaitsForLongerThanTheQueueAllows) {
  limits.queue_timeout = 100ms;
  start_narrow();
  const Asked* const first = begin(of("exchange", "first"));
  wait_until([&] { return cloud.waiting() == 1; });
  const Answer second = call(of("exchange", "second"));
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error() == Errc::overloaded) << second.error().to_string();
  EXPECT_NE(second.error().context.find("100 ms (limits.queue_timeout)"), std::string::npos) << second.error().context;
  EXPECT_EQ(rejected("queue_timeout"), 1);
  EXPECT_EQ(cloud.calls(), 1u) << "what waited too long is not sent";
  cloud.release();
  wait_until([&] { return first->done; });
  EXPECT_TRUE(*first->answer);
}

TEST_F(PoolFairness, AServerThatFillsTheQueueMakesRoomForAnother) {
  limits.queue = 4;
  start_narrow();
  const auto many = begin_many("reindexing", 5);
  wait_queued(4);
  const Asked* const single = begin(of("interactive", "the one"));
  wait_until([&] { return many[4]->done; });
  EXPECT_TRUE(many[4]->answer->error() == Errc::overloaded) << "the newest of whoever has most";
  EXPECT_EQ(pool->status().queued, 4u);
  const Answer above = call(of("reindexing", "one more"));
  ASSERT_FALSE(above);
  EXPECT_TRUE(above.error() == Errc::overloaded) << above.error().to_string();
  EXPECT_EQ(rejected("queue_full"), 2);
  cloud.release();
  wait_until([&] { return single->done && many[3]->done; });
  EXPECT_TRUE(*single->answer);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(*many[i]->answer) << i;
}

}  // namespace
}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// The connections over time: how many there are, what the pool does while there is none, how it comes back, who waits.
#include "support/pool_fixture.h"
#include "support/tcp_proxy.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;

// Through a wire that can be cut, as often as a test likes.
class PoolConnections : public PoolTest {
 protected:
  connector::CloudSettings through_wire(std::size_t connections = 4) const {
    connector::CloudSettings through = settings();
    through.endpoints[0].address.port = wire.port();
    through.connections = connections;
    return through;
  }
  TcpProxy wire{cloud.port()};
};

TEST_F(PoolConnections, AreReallySeparate) {
  start_ready(through_wire(4));
  EXPECT_EQ(wire.open(), 4u);
  EXPECT_EQ(wire.accepted(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(call());
  EXPECT_EQ(cloud.peers().size(), 4u);
  EXPECT_TRUE(pool->ready());
}

TEST_F(PoolConnections, AreClosedByStop) {
  start_ready(through_wire());
  stop();
  wait_until([&] { return wire.open() == 0; });
  EXPECT_EQ(log.count_from(Level::warning), 0u);
}

TEST_F(PoolConnections, AreAnnouncedOnce) {
  start_ready(through_wire(2));
  const auto up = log.lines(Event::upstream_up);
  ASSERT_EQ(up.size(), 2u);
  EXPECT_EQ(up[0].level, Level::info);
  EXPECT_EQ(up[0].field("endpoint"), "127.0.0.1:" + std::to_string(wire.port()));
}

TEST_F(PoolConnections, ThatDieIdleAreNoticedAtOnce) {
  start_ready(through_wire());
  const SteadyTime cut = clock.steady();
  wire.cut();
  wait_until([&] { return ready_slots() == 0; });
  const auto noticed = clock.steady() - cut;
  EXPECT_LT(noticed, 1s);  // without the watch: up to 5 s
  RecordProperty("noticed_us",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(noticed).count()));
}

TEST_F(PoolConnections, ThatAreLostAreSaidOnceEachWithTheReason) {
  start_ready(through_wire(2));
  wire.cut();
  wait_until([&] { return log.lines(Event::upstream_lost).size() == 2; });
  wait_until([&] { return all_failing(); });
  const auto lost = log.lines(Event::upstream_lost);
  EXPECT_EQ(lost[0].level, Level::warning);
  EXPECT_NE(lost[0].field("error").find("Connection refused"), std::string::npos) << lost[0].field("error");
  EXPECT_NE(pool->status().slots[0].last_error.find("Connection refused"), std::string::npos);
  EXPECT_FALSE(pool->ready());
}

TEST_F(PoolConnections, ComeBackByThemselves) {
  start_ready(through_wire());
  wire.cut();
  wait_until([&] { return all_failing(); });
  const Answer away = call();
  ASSERT_FALSE(away);
  EXPECT_TRUE(away.error() == Errc::unavailable) << away.error().to_string();

  const SteadyTime mended = clock.steady();
  wire.mend();
  wait_until([&] { return pool->ready(); });
  EXPECT_LT(clock.steady() - mended, 5s);
  wait_until([&] { return ready_slots() == 4; });
  EXPECT_TRUE(call());
  EXPECT_EQ(pool->status().slots[0].connects, 2u);
  EXPECT_EQ(pool->status().slots[0].last_error, "");
}

TEST_F(PoolConnections, ComeBackAfterTheServiceRestarts) {
  start_ready();
  cloud.stop();
  cloud.start();
  wait_until([&] { return ready_slots() == 4 && pool->status().slots[0].connects >= 2; });
  EXPECT_TRUE(call());
}

TEST_F(PoolConnections, AreRenewedQuietlyWhenTheServiceRetiresThem) {
  TestCloud retiring(ca.server(), ca.certificate_pem(), 200ms);
  connector::CloudSettings how = settings();
  how.endpoints[0].address.port = retiring.port();
  start_ready(how);
  int failed = 0;
  while (pool->status().slots[0].connects < 3) failed += call() ? 0 : 1;
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(log.count_from(Level::warning), 0u);
}

TEST_F(PoolConnections, RefuseInNoTimeWhileTheServiceIsAway) {
  cloud.stop();
  start(settings(), pem());
  wait_until([&] { return all_failing(); });
  const SteadyTime before = clock.steady();
  constexpr int kCalls = 1000;
  int refused = 0;
  std::vector<Asked*> all;
  for (int i = 0; i < kCalls; ++i) all.push_back(begin(a_call()));
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    refused += *asked->answer ? 0 : asked->answer->error() == Errc::unavailable;
  }
  EXPECT_EQ(refused, kCalls);
  EXPECT_LT(clock.steady() - before, 1s);
}

TEST_F(PoolConnections, AreWaitedForWhileTheyAreBeingMade) {
  start(through_wire(), pem());  // no connection yet, and none has failed
  const Answer answer = call();
  EXPECT_TRUE(answer) << answer.error().to_string();
}

TEST_F(PoolConnections, AreNotWaitedForBeyondTheDeadline) {
  wire.freeze();
  start(through_wire(), pem());
  const CloudCall what = a_call(100ms);
  const auto asked = begin(what);
  wait_until([&] { return asked->done; });
  ASSERT_FALSE(*asked->answer);
  EXPECT_TRUE(asked->answer->error() == Errc::deadline_exceeded) << asked->answer->error().to_string();
  EXPECT_LT(asked->ended, what.deadline + 1s);
}

TEST_F(PoolConnections, AreNotWaitedForLongerThanThePatience) {
  wire.freeze();
  limits.queue_timeout = 200ms;
  const SteadyTime before = clock.steady();
  start(through_wire(), pem());
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::unavailable) << answer.error().to_string();
  EXPECT_GE(clock.steady() - before, limits.queue_timeout);
  EXPECT_LT(clock.steady() - before, limits.queue_timeout + 1s);
}

TEST_F(PoolConnections, QueueWhatIsAboveTheirLimitAndServeItInOrder) {
  connector::CloudSettings narrow = settings();
  narrow.connections = 2;
  narrow.per_connection_in_flight = 2;
  start_ready(narrow);
  cloud.hold();
  std::vector<Asked*> all;
  for (int i = 0; i < 6; ++i) {
    CloudCall what = a_call();
    what.request_id = std::to_string(i);
    all.push_back(begin(std::move(what)));
  }
  wait_until([&] { return cloud.waiting() == 4 && pool->status().queued == 2; });
  EXPECT_EQ(pool->status().slots[0].in_flight, 2u);
  EXPECT_EQ(pool->status().slots[1].in_flight, 2u);

  all[1]->cancel.emit(boost::asio::cancellation_type::terminal);  // one place
  wait_until([&] { return cloud.calls() == 5; });
  EXPECT_EQ(cloud.request_ids().back(), "4");
  EXPECT_EQ(pool->status().queued, 1u);
  cloud.release();
  for (const Asked* asked : all) wait_until([&] { return asked->done; });
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]->answer->has_value(), i != 1) << i;
}

TEST_F(PoolConnections, LetNobodyQueueBeyondTheDeadline) {
  connector::CloudSettings narrow = settings();
  narrow.connections = 1;
  narrow.per_connection_in_flight = 1;
  start_ready(narrow);
  cloud.hold();
  const auto first = begin(a_call());
  const Answer second = call(a_call(100ms));
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error() == Errc::deadline_exceeded) << second.error().to_string();
  EXPECT_EQ(cloud.calls(), 1u);
  cloud.release();
  wait_until([&] { return first->done; });
  EXPECT_TRUE(*first->answer);
}

TEST_F(PoolConnections, RefuseWhatIsAboveTheQueue) {
  connector::CloudSettings narrow = settings();
  narrow.connections = 1;
  narrow.per_connection_in_flight = 1;
  limits.queue = 8;
  limits.queue_timeout = kSoon;
  start_ready(narrow);
  cloud.hold();
  std::vector<Asked*> all;
  for (std::size_t i = 0; i < 1 + limits.queue; ++i) all.push_back(begin(a_call()));
  wait_until([&] { return pool->status().queued == limits.queue; });
  for (int i = 0; i < 2; ++i) {
    const Answer above = call();
    ASSERT_FALSE(above);
    EXPECT_TRUE(above.error() == Errc::overloaded) << above.error().to_string();
    EXPECT_NE(above.error().context.find("limits.queue"), std::string::npos) << above.error().context;
  }
  EXPECT_EQ(rejected("queue_full"), 2);
  EXPECT_EQ(log.lines(Event::shedding).size(), 1u) << "said once, not for every call";
  stop();  // the queue is cancelled with the rest
  for (const Asked* asked : all) EXPECT_TRUE(asked->done && asked->answer->error() == Errc::cancelled);
}

TEST_F(PoolConnections, LetAQueuedCallerGo) {
  connector::CloudSettings narrow = settings();
  narrow.connections = 1;
  narrow.per_connection_in_flight = 1;
  start_ready(narrow);
  cloud.hold();
  begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  const auto second = begin(a_call());
  wait_until([&] { return pool->status().queued == 1; });
  second->cancel.emit(boost::asio::cancellation_type::terminal);
  wait_until([&] { return second->done; });
  EXPECT_TRUE(second->answer->error() == Errc::cancelled);
  EXPECT_EQ(pool->status().queued, 0u);
}

TEST_F(PoolConnections, TakeNoCallAfterStop) {
  start_ready();
  loop.run(pool->stop());
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::cancelled);
}

TEST_F(PoolConnections, CanBeStoppedBeforeTheyAreMade) {
  start(through_wire(), pem());
  stop();
}

TEST_F(PoolConnections, CanBeStoppedTwiceAndWithoutHavingStarted) {
  metrics = std::make_unique<connector::Metrics>(connector::BuildInfo{});
  pool = std::make_unique<Pool>(loop.executor(), settings(), limits, pem(), log, clock, *metrics, "connector-7");
  loop.run(pool->stop());
  loop.run(pool->stop());
}

TEST_F(PoolConnections, AnswerEveryCallUnderLoadWhileTheWireIsCutAgainAndAgain) {
  start_ready(through_wire());
  std::vector<Asked*> all;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 25; ++i) all.push_back(begin(a_call()));
    wire.cut();
    wire.mend();
    for (int i = 0; i < 25; ++i) all.push_back(begin(a_call()));
    wait_until([&] { return ready_slots() == 4; });
  }
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    EXPECT_TRUE(*asked->answer || asked->answer->error() == Errc::unavailable) << asked->answer->error().to_string();
  }
  EXPECT_TRUE(call());
  for (const auto& slot : pool->status().slots) EXPECT_EQ(slot.in_flight, 0u);
}

}  // namespace
}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// One of several goes wrong: what the callers notice of it (nothing), and what the pool does about it.
#include <algorithm>

#include "support/pool_fixture.h"
#include "support/tcp_proxy.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;
using connector::CloudSettings;

// Two services: `cloud` behind a wire, and `other`.
class PoolHealthOfTwo : public PoolTest {
 protected:
  CloudSettings both(unsigned first_priority = 1, unsigned other_priority = 1) const {
    CloudSettings made = settings();
    made.endpoints = {{{"127.0.0.1", wire.port()}, first_priority, 1},
                      {{"127.0.0.1", other.port()}, other_priority, 1}};
    made.connections = 2;
    return made;
  }
  std::size_t ready_at(std::uint16_t port) const {
    std::size_t count = 0;
    for (const auto& slot : pool->status().slots)
      count += slot.state == "ready" && slot.endpoint.ends_with(std::to_string(port)) ? 1 : 0;
    return count;
  }
  static grpc::Status unavailable(const v1::AcquireLicenseRequest&, v1::AcquireLicenseResponse&) {
    return {grpc::StatusCode::UNAVAILABLE, "the store is away"};
  }

  TcpProxy wire{cloud.port()};
  TestCloud other{ca.server(), ca.certificate_pem()};

  void TearDown() override {
    other.release();
    PoolTest::TearDown();
  }
};

TEST_F(PoolHealthOfTwo, ShareTheCalls) {
  start_ready(both());
  EXPECT_EQ(load_until([&] { return cloud.calls() + other.calls() > 200; }), 0u);
  EXPECT_GT(cloud.calls(), 50u);
  EXPECT_GT(other.calls(), 50u);
}

TEST_F(PoolHealthOfTwo, TheSecondPriorityIsAskedWhenTheFirstIsLostAndNoLonger) {
  start_ready(both(1, 2));
  EXPECT_EQ(load_until([&] { return cloud.calls() > 50; }), 0u);
  EXPECT_EQ(other.calls(), 0u);
  wire.cut();
  EXPECT_EQ(load_until([&] { return other.calls() > 100; }), 0u);
  wire.mend();
  wait_until([&] { return ready_at(wire.port()) == 2; });
  const std::size_t before = other.calls();
  EXPECT_TRUE(call());
  EXPECT_EQ(other.calls(), before);
}

TEST_F(PoolHealthOfTwo, OneThatIsKilledFailsNoCall) {
  start_ready(both());
  int kills = 0;
  EXPECT_EQ(load_until([&] {
              if (kills < 3 && ready_at(wire.port()) == 2 && ready_at(other.port()) == 2) {
                ++kills;
                wire.cut();
                wire.mend();
              }
              return kills == 3 && ready_slots() == 4;
            }),
            0u);
}

TEST_F(PoolHealthOfTwo, OneThatStopsAnsweringFailsNoCall) {
  start_ready(both());
  cloud.hold();  // as if they were on their way
  std::vector<Asked*> all;
  for (int i = 0; i < 8; ++i) all.push_back(begin(a_call()));
  wait_until([&] { return cloud.waiting() == 4; });
  wire.freeze();  // a black hole: no RST, no FIN
  const SteadyTime swallowed = clock.steady();
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    EXPECT_TRUE(*asked->answer) << asked->answer->error().to_string();
  }
  EXPECT_LT(clock.steady() - swallowed, 8s) << "long before the deadline of the calls";
  EXPECT_GE(metric("renewals_total{reason=\"silent\"}"), 2);
  const auto status = pool->status();
  EXPECT_EQ(status.slots[0].state, "failing") << "nobody waits for it";

  cloud.release();
  wire.cut();
  wire.mend();
  wait_until([&] { return ready_at(wire.port()) == 2; });
}

TEST_F(PoolHealthOfTwo, OneThatIsAboutToCloseIsLeftBeforeItDoes) {
  start_ready(both());
  cloud.hold();
  const Asked* const asked = begin(a_call());
  const Asked* const second = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  cloud.say_serving(false);
  wait_until([&] {
    const auto slots = pool->status().slots;
    return std::any_of(slots.begin(), slots.end(), [](const auto& slot) { return !slot.serving; });
  });
  const auto slots = pool->status().slots;
  const auto& left = slots[0].serving ? slots[1] : slots[0];
  EXPECT_EQ(left.state, "ready");
  EXPECT_NE(left.last_error.find("not serving"), std::string::npos) << left.last_error;
  cloud.say_serving(true);
  wait_until([&] {
    const auto now = pool->status().slots;
    return std::all_of(now.begin(), now.end(), [](const auto& slot) { return slot.serving; });
  });
  cloud.release();
  wait_until([&] { return asked->done && second->done; });
  EXPECT_TRUE(*asked->answer && *second->answer);
}

TEST_F(PoolHealthOfTwo, OneThatCannotIsEjectedAndTriedAgain) {
  cloud.on_acquire_license(unavailable);
  start_ready(both());
  EXPECT_EQ(load_until([&] { return metric("ejections_total") >= 2; }), 0u);
  for (const std::size_t slot : {0u, 1u}) {
    EXPECT_GT(pool->status().slots[slot].ejected_for, 0ms);
    EXPECT_NE(pool->status().slots[slot].last_error, "");
  }
  const std::size_t before = cloud.calls();
  const std::size_t more = other.calls() + 50;
  EXPECT_EQ(load_until([&] { return other.calls() >= more; }), 0u);
  EXPECT_EQ(cloud.calls(), before) << "it is left alone";

  cloud.on_acquire_license([](const auto&, auto& response) {
    response.add_answers()->mutable_chain()->add_documents("licence");
    return grpc::Status::OK;
  });
  EXPECT_EQ(load_until([&] { return cloud.calls() > before + 20; }), 0u);
}

TEST_F(PoolHealthOfTwo, AreAskedAllTheSameWhenNeitherCan) {
  cloud.on_acquire_license(unavailable);
  other.on_acquire_license(unavailable);
  start_ready(both());
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(call());
  wait_until([&] {
    const auto slots = pool->status().slots;
    return std::any_of(slots.begin(), slots.end(), [](const auto& slot) { return slot.ejected_for == 0ms; });
  });
  EXPECT_TRUE(pool->ready());
  other.on_acquire_license([](const auto&, auto& response) {
    response.add_answers()->mutable_chain()->add_documents("licence");
    return grpc::Status::OK;
  });
  const SteadyTime back = clock.steady();
  int good = 0;
  while (good < 10 && clock.steady() - back < kSoon) good = call() ? good + 1 : 0;
  EXPECT_EQ(good, 10);
}

class PoolBlackHole : public PoolTest {};

TEST_F(PoolBlackHole, IsNoticedThoughThereIsNoOtherWay) {
  TcpProxy wire(cloud.port());
  CloudSettings how = settings();
  how.endpoints[0].address.port = wire.port();
  how.connections = 2;
  start_ready(how);
  wire.freeze();
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::unavailable) << answer.error().to_string();
  wait_until([&] { return all_failing(); });
  const SteadyTime before = clock.steady();
  EXPECT_FALSE(call());
  EXPECT_LT(clock.steady() - before, 100ms) << "refused, not sent into the hole";
  wire.cut();
  wire.mend();
  wait_until([&] { return ready_slots() == 2; });
  EXPECT_TRUE(call());
}

}  // namespace
}  // namespace rms::test

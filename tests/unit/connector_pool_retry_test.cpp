// SPDX-License-Identifier: Apache-2.0
//
// Calls that are asked more than once.
#include <atomic>

#include "support/pool_fixture.h"
#include "support/tcp_proxy.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;
using connector::CloudSettings;

class PoolRetry : public PoolTest {
 protected:
  // Answers the first `times` calls with `status`.
  void fail_first(int times, grpc::Status status) {
    cloud.on_acquire_license([this, times, status](const auto& asked, auto& response) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(asked.context().attempt());
      if (static_cast<int>(seen_.size()) <= times) return status;
      response.add_answers()->mutable_chain()->add_documents("licence");
      return grpc::Status::OK;
    });
  }
  std::vector<unsigned> attempts() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  CloudSettings both() const {
    CloudSettings made = settings();
    made.endpoints = {{{"127.0.0.1", wire.port()}, 1, 1}, {{"127.0.0.1", other.port()}, 1, 1}};
    return made;
  }
  void TearDown() override {
    other.release();
    PoolTest::TearDown();
  }

  static inline const grpc::Status kAway{grpc::StatusCode::UNAVAILABLE, "going away"};
  static inline const grpc::Status kFull{grpc::StatusCode::RESOURCE_EXHAUSTED, "no room"};
  TcpProxy wire{cloud.port()};
  TestCloud other{ca.server(), ca.certificate_pem()};

 private:
  std::mutex mutex_;
  std::vector<unsigned> seen_;
};

TEST_F(PoolRetry, IsThreeAttemptsWithOneRequestId) {
  fail_first(2, kAway);
  start_ready();
  const Answer answer = call();
  EXPECT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(attempts(), (std::vector<unsigned>{1, 2, 3}));
  const auto ids = cloud.request_ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1u);
  EXPECT_EQ(cloud.peers().size(), 3u) << "each over another connection";
  EXPECT_EQ(metric("retries_total{reason=\"unavailable\"}"), 2);
}

TEST_F(PoolRetry, IsNoFourth) {
  fail_first(3, kAway);
  start_ready();
  EXPECT_FALSE(call());
  EXPECT_EQ(cloud.calls(), 3u);
  EXPECT_EQ(metric("retries_denied_total{reason=\"attempts\"}"), 1);
}

TEST_F(PoolRetry, OfAFullServiceWaitsAsLongAsItSays) {
  fail_first(1, kFull);
  cloud.push_back("150");
  start_ready();
  const SteadyTime before = clock.steady();
  const Answer answer = call();
  EXPECT_TRUE(answer) << answer.error().to_string();
  EXPECT_GE(clock.steady() - before, 150ms);
  EXPECT_EQ(metric("retries_total{reason=\"overloaded\"}"), 1);
}

TEST_F(PoolRetry, IsNotMadeWhereItWouldComeTooLate) {
  fail_first(1, kFull);
  cloud.push_back("60000");
  start_ready();
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::overloaded) << answer.error().to_string();
  EXPECT_EQ(cloud.calls(), 1u);
  EXPECT_EQ(metric("retries_denied_total{reason=\"deadline\"}"), 1);
}

TEST_F(PoolRetry, IsNotMadeIfTheServiceSaysSo) {
  for (const char* value : {"-1", "soon"}) {
    fail_first(100, kAway);
    cloud.push_back(value);
    if (!pool) start_ready();
    const std::size_t before = cloud.calls();
    EXPECT_FALSE(call());
    EXPECT_EQ(cloud.calls(), before + 1) << value;
  }
}

TEST_F(PoolRetry, IsNotMadeForWhoHasGone) {
  fail_first(100, kAway);
  cloud.push_back("5000");
  start_ready();
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.calls() == 1; });
  asked->cancel.emit(boost::asio::cancellation_type::terminal);
  wait_until([&] { return asked->done; });
  EXPECT_FALSE(*asked->answer);
  EXPECT_EQ(cloud.calls(), 1u);
}

TEST_F(PoolRetry, OfAHundredThatLoseTheirConnectionAtOnceLosesNone) {
  start_ready(both());
  cloud.hold();
  std::vector<Asked*> all;
  for (int i = 0; i < 60; ++i) {
    CloudCall what = a_call();
    what.identity.principal = std::to_string(i % 4);
    all.push_back(begin(std::move(what)));
  }
  wait_until([&] { return cloud.waiting() >= 20 && other.calls() + cloud.waiting() == all.size(); });
  const std::size_t lost = cloud.waiting();
  wire.cut();
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    EXPECT_TRUE(*asked->answer) << asked->answer->error().to_string();
  }
  EXPECT_EQ(metric("retries_total{reason=\"unavailable\"}"), lost);
  EXPECT_EQ(metric("retries_denied_total{reason=\"budget\"}"), 0);
}

TEST_F(PoolRetry, OfWhatIsTooLateIsNotSent) {
  CloudSettings narrow = settings();
  narrow.connections = narrow.per_connection_in_flight = 1;
  start_ready(narrow);
  cloud.hold();
  begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  EXPECT_FALSE(call(a_call(50ms)));
  EXPECT_EQ(cloud.calls(), 1u);
  EXPECT_EQ(metric("calls_expired_total"), 1);
}

// --- hedging

class PoolHedge : public PoolRetry {
 protected:
  void start_warm(bool hedge) {
    CloudSettings how = both();
    how.hedge = hedge;
    start_ready(how);
    load_until([&] { return cloud.calls() + other.calls() > 100; });
    cloud.hold();
  }
};

TEST_F(PoolHedge, AsksElsewhereWhenOneIsSlow) {
  start_warm(true);
  for (int i = 0; i < 6; ++i) {
    const Answer answer = call(a_call(5s));
    EXPECT_TRUE(answer) << answer.error().to_string();
  }
  EXPECT_GE(metric("retries_total{reason=\"hedge\"}"), 1);
  wait_until([&] { return cloud.waiting() == 0; });
  EXPECT_GE(cloud.cancelled(), 1u) << "the loser is told";
}

TEST_F(PoolHedge, IsOffUnlessItIsAskedFor) {
  start_warm(false);
  std::vector<Asked*> all;
  for (int i = 0; i < 8; ++i) all.push_back(begin(a_call(500ms)));
  std::size_t too_late = 0;
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    too_late += *asked->answer ? 0 : 1;
  }
  EXPECT_GE(too_late, 1u) << "nobody else was asked in place of the silent one";
  EXPECT_EQ(metric("retries_total{reason=\"hedge\"}"), 0);
}

TEST_F(PoolHedge, EndsWithItsCaller) {
  start_warm(true);
  other.hold();
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1 && other.waiting() == 1; });
  asked->cancel.emit(boost::asio::cancellation_type::terminal);
  wait_until([&] { return asked->done && cloud.waiting() == 0 && other.waiting() == 0; });
  ASSERT_FALSE(asked->failure);
  EXPECT_TRUE(!*asked->answer && asked->answer->error() == Errc::cancelled);
}

TEST_F(PoolHedge, IsRepeatedLikeAnyOtherCallIfBothFail) {
  start_warm(true);
  other.hold();
  std::atomic<int> asked_so_far = 0;
  const auto fail_twice = [&](const auto&, auto& response) {
    if (++asked_so_far <= 2) return kAway;
    response.add_answers()->mutable_chain()->add_documents("licence");
    return grpc::Status::OK;
  };
  cloud.on_acquire_license(fail_twice);
  other.on_acquire_license(fail_twice);
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.waiting() + other.waiting() == 2; });
  cloud.release();
  other.release();
  wait_until([&] { return asked->done; });
  EXPECT_TRUE(*asked->answer) << asked->answer->error().to_string();
  EXPECT_EQ(asked_so_far, 3);
}

TEST_F(PoolHedge, IsStoppedInTheMiddle) {
  start_warm(true);
  other.hold();
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1 && other.waiting() == 1; });
  stop();
  EXPECT_TRUE(asked->done);
  EXPECT_FALSE(*asked->answer);
}

}  // namespace
}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// The journal's head on its way through the pool: over the same connections, under the same rules as every call.
#include <atomic>
#include <functional>

#include "support/pool_fixture.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;
using connector::HeadCall;
using connector::HeadReceipt;
using connector::ServiceFinding;
using Asks = TestCloud::Answer<v1::KeepHeadRequest, v1::KeepHeadResponse>;

class PoolHeads : public PoolTest {
 protected:
  HeadCall a_head(std::chrono::milliseconds time = kSoon) const {
    HeadCall made;
    made.request_id = "22222222-2222-4222-8222-222222222222";
    made.journal = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
    made.sequence = 42;
    made.hash = std::string(64, 'a');
    made.written = WallTime(std::chrono::milliseconds(1'800'000'000'123));
    made.deadline = clock.steady() + time;
    return made;
  }
  static void a_journal_before(v1::KeepHeadResponse& response) {
    auto& before = *response.mutable_before_this_journal();
    before.set_journal_id("11111111-1111-4111-8111-111111111111");
    before.mutable_head()->set_sequence(7);
    before.mutable_head()->set_hash(std::string(64, 'c'));
    before.set_kept_ms(1'800'000'000'000);
  }
  std::optional<Result<HeadReceipt>> keep(HeadCall what) { return loop.run(ask(std::move(what))); }
  Result<HeadReceipt> keep() { return *keep(a_head()); }

 private:
  boost::asio::awaitable<std::optional<Result<HeadReceipt>>> ask(HeadCall what) {
    co_return co_await pool->keep_head(std::move(what));
  }
};

TEST_F(PoolHeads, BringsTheHeadThereAndTheReceiptBack) {
  std::optional<v1::KeepHeadRequest> seen;
  cloud.on(Asks([&](const auto& asked, auto& response) {
    seen = asked;
    response.set_kept_ms(1'800'000'007'000);
    response.mutable_previous()->set_sequence(41);
    response.mutable_previous()->set_hash(std::string(64, 'b'));
    response.set_finding(v1::HEAD_FINDING_OTHER_HASH);
    a_journal_before(response);
    return grpc::Status::OK;
  }));
  start_ready();
  const auto receipt = keep();
  ASSERT_TRUE(receipt) << receipt.error().to_string();
  EXPECT_EQ(receipt->kept, WallTime(1'800'000'007s));
  ASSERT_TRUE(receipt->previous);
  EXPECT_EQ(receipt->previous->sequence, 41U);
  EXPECT_EQ(receipt->previous->hash, std::string(64, 'b'));
  EXPECT_EQ(receipt->finding, ServiceFinding::other_hash);
  ASSERT_TRUE(receipt->before);
  EXPECT_EQ(receipt->before->journal, "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(receipt->before->last.sequence, 7U);
  EXPECT_EQ(receipt->before->kept, WallTime(1'800'000'000s));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->journal_id(), a_head().journal);
  EXPECT_EQ(seen->head().sequence(), 42U);
  EXPECT_EQ(seen->head().hash(), std::string(64, 'a'));
  EXPECT_EQ(seen->written_ms(), 1'800'000'000'123);
  EXPECT_EQ(seen->connector_id(), "connector-7");
}

TEST_F(PoolHeads, IsAskedOnceMoreWithTheSameRequestId) {
  std::atomic<int> asked = 0;
  cloud.on(Asks([&](const auto&, auto& response) {
    if (++asked == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going away");
    response.set_kept_ms(1);
    return grpc::Status::OK;
  }));
  start_ready();
  const auto receipt = keep();
  EXPECT_TRUE(receipt) << receipt.error().to_string();
  ASSERT_EQ(cloud.request_ids().size(), 2U);
  EXPECT_EQ(cloud.request_ids()[0], cloud.request_ids()[1]);
}

TEST_F(PoolHeads, TakesAReceiptThatIsNoneForNoAnswer) {
  using Break = std::function<void(v1::KeepHeadResponse&)>;
  start_ready();
  for (const Break& damage : std::initializer_list<Break>{
           [](auto& r) { r.clear_kept_ms(); }, [](auto& r) { r.set_kept_ms(-1); },
           [](auto& r) { r.set_kept_ms(253'402'300'800'000); }, [](auto& r) { r.mutable_previous()->set_sequence(0); },
           [](auto& r) { r.mutable_previous()->set_hash(std::string(65, 'b')); },
           [](auto& r) { r.mutable_before_this_journal()->set_journal_id("journal"); },
           [](auto& r) { r.mutable_before_this_journal()->mutable_head()->set_sequence(0); },
           [](auto& r) { r.mutable_before_this_journal()->set_kept_ms(0); }}) {
    cloud.on(Asks([&](const auto&, auto& response) {
      response.set_kept_ms(1);
      response.mutable_previous()->set_sequence(1);
      response.mutable_previous()->set_hash(std::string(64, 'b'));
      a_journal_before(response);
      damage(response);
      return grpc::Status::OK;
    }));
    const auto receipt = keep();
    ASSERT_FALSE(receipt);
    EXPECT_TRUE(receipt.error() == Errc::malformed) << receipt.error().to_string();
  }
}

TEST_F(PoolHeads, AFindingThatIsNewToUsIsOneAllTheSame) {
  cloud.on(Asks([](const auto&, auto& response) {
    response.set_kept_ms(1);
    response.set_finding(static_cast<v1::HeadFinding>(77));
    return grpc::Status::OK;
  }));
  start_ready();
  EXPECT_EQ(keep()->finding, ServiceFinding::unknown);
}

TEST_F(PoolHeads, EndsAtItsDeadline) {
  cloud.hold();
  start_ready();
  const auto receipt = *keep(a_head(100ms));
  ASSERT_FALSE(receipt);
  EXPECT_TRUE(receipt.error() == Errc::deadline_exceeded) << receipt.error().to_string();
}

}  // namespace
}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// KeepHead over the wire: who may, what is allowed, what comes back.
#include <functional>

#include "unit/cloud/served_rights.h"

namespace rms::cloud {
namespace {

using grpc::StatusCode;

class FrontHeads : public FrontTest {
 protected:
  static v1::KeepHeadRequest request(std::uint64_t sequence = 42, char digit = 'a') {
    v1::KeepHeadRequest made;
    made.set_request_id("22222222-2222-4222-8222-222222222222");
    made.set_connector_id("connector-1");
    made.set_journal_id("0f45fd50-383b-43ee-90a4-ed013cd0cfe5");
    made.mutable_head()->set_sequence(sequence);
    made.mutable_head()->set_hash(std::string(64, digit));
    made.set_written_ms(1'790'000'000'123);
    return made;
  }
  grpc::Status keep(const v1::KeepHeadRequest& what, v1::KeepHeadResponse* response = nullptr) {
    if (!stub_) stub_ = v1::Audit::NewStub(channel(client_));
    v1::KeepHeadResponse ignored;
    grpc::ClientContext context;
    return stub_->KeepHead(&context, what, response ? response : &ignored);
  }
  std::vector<HeadRecord> kept() { return must(store_->last_heads(tenant().guid(), std::nullopt, 100)); }

  std::unique_ptr<v1::Audit::Stub> stub_;
};

TEST_F(FrontHeads, KeepsTheHeadOfARegisteredConnectorAndGivesAReceipt) {
  start();
  v1::KeepHeadResponse first, second;
  ASSERT_TRUE(keep(request(), &first).ok());
  EXPECT_FALSE(first.has_previous());
  EXPECT_EQ(WallTime(std::chrono::milliseconds(first.kept_ms())), kNow);
  ASSERT_TRUE(keep(request(50, 'b'), &second).ok());
  EXPECT_EQ(second.previous().sequence(), 42u);
  EXPECT_EQ(second.previous().hash(), std::string(64, 'a'));
  EXPECT_EQ(second.finding(), v1::HEAD_FINDING_NONE);
  ASSERT_EQ(kept().size(), 2u);
  EXPECT_EQ(kept()[0].connector, "registered") << "whatever the message says";
  EXPECT_EQ(kept()[0].written, WallTime(std::chrono::milliseconds(1'790'000'000'123)));
  EXPECT_TRUE(rows().empty()) << "the usage log is for what servers ask";
}

TEST_F(FrontHeads, SaysWhichJournalCameBefore) {
  start();
  v1::KeepHeadResponse response;
  ASSERT_TRUE(keep(request(42), &response).ok());
  EXPECT_FALSE(response.has_before_this_journal());
  auto anew = request(1, 'b');
  anew.set_journal_id("11111111-1111-4111-8111-111111111111");
  ASSERT_TRUE(keep(anew, &response).ok());
  EXPECT_EQ(response.before_this_journal().journal_id(), request().journal_id());
  EXPECT_EQ(response.before_this_journal().head().sequence(), 42u);
  EXPECT_EQ(response.before_this_journal().head().hash(), std::string(64, 'a'));
  EXPECT_EQ(WallTime(std::chrono::milliseconds(response.before_this_journal().kept_ms())), kNow);
}

TEST_F(FrontHeads, SaysWhatIsOddAndKeepsItAllTheSame) {
  start();
  v1::KeepHeadResponse response;
  ASSERT_TRUE(keep(request(42)).ok());
  ASSERT_TRUE(keep(request(42, 'b'), &response).ok());
  EXPECT_EQ(response.finding(), v1::HEAD_FINDING_OTHER_HASH);
  ASSERT_TRUE(keep(request(41), &response).ok());
  EXPECT_EQ(response.finding(), v1::HEAD_FINDING_BACKWARDS);
  EXPECT_EQ(kept().size(), 3u);
  EXPECT_EQ(log_.lines(Event::head_contradicted).size(), 2u);
}

TEST_F(FrontHeads, KeepsNothingOfAStranger) {
  start();
  stub_ = v1::Audit::NewStub(channel(ca_.client("stranger.contoso.test")));
  EXPECT_EQ(keep(request()).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(kept().empty());
}

TEST_F(FrontHeads, TakesNothingThatIsNoHead) {
  start();
  using Break = std::function<void(v1::KeepHeadRequest&)>;
  const std::vector<std::pair<const char*, Break>> broken{
      {"head.sequence", [](auto& r) { r.mutable_head()->set_sequence(0); }},
      {"head.sequence", [](auto& r) { r.mutable_head()->set_sequence(std::uint64_t{1} << 63); }},
      {"head.sequence", [](auto& r) { r.clear_head(); }},
      {"head.hash", [](auto& r) { r.mutable_head()->set_hash(std::string(63, 'a')); }},
      {"head.hash", [](auto& r) { r.mutable_head()->set_hash(std::string(65, 'a')); }},
      {"head.hash", [](auto& r) { r.mutable_head()->set_hash(std::string(64, 'A')); }},
      {"head.hash", [](auto& r) { r.mutable_head()->set_hash(std::string(63, 'a') + "g"); }},
      {"journal_id", [](auto& r) { r.clear_journal_id(); }},
      {"journal_id", [](auto& r) { r.set_journal_id("{" + r.journal_id() + "}"); }},
      {"written_ms", [](auto& r) { r.set_written_ms(-1); }},
      {"written_ms", [](auto& r) { r.set_written_ms(253'402'300'800'000); }},
      {"request_id", [](auto& r) { r.set_request_id(std::string(1'025, 'x')); }},
      {"connector_id", [](auto& r) { r.set_connector_id(std::string(1'025, 'x')); }}};
  for (const auto& [field, damage] : broken) {
    auto what = request();
    damage(what);
    const auto status = keep(what);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << field;
    EXPECT_NE(status.error_message().find(field), std::string::npos) << status.error_message();
  }
  EXPECT_TRUE(kept().empty());

  auto just = request((std::uint64_t{1} << 63) - 1);
  just.set_written_ms(253'402'300'799'999);
  just.set_request_id(std::string(1'024, 'x'));
  just.set_connector_id(std::string(1'024, 'x'));
  EXPECT_TRUE(keep(just).ok());
}

TEST_F(FrontHeads, PutsOffWhoSendsTooMany) {
  start();
  for (std::uint64_t i = 1; i <= HeadLimits().an_hour; ++i) {
    HeadRecord head;
    head.connector = "registered";
    head.journal = request().journal_id();
    head.sequence = i;
    head.hash = std::string(64, 'a');
    head.kept = kNow;
    must(store_->keep_head(tenant().guid(), head));
  }
  EXPECT_EQ(keep(request(5'000)).error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(FrontHeads, SaysThatItCannotKeepIt) {
  start();
  must(store_->limit_pages_for_test(1));
  grpc::Status status;
  for (std::uint64_t i = 1; status.ok() && i < 500; ++i) status = keep(request(i));
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("store"), std::string::npos) << "nothing from inside";
}

}  // namespace
}  // namespace rms::cloud

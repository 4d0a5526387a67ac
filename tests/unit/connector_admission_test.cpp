// SPDX-License-Identifier: Apache-2.0
//
// Who gets a place among the requests in hand: as a value, and of a real listener.
#include "connector/listener/admission.h"

#include <deque>

#include "support/http_server_fixture.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;

// ---- as a value

class AdmissionTest : public testing::Test {
 protected:
  // As many places as `server` gets, `wanted` at most.
  int take(std::string_view server, int wanted = 100) {
    for (int got = 0; got < wanted; ++got) {
      auto place = admission_.admit(server);
      if (const auto* refusal = std::get_if<Admission::Refusal>(&place)) {
        refusal_ = *refusal;
        return got;
      }
      places_.push_back(std::get<Admission::Place>(std::move(place)));
    }
    return wanted;
  }

  Admission admission_{12};
  std::deque<Admission::Place> places_;
  std::optional<Admission::Refusal> refusal_;
};

TEST_F(AdmissionTest, AServerAloneGetsHalf) {
  EXPECT_EQ(take("exchange"), 6);
  EXPECT_EQ(refusal_, Admission::Refusal::share);
}

TEST_F(AdmissionTest, TwoThatWantAllGetAThirdEach) {
  for (int turn = 0; turn < 12; ++turn) {
    take("exchange", 1);
    take("sharepoint", 1);
  }
  EXPECT_EQ(admission_.taken(), 8U);
  EXPECT_EQ(take("fci", 1), 1) << "and whoever comes next finds a place";
}

TEST_F(AdmissionTest, ANewcomerFindsAPlaceUnlessAllAreTaken) {
  int servers = 0;
  while (take(std::to_string(servers), 1) == 1) ++servers;
  EXPECT_EQ(servers, 12);
  EXPECT_EQ(refusal_, Admission::Refusal::full);
}

TEST_F(AdmissionTest, NobodyInParticularHasNoShare) {
  EXPECT_EQ(take(""), 12);
  EXPECT_EQ(refusal_, Admission::Refusal::full);
}

TEST_F(AdmissionTest, WhoGivesAPlaceBackMayHaveItAgain) {
  take("exchange");
  places_.pop_back();
  EXPECT_EQ(admission_.taken(), 5U);
  EXPECT_EQ(take("exchange"), 1);
  places_.clear();
  EXPECT_EQ(admission_.taken(), 0U);
  EXPECT_EQ(take("exchange"), 6);
}

TEST(AdmissionOfOne, IsForWhoeverComesFirst) {
  Admission admission(1);
  const auto first = admission.admit("exchange");
  EXPECT_TRUE(std::holds_alternative<Admission::Place>(first));
  const auto second = admission.admit("sharepoint");
  EXPECT_TRUE(std::holds_alternative<Admission::Refusal>(second));
}

// ---- of a real listener

constexpr std::string_view kWait = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kHalf = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf";

class ListenerShareTest : public test::HttpServerFixture {
 protected:
  void SetUp() override {
    options_.limits.in_flight = 4;
    start();
  }
  void wait_in_hand(std::size_t count) {
    until([&] { return server_->in_flight() == count; });
  }
  const test::Credentials sharepoint_ = ca_.client("sharepoint.contoso.test");
};

TEST_F(ListenerShareTest, OneServerCannotTakeThePlacesOfAnother) {
  connect().send(kWait);
  connect().send(kWait);
  wait_in_hand(2);
  const auto third = connect().ask(kWait);
  EXPECT_EQ(third.status, 503);
  EXPECT_TRUE(third.header("Retry-After"));
  EXPECT_NE(third.body.find("This server"), std::string::npos) << third.body;
  EXPECT_EQ(handler_.over_share, 1);
  EXPECT_EQ(log_.lines(Event::shedding).size(), 1U);
  EXPECT_EQ(log_.lines(Event::shedding)[0].field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(connect(&sharepoint_).ask(kGet).status, 200);
  handler_.release();
}

TEST_F(ListenerShareTest, SlowBodiesOfOneServerLeavePlacesForAnother) {
  HttpsClient &one = connect(), &two = connect();
  one.send(kHalf);
  two.send(kHalf);
  wait_in_hand(2);
  EXPECT_EQ(connect().ask(kHalf).status, 503);
  EXPECT_EQ(connect(&sharepoint_).ask(kGet).status, 200);
  for (HttpsClient* slow : {&one, &two}) {
    slow->send("slowly");
    EXPECT_EQ(slow->receive().status, 200);
  }
}

TEST_F(ListenerShareTest, EveryPlaceComesBackWhateverTheChurn) {
  std::deque<test::Credentials> servers;
  for (int i = 0; i < 4; ++i) servers.push_back(ca_.client("server" + std::to_string(i) + ".contoso.test"));
  for (int round = 0; round < 10; ++round) {
    std::vector<HttpsClient*> callers;
    for (int i = 0; i < 12; ++i) {
      callers.push_back(&connect(&servers[static_cast<std::size_t>(i) % servers.size()]));
      callers.back()->send(i % 3 == 0 ? kWait : i % 3 == 1 ? kHalf : kGet);
    }
    for (HttpsClient* caller : callers) caller->vanish();
    until([&] { return server_->connections() == 0; });
    clients_.clear();
    ASSERT_EQ(server_->in_flight(), 0U);
  }
  // Exactly four, one each.
  for (const test::Credentials& server : servers) connect(&server).send(kWait);
  wait_in_hand(4);
  EXPECT_EQ(connect().ask(kGet).status, 503);
  EXPECT_EQ(connect(&servers[0]).ask(kGet).status, 503);
  handler_.release();
  until([&] { return server_->in_flight() == 0; });
  EXPECT_EQ(connect().ask(kGet).status, 200);
}

}  // namespace
}  // namespace rms::connector

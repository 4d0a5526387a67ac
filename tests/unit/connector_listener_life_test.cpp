// SPDX-License-Identifier: Apache-2.0
//
// Connections as such: who gets in, who is kept waiting, and how a listener ends.
#include <filesystem>

#include "net/task_group.h"
#include "support/http_server_fixture.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kWait = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";

SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

class ListenerLifeTest : public test::HttpServerFixture {
 protected:
  // Lines that tell of a failed handshake.
  std::size_t failed_handshakes() const {
    std::size_t count = 0;
    for (const auto& line : log_.lines()) count += line.message == "a TLS handshake failed" ? 1 : 0;
    return count;
  }
};

// ---- handshakes

TEST_F(ListenerLifeTest, ACallerWithoutACertificateIsToldSoInTheHandshake) {
  start();
  HttpsClient& client = connect(nullptr);
  EXPECT_EQ(client.ask(kGet).status, 0);
  EXPECT_NE(client.failure().find("certificate required"), std::string::npos) << client.failure();
  EXPECT_EQ(handler_.screened, 0);
  ASSERT_EQ(log_.lines(Event::unauthenticated).size(), 1U);
  EXPECT_EQ(log_.lines(Event::unauthenticated)[0].field("reason"), "no_certificate");
}

TEST_F(ListenerLifeTest, AnotherAuthoritysCertificateIsRefused) {
  start();
  test::TestCa other;
  const auto stranger = other.client("exchange.contoso.test");
  EXPECT_EQ(connect(&stranger).ask(kGet).status, 0);
  EXPECT_EQ(handler_.screened, 0);
  ASSERT_EQ(log_.lines(Event::unauthenticated).size(), 1U);
  EXPECT_EQ(log_.lines(Event::unauthenticated)[0].field("reason"), "untrusted");
}

TEST_F(ListenerLifeTest, GarbageInsteadOfTlsIsClosed) {
  start();
  HttpsClient& client = connect_without_tls();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.rest();
  until([&] { return failed_handshakes() == 1; });
  EXPECT_TRUE(log_.lines(Event::unauthenticated).empty()) << "it did not come as far as to say who it is";
}

TEST_F(ListenerLifeTest, SilentConnectionsAreClosedInTime) {
  options_.handshake_timeout = 50ms;
  start();
  HttpsClient& client = connect_without_tls();
  EXPECT_EQ(client.rest(), "");
  until([&] { return failed_handshakes() == 1; });
}

TEST_F(ListenerLifeTest, SilentOnesDoNotKeepOutThoseWhoSpeak) {
  options_.handshakes = 1;
  start();
  for (int i = 0; i < 40; ++i) connect_without_tls();
  for (int i = 0; i < 20; ++i) connect_without_tls().send("garbage garbage garbage");
  EXPECT_EQ(connect().ask(kGet).status, 200);
}

TEST_F(ListenerLifeTest, HandshakesQueueBehindTheirLimit) {
  options_.handshakes = 1;
  start();
  HttpsClient& slow = connect_without_tls();
  slow.send("\x16\x03\x01");  // the start of a TLS record: it has spoken, and holds the only place
  until([&] { return server_->connections() == 1; });
  bool gone = false;
  boost::asio::steady_timer timer(loop_.executor(), 50ms);
  timer.async_wait([&](const auto&) {
    slow.vanish();
    gone = true;
  });
  EXPECT_TRUE(connect().secured());
  EXPECT_TRUE(gone);
}

// ---- connections

TEST_F(ListenerLifeTest, ConnectionsBeyondTheLimitWaitTheirTurn) {
  options_.connections = 1;
  start();
  HttpsClient& first = connect();
  EXPECT_EQ(first.ask(kGet).status, 200);
  HttpsClient& second = connect_without_tls();  // the kernel answers for us
  for (int i = 0; i < 50; ++i) loop_.run(turn());
  EXPECT_EQ(server_->connections(), 1U);
  first.vanish();
  second.vanish();
  EXPECT_EQ(connect().ask(kGet).status, 200);
}

std::size_t open_files() {
  const auto files = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_F(ListenerLifeTest, ChurnLeavesNothingBehind) {
  options_.connections = 4;
  start();
  EXPECT_EQ(connect().ask(kGet).status, 200);
  clients_.clear();
  until([&] { return server_->connections() == 0; });
  const std::size_t before = open_files();
  for (int i = 0; i < 60; ++i) {
    HttpsClient& client = i % 3 == 0 ? connect_without_tls() : connect();
    if (i % 3 == 1) {
      EXPECT_EQ(client.ask(kGet).status, 200);
    }
    client.vanish();
    clients_.clear();
  }
  until([&] { return server_->connections() == 0; });
  EXPECT_EQ(open_files(), before);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(connect().ask(kGet).status, 200);
  EXPECT_EQ(server_->connections(), 4U);
}

TEST_F(ListenerLifeTest, APlainListenerServesNobodyInParticular) {
  start(false);
  EXPECT_EQ(connect().ask(kGet).body, "nobody ");
}

TEST_F(ListenerLifeTest, APortThatIsTakenIsAnError) {
  start();
  HttpServerOptions options = options_;
  options.port = server_->endpoint().port();
  HttpServer second(loop_.executor(), options, nullptr, handler_, clock_, log_, nullptr);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::io_error);
}

// ---- the end

TEST_F(ListenerLifeTest, DrainingClosesIdleConnectionsAndAcceptsNoMore) {
  start();
  HttpsClient& idle = connect();
  EXPECT_EQ(idle.ask(kGet).status, 200);
  EXPECT_TRUE(loop_.run(server_->stop(in(10s))));
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_THROW(connect(), boost::system::system_error);
  EXPECT_EQ(log_.count_from(Level::warning), 0U);
}

TEST_F(ListenerLifeTest, DrainingDoesNotWaitForThoseWhoHaveSaidNothing) {
  options_.handshake_timeout = 1h;
  start();
  HttpsClient& silent = connect_without_tls();
  until([&] { return server_->connections() == 1; });
  EXPECT_TRUE(loop_.run(server_->stop(in(1h))));
  EXPECT_EQ(silent.rest(), "");
}

boost::asio::awaitable<void> stop_and_tell(HttpServer& server, SteadyTime until, std::optional<bool>& drained) {
  drained = co_await server.stop(until);
}

class ListenerDrainTest : public ListenerLifeTest {
 protected:
  void TearDown() override {
    loop_.run(stopping_.wait_empty());
    ListenerLifeTest::TearDown();
  }

  void stop(SteadyTime until) { stopping_.spawn(stop_and_tell(*server_, until, drained_)); }

  HttpsClient& with_request_in_hand() {
    HttpsClient& client = connect();
    client.send(kWait);
    until([&] { return handler_.started == 1; });
    return client;
  }

  net::TaskGroup stopping_{loop_.executor(), log_, "stopping"};
  std::optional<bool> drained_;
};

TEST_F(ListenerDrainTest, FinishesWhatIsInHand) {
  start();
  HttpsClient& client = with_request_in_hand();
  stop(in(10s));
  loop_.run(turn());
  EXPECT_EQ(drained_, std::nullopt);
  handler_.release();
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, true);
  EXPECT_EQ(handler_.cancelled, 0);
  EXPECT_EQ(log_.count_from(Level::warning), 0U);
}

TEST_F(ListenerDrainTest, ARequestHalfSentIsARequestInHand) {
  start();
  HttpsClient& client = connect();
  client.send(kGet.substr(0, 20));
  for (int i = 0; i < 20; ++i) loop_.run(turn());
  stop(in(10s));
  loop_.run(turn());
  EXPECT_EQ(client.ask(kGet.substr(20)).status, 200);
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, true);
}

TEST_F(ListenerDrainTest, CancelsWhatIsNotFinishedInTimeAndSaysSo) {
  start();
  HttpsClient& client = with_request_in_hand();
  stop(in(20ms));
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "cancelled");
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, false);
  EXPECT_EQ(handler_.cancelled, 1);
}

// Who has sent that much ahead is read no further, and must be told all the same.
TEST_F(ListenerDrainTest, TellsThoseTooWhoHaveSentMuchAhead) {
  start();
  HttpsClient& client = with_request_in_hand();
  client.send(std::string(100 * 1024, 'x'));
  while (loop_.context().poll() > 0) {
  }
  stop(in(20ms));
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "cancelled");
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, false);
  EXPECT_EQ(handler_.cancelled, 1);
}

TEST_F(ListenerDrainTest, DropsWhoeverStillSendsWhenTheTimeIsOver) {
  start();
  HttpsClient& client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  until([&] { return server_->in_flight() == 1; });
  stop(in(1ms));
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, false);
}

TEST_F(ListenerDrainTest, DoesNotWaitForTheRestOfWhatIsRefused) {
  start();
  HttpsClient& client = connect();
  client.send("POST /early HTTP/1.1\r\n");
  for (int i = 0; i < 20; ++i) loop_.run(turn());
  stop(in(1500ms));
  loop_.run(turn());
  EXPECT_EQ(client.ask("Host: h\r\nContent-Length: 10\r\n\r\nhalf").status, 403);
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, true);
}

TEST_F(ListenerDrainTest, HurryingDropsEverythingAtOnce) {
  start();
  HttpsClient& client = with_request_in_hand();
  stop(in(1h));
  loop_.run(turn());
  server_->hurry();
  until([&] { return drained_.has_value(); });
  EXPECT_EQ(drained_, false);
  EXPECT_EQ(client.receive().status, 0);
}

}  // namespace
}  // namespace rms::connector

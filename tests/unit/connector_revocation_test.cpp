// SPDX-License-Identifier: Apache-2.0
//
// Certificates that are withdrawn while connections are open: a real listener, a real CA, a file that changes.
#include "connector/listener/revocation.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "connector/telemetry/metrics.h"
#include "net/accept_loop.h"
#include "net/task_group.h"
#include "support/fake_clock.h"
#include "support/http_server_fixture.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;
using test::ReceivedAnswer;
using testing::HasSubstr;

class ConnectorRevocationTest : public test::HttpServerFixture {
 protected:
  void SetUp() override {
    put(ca_.crl());
    auto lists = net::RevocationLists::read(file_, ca_.certificate());
    ASSERT_TRUE(lists) << lists.error().to_string();
    revocation_.emplace(*std::move(lists), moving_, log_, &metrics_);
    options_.revocation = &*revocation_;
    start();
  }

  // As docs/authentication.md says: written beside it and moved into its place.
  void put(const std::string& pem) { std::filesystem::rename(dir_.write("new.crl", pem), file_); }

  static std::string get(std::string_view path = "/") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  }

  std::vector<test::RecordLog::Line> said(std::string_view message) const {
    std::vector<test::RecordLog::Line> found;
    for (auto& line : log_.lines())
      if (line.message.find(message) != std::string::npos) found.push_back(line);
    return found;
  }

  test::TempDir dir_;
  const std::filesystem::path file_ = dir_.path() / "clients.crl";
  test::FakeClock moving_{std::chrono::system_clock::now()};
  Metrics metrics_{BuildInfo()};
  std::optional<Revocation> revocation_;
  test::Credentials other_ = ca_.client("other.contoso.test");
};

TEST_F(ConnectorRevocationTest, GoodConnectionsGoOnWhenTheListsChange) {
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(get()).status, 200);
  put(ca_.crl({.revoked = {other_.serial}}));
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(server_->connections(), 1U);
  EXPECT_EQ(said("are in force").size(), 2U) << "read once at the start, and once more";
  EXPECT_THAT(metrics_.render(), HasSubstr("rms_connector_crl_reads_total{result=\"good\"} 1"));
}

TEST_F(ConnectorRevocationTest, AnOpenConnectionEndsWithItsNextRequestWhenItsCertificateIsRevoked) {
  HttpsClient &revoked = connect(&exchange_), &good = connect(&other_);
  EXPECT_EQ(revoked.ask(get()).status, 200);
  EXPECT_EQ(good.ask(get()).status, 200);
  put(ca_.crl({.revoked = {exchange_.serial}}));
  const int before = handler_.screened;
  const ReceivedAnswer answer = revoked.ask(get());
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("certificate_revoked"));
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(revoked.rest(), "");
  EXPECT_EQ(handler_.screened, before) << "nobody behind the listener was asked";
  EXPECT_EQ(handler_.turned_away_with, std::vector<int>{403});
  EXPECT_EQ(good.ask(get()).status, 200);
}

TEST_F(ConnectorRevocationTest, ARequestThatIsInHandIsFinished) {
  HttpsClient& client = connect();
  client.send(get("/wait"));
  until([&] { return handler_.started == 1; });
  put(ca_.crl({.revoked = {exchange_.serial}}));
  client.send(get());  // sent ahead: it is the next one
  handler_.release();
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_EQ(client.receive().status, 403);
}

TEST_F(ConnectorRevocationTest, ARevokedCertificateIsRefusedInTheHandshakeByName) {
  put(ca_.crl({.revoked = {exchange_.serial}}));
  EXPECT_EQ(connect().ask(get()).status, 0);
  const auto lines = log_.lines(Event::unauthenticated);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, Level::warning);
  EXPECT_EQ(lines[0].field("reason"), "revoked");
  EXPECT_EQ(lines[0].field("error"), "certificate revoked");
  EXPECT_EQ(lines[0].field("certificate"),
            "CN=exchange.contoso.test sha256:" + net::read_certificate_pem(exchange_.certificate_pem)->fingerprint);
}

TEST_F(ConnectorRevocationTest, WithoutAListThatCountsNobodyComesIn) {
  test::TestCa stranger("Another CA");
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(get()).status, 200);
  put(stranger.crl());
  EXPECT_THAT(client.ask(get()).body, HasSubstr("no_valid_crl"));
  EXPECT_EQ(connect().ask(get()).status, 0);
  EXPECT_EQ(log_.lines(Event::unauthenticated).back().field("reason"), "no_valid_crl");
}

TEST_F(ConnectorRevocationTest, ANewFileThatIsBrokenChangesNothingAndIsToldOfOnce) {
  HttpsClient& client = connect();
  put("no list at all");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(connect(&other_).ask(get()).status, 200);
  const auto lines = log_.lines(Event::list_failed);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, Level::error);
  EXPECT_THAT(lines[0].field("error"), HasSubstr("clients.crl: holds no PEM CRL"));
  EXPECT_THAT(metrics_.render(), HasSubstr("rms_connector_crl_reads_total{result=\"failed\"} 1"));

  std::filesystem::remove(file_);
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(log_.lines(Event::list_failed).size(), 2U);
  put(ca_.crl({.revoked = {exchange_.serial}}));
  EXPECT_EQ(client.ask(get()).status, 403) << "and a good one after it counts";
}

TEST_F(ConnectorRevocationTest, TellsOfAListThatIsOutOfDateADayAheadAndWhenItIs) {
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(log_.count_from(Level::warning), 0U);
  moving_.advance(24h * 6 + 1h);
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(client.ask(get()).status, 200);
  auto lines = said("is out of date");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, Level::warning);
  EXPECT_EQ(lines[0].field("issuer"), "CN=Test CA");

  moving_.advance(24h);
  EXPECT_EQ(client.ask(get()).status, 403) << "an open connection does not outlive what a new one would not";
  lines = said("is out of date");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].level, Level::error);
}

TEST_F(ConnectorRevocationTest, AClockThatIsSetBackForgetsNothing) {
  moving_.advance(24h * 8);
  revocation_->look();
  EXPECT_EQ(said("is out of date: certificates").size(), 1U);
  moving_.advance(-24h * 8);
  const auto before = revocation_->look();
  EXPECT_EQ(revocation_->look(), before);
  moving_.advance(24h * 8);
  EXPECT_GT(revocation_->look(), before) << "now it is true";
}

TEST_F(ConnectorRevocationTest, AListThatIsOutOfDateAtTheStartIsAnErrorAtOnce) {
  put(ca_.crl({.next_update = -60s}));
  auto lists = net::RevocationLists::read(file_, ca_.certificate());
  ASSERT_TRUE(lists);
  const Revocation late(*std::move(lists), moving_, log_, nullptr);
  EXPECT_EQ(said("is out of date: certificates").size(), 1U);
}

TEST_F(ConnectorRevocationTest, EachVerdictHasItsCode) {
  EXPECT_EQ(reason_of(net::CertificateVerdict::good), "");
  EXPECT_EQ(reason_of(net::CertificateVerdict::untrusted), "certificate_untrusted");
  EXPECT_EQ(reason_of(net::CertificateVerdict::not_valid_now), "certificate_not_valid_now");
  EXPECT_EQ(reason_of(net::CertificateVerdict::revoked), "certificate_revoked");
  EXPECT_EQ(reason_of(net::CertificateVerdict::no_valid_crl), "no_valid_crl");
}

// ---- the door without TLS

class PlainDoorTest : public test::HttpServerFixture {
 protected:
  void SetUp() override { options_.plain_host = "127.0.0.1"; }

  HttpsClient& connect_to_plain_door() {
    clients_.push_back(std::make_unique<HttpsClient>(loop_, server_->plain_endpoint(), ca_, nullptr, false));
    return *clients_.back();
  }
  static std::string get(std::string_view path = "/") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  }
};

TEST_F(PlainDoorTest, LeadsToTheSamePagesAndKnowsNobody) {
  start();
  EXPECT_NE(server_->plain_endpoint().port(), server_->endpoint().port());
  EXPECT_EQ(connect_to_plain_door().ask(get()).body, "nobody ");
  EXPECT_EQ(connect().ask(get()).body, "dns:exchange.contoso.test ");
}

TEST_F(PlainDoorTest, DoesNotTakeTlsNorTheOtherOnePlainHttp) {
  start();
  clients_.push_back(std::make_unique<HttpsClient>(loop_, server_->plain_endpoint(), ca_, &exchange_));
  EXPECT_FALSE(clients_.back()->secured());
  EXPECT_EQ(connect_without_tls().ask(get()).status, 0);
}

TEST_F(PlainDoorTest, SharesTheLimitOfRequestsInHand) {
  options_.limits.in_flight = 1;
  start();
  HttpsClient &plain = connect_to_plain_door(), &secure = connect();
  plain.send(get("/wait"));
  until([&] { return handler_.started == 1; });
  EXPECT_EQ(secure.ask(get()).status, 503);
  handler_.release();
  EXPECT_EQ(plain.receive().status, 200);
}

TEST_F(PlainDoorTest, SharesTheLimitOfConnections) {
  options_.connections = 1;
  start();
  HttpsClient& secure = connect();
  EXPECT_EQ(secure.ask(get()).status, 200);
  HttpsClient& plain = connect_to_plain_door();
  plain.send(get());
  until([&] { return !log_.lines(Event::shedding).empty(); });
  EXPECT_EQ(handler_.started, 1) << "it waits until the other one goes";
  secure.vanish();
  EXPECT_EQ(plain.receive().status, 200);
}

TEST_F(PlainDoorTest, IsDrainedWithTheOther) {
  start();
  HttpsClient &busy = connect_to_plain_door(), &idle = connect_to_plain_door();
  EXPECT_EQ(idle.ask(get()).status, 200);
  busy.send(get("/wait"));
  until([&] { return handler_.started == 2; });
  net::TaskGroup stopping(loop_.executor(), log_, "stopping");
  bool drained = false;
  const auto stop = [](HttpServer& server, bool& result) -> boost::asio::awaitable<void> {
    result = co_await server.stop(std::chrono::steady_clock::now() + 10s);
  };
  stopping.spawn(stop(*server_, drained));
  EXPECT_EQ(idle.rest(), "");
  handler_.release();
  const ReceivedAnswer answer = busy.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  loop_.run(stopping.wait_empty());
  EXPECT_TRUE(drained);
}

TEST_F(PlainDoorTest, APortThatIsTakenIsAnError) {
  auto taken = net::listen(loop_.executor(), "127.0.0.1", 0);
  ASSERT_TRUE(taken);
  options_.host = "127.0.0.1";
  options_.plain_port = taken->local_endpoint().port();
  auto tls = net::make_mutual_server_context(server_files_.certificate, server_files_.key, ca_.certificate());
  HttpServer server(loop_.executor(), options_, std::make_shared<boost::asio::ssl::context>(*std::move(tls)), handler_,
                    clock_, log_, nullptr);
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::io_error);
  EXPECT_THAT(started.error().context, HasSubstr(std::to_string(options_.plain_port)));
  loop_.run(server.stop(std::chrono::steady_clock::now()));
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/admin/admin.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/loop.h"

namespace rms::connector {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class FixedStatus final : public StatusSource {
 public:
  DaemonStatus status() const override { return now; }
  DaemonStatus now;
};

class RecordingReload final : public ReloadService {
 public:
  boost::asio::awaitable<ReloadAnswer> reload(ReloadRequest request) override {
    asked.push_back(request);
    co_return answer;
  }
  std::vector<ReloadRequest> asked;
  ReloadAnswer answer;
};

class AdminTest : public testing::Test {
 protected:
  AdminTest() {
    source_.now.version = "1.2.3";
    source_.now.state = DaemonStatus::State::serving;
    source_.now.uptime = std::chrono::seconds(61);
    source_.now.listen = "https://127.0.0.1:443";
    source_.now.upstream = "rights.example.com:8443";
    source_.now.endpoints = {{"rights.example.com:8443", 1, 1}, {"other.example.com:8443", 2, 3}};
    source_.now.slots = {{"failing", 0, 1, "connection refused", "rights.example.com:8443"},
                         {"ready", 3, 2, "", "other.example.com:8443"}};
    source_.now.servers = {{"exchange", "exchange", 7, 2, WallTime(std::chrono::seconds(0))},
                           {"fci", "file-classification", 0, 0, std::nullopt}};
    source_.now.connections = 5;
    source_.now.in_flight = 3;
    source_.now.callers = {{"dns:exchange.contoso.test", 2}};
  }

  HttpAnswer ask(std::string path, std::string method = "GET") {
    HttpRequest request;
    request.connection = &connection_;
    request.method = std::move(method);
    if (const auto query = path.find('?'); query != path.npos) {
      request.query = path.substr(query + 1);
      path.resize(query);
    }
    request.path = std::move(path);
    return *loop_.run(handler_.screen(request));
  }

  test::Loop loop_;
  Connection connection_{"127.0.0.1:50000", "127.0.0.1", std::nullopt};
  RecordingReload reload_;
  FixedStatus source_;
  Metrics metrics_{BuildInfo()};
  AdminHandler handler_{source_, metrics_, reload_};
};

TEST_F(AdminTest, HealthIsThatItAnswers) {
  source_.now.state = DaemonStatus::State::draining;
  EXPECT_EQ(ask("/healthz").status, 200);
}

TEST_F(AdminTest, NamesTheUnsafeDoorIfThereIsOne) {
  EXPECT_FALSE(json::parse(ask("/status").body).contains("http"));
  source_.now.http = "http://127.0.0.1:80";
  EXPECT_EQ(json::parse(ask("/status").body)["http"], "http://127.0.0.1:80");
}

TEST_F(AdminTest, IsReadyWithOneConnectionToTheCloud) {
  const HttpAnswer answer = ask("/readyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_TRUE(json::parse(answer.body)["ready"]);
}

TEST_F(AdminTest, IsNotReadyWithoutOneAndSaysWhy) {
  source_.now.slots[1] = {"connecting", 0, 0, ""};
  const HttpAnswer answer = ask("/readyz");
  EXPECT_EQ(answer.status, 503);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["ready"], false);
  EXPECT_EQ(body["components"]["listener"]["ready"], true);
  EXPECT_EQ(body["components"]["upstream"]["reason"], "no connection to rights.example.com:8443: connection refused");
}

TEST_F(AdminTest, IsNotReadyWhileTheServiceSaysThatItIsNotServing) {
  source_.now.slots[1].serving = false;
  EXPECT_EQ(ask("/readyz").status, 503);
}

TEST_F(AdminTest, StatusShowsEachEndpoint) {
  source_.now.slots.push_back({"ready", 2, 1, "calls fail", "other.example.com:8443", true, 4200ms});
  const json upstream = json::parse(ask("/status").body)["upstream"];
  EXPECT_EQ(
      upstream["endpoints"][0],
      json({{"address", "rights.example.com:8443"}, {"priority", 1}, {"weight", 1}, {"usable", 0}, {"in_flight", 0}}));
  EXPECT_EQ(upstream["endpoints"][1]["usable"], 1);
  EXPECT_EQ(upstream["endpoints"][1]["in_flight"], 5);
  EXPECT_EQ(upstream["slots"][2]["ejected_for_ms"], 4200);
  EXPECT_EQ(upstream["slots"][2]["endpoint"], "other.example.com:8443");
}

TEST_F(AdminTest, IsNotReadyWhileItStartsOrStops) {
  for (const auto state : {DaemonStatus::State::starting, DaemonStatus::State::draining}) {
    source_.now.state = state;
    const HttpAnswer answer = ask("/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(json::parse(answer.body)["components"]["listener"]["ready"], false);
  }
}

TEST_F(AdminTest, StatusShowsTheWholeDaemon) {
  const json body = json::parse(ask("/status").body);
  EXPECT_EQ(body["version"], "1.2.3");
  EXPECT_EQ(body["state"], "serving");
  EXPECT_EQ(body["uptime_seconds"], 61);
  EXPECT_EQ(body["connections"], 5);
  EXPECT_EQ(body["upstream"]["slots"][0]["last_error"], "connection refused");
  EXPECT_EQ(body["upstream"]["slots"][1]["state"], "ready");
  EXPECT_FALSE(body["upstream"]["slots"][1].contains("last_error"));
  EXPECT_EQ(body["servers"][0]["last_request"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(body["servers"][0]["refused"], 2);
  EXPECT_EQ(body["callers"][0]["principal"], "dns:exchange.contoso.test");
  EXPECT_EQ(body["callers"][0]["in_flight"], 2);
  EXPECT_TRUE(body["servers"][1]["last_request"].is_null());
}

TEST_F(AdminTest, TextOfAPeerThatIsNotUtf8DoesNotBreakTheDocument) {
  source_.now.slots[0].last_error = "\xff\xfe";
  EXPECT_TRUE(json::accept(ask("/status").body));
}

TEST_F(AdminTest, MetricsAreInPrometheusFormat) {
  const HttpAnswer answer = ask("/metrics");
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(answer.body.find("# TYPE"), std::string::npos);
}

TEST_F(AdminTest, StatusNamesTheSettingsInForce) {
  source_.now.settings = {"/etc/rms.yaml", "abcd", 3, WallTime(std::chrono::seconds(0)), true};
  const json settings = json::parse(ask("/status").body)["settings"];
  EXPECT_EQ(settings["generation"], 3);
  EXPECT_EQ(settings["since"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(settings["digest"], "abcd");
  EXPECT_EQ(settings["watched"], true);
  EXPECT_FALSE(settings.contains("returned_from"));
  source_.now.returned = DaemonStatus::Returned{"ef01", "too many refusals", WallTime(std::chrono::seconds(1))};
  EXPECT_EQ(json::parse(ask("/status").body)["settings"]["returned_from"]["why"], "too many refusals");
}

TEST_F(AdminTest, ReloadsForWhoComesByTheSocket) {
  connection_.local = true;
  connection_.peer = "user 0, process 7";
  reload_.answer.result = ReloadAnswer::Result::reloaded;
  reload_.answer.changes = {{ChangeKind::server, "fci is removed", true}};
  reload_.answer.generation = 2;
  const HttpAnswer answer = ask("/reload", "POST");
  EXPECT_EQ(answer.status, 200);
  const json body = json::parse(answer.body);
  EXPECT_EQ(body["result"], "reloaded");
  EXPECT_EQ(body["changes"][0]["what"], "fci is removed");
  EXPECT_EQ(body["changes"][0]["kind"], "server");
  EXPECT_EQ(body["changes"][0]["loud"], true);
  EXPECT_EQ(body["generation"], 2);
  ASSERT_EQ(reload_.asked.size(), 1U);
  EXPECT_EQ(reload_.asked[0].by, "user 0, process 7");
  EXPECT_FALSE(reload_.asked[0].dry_run || reload_.asked[0].force);

  reload_.answer.result = ReloadAnswer::Result::refused;
  EXPECT_EQ(ask("/reload?dry_run", "POST").status, 409);
  EXPECT_TRUE(reload_.asked[1].dry_run);
  ask("/reload?force&dry_run", "POST");
  EXPECT_TRUE(reload_.asked[2].dry_run && reload_.asked[2].force);
}

TEST_F(AdminTest, ReloadsForNobodyElse) {
  EXPECT_EQ(ask("/reload", "POST").status, 405);
  connection_.local = true;
  EXPECT_EQ(ask("/reload", "GET").status, 404);
  EXPECT_EQ(ask("/reload", "DELETE").status, 405);
  EXPECT_EQ(ask("/reload?dryrun", "POST").status, 400) << "it was meant to change nothing";
  EXPECT_EQ(ask("/status", "POST").status, 405);
  EXPECT_TRUE(reload_.asked.empty());
  EXPECT_EQ(ask("/status").status, 200);
}

TEST_F(AdminTest, NothingElseIsHereAndNothingCanBeChanged) {
  EXPECT_EQ(ask("/").status, 404);
  EXPECT_EQ(ask("/status", "POST").status, 405);
  EXPECT_EQ(ask("/status", "HEAD").status, 200);
}

}  // namespace
}  // namespace rms::connector

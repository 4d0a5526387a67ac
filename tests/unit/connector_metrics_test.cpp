// SPDX-License-Identifier: Apache-2.0
#include "connector/telemetry/metrics.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "grants/scope.h"
#include "support/record_log.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

class MetricsTest : public testing::Test {
 protected:
  // The value behind `series`, as rendered: "name" or "name{label=\"value\"}". -1 if there is none.
  double value(const std::string& series) const {
    std::istringstream in(metrics.render());
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
    return -1;
  }
  std::size_t series_count() const {
    const std::string text = metrics.render();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  Metrics metrics{BuildInfo{"1.2.3", "abc", "1.51.1", "3.0.22"}};
};

TEST_F(MetricsTest, SayWhatIsRunning) {
  EXPECT_EQ(value(R"(rms_connector_build_info{grpc_version="1.51.1",openssl_version="3.0.22",revision="abc",)"
                  R"(version="1.2.3"})"),
            1);
}

TEST_F(MetricsTest, BeginWithZeroEverywhere) {
  for (
      const auto* series :
      {"rms_connector_inbound_connections",
       "rms_connector_tls_handshakes_total",
       R"(rms_connector_tls_handshake_failures_total{reason="no_certificate"})",
       R"(rms_connector_tls_handshake_failures_total{reason="untrusted"})",
       R"(rms_connector_tls_handshake_failures_total{reason="timeout"})",
       R"(rms_connector_auth_total{mechanism="tls-client-certificate"})",
       R"(rms_connector_authorizations_total{verdict="allowed"})",
       R"(rms_connector_authorizations_total{verdict="unknown_principal"})",
       R"(rms_connector_authorizations_total{verdict="not_granted"})",
       R"(rms_connector_authorizations_total{verdict="empty_list"})",
       "http_server_active_requests",
       R"(rms_connector_requests_rejected_total{reason="body_too_large"})",
       R"(rms_connector_requests_rejected_total{reason="overloaded"})",
       "rms_connector_requests_queued",
       R"(rms_connector_upstream_connections{state="ready"})",
       "rms_connector_upstream_connects_total",
       R"(rms_connector_upstream_connect_failures_total{reason="tls"})",
       R"(rms_connector_upstream_connect_failures_total{reason="proxy"})",
       R"(rms_connector_proxy_connects_total{outcome="opened"})",
       R"(rms_connector_proxy_connects_total{outcome="protocol"})",
       "rms_connector_upstream_last_success_timestamp_seconds",
       "rms_connector_draining",
       R"(rms_connector_log_messages_total{level="error"})",
       "rms_connector_watchdog_pings_total",
       R"(http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="200",http_route="/_wmcs/licensing/license.asmx"})"})
    EXPECT_EQ(value(series), 0) << series;
}

TEST_F(MetricsTest, CountConnectionsAndHandshakes) {
  metrics.connection_opened();
  metrics.connection_opened();
  metrics.connection_closed();
  metrics.handshake_succeeded(30ms);
  metrics.handshake_failed(HandshakeFailure::timeout, 10s);
  EXPECT_EQ(value("rms_connector_inbound_connections"), 1);
  EXPECT_EQ(value("rms_connector_tls_handshakes_total"), 2);
  EXPECT_EQ(value(R"(rms_connector_tls_handshake_failures_total{reason="timeout"})"), 1);
  EXPECT_EQ(value("rms_connector_tls_handshake_duration_seconds_count"), 2);
  EXPECT_DOUBLE_EQ(value("rms_connector_tls_handshake_duration_seconds_sum"), 10.03);
}

TEST_F(MetricsTest, CountAuthenticationAndAuthorization) {
  metrics.authenticated("tls-client-certificate");
  metrics.authentication_failed("tls-client-certificate", "no_certificate");
  metrics.authorized(Verdict::not_granted);
  EXPECT_EQ(value(R"(rms_connector_auth_total{mechanism="tls-client-certificate"})"), 2);
  EXPECT_EQ(value(R"(rms_connector_auth_failures_total{mechanism="tls-client-certificate",reason="no_certificate"})"),
            1);
  EXPECT_EQ(value(R"(rms_connector_authorizations_total{verdict="not_granted"})"), 1);
  metrics.grant_missing(grant::kOwners);
  metrics.grant_missing("what no contract knows");
  metrics.opened_any(3);
  EXPECT_EQ(value(R"(rms_connector_missing_grants_total{grant="owners"})"), 1);
  EXPECT_EQ(value(R"(rms_connector_missing_grants_total{grant="other"})"), 1);
  EXPECT_EQ(value("rms_connector_open_any_licenses_total"), 3);
}

TEST_F(MetricsTest, TimeRequestsByRouteAndStatus) {
  metrics.request_started();
  metrics.request_started();
  metrics.request_finished("POST", "/_wmcs/licensing/license.asmx", 200, 30ms);
  metrics.request_rejected(Rejection::header_too_large);
  EXPECT_EQ(value("http_server_active_requests"), 1);
  const std::string series =
      R"({http_request_method="POST",http_response_status_code="200",http_route="/_wmcs/licensing/license.asmx")";
  EXPECT_EQ(value("http_server_request_duration_seconds_count" + series + "}"), 1);
  EXPECT_EQ(value("http_server_request_duration_seconds_bucket" + series + R"(,le="0.025"})"), 0);
  EXPECT_EQ(value("http_server_request_duration_seconds_bucket" + series + R"(,le="0.05"})"), 1);
  EXPECT_EQ(value(R"(rms_connector_requests_rejected_total{reason="header_too_large"})"), 1);
}

TEST_F(MetricsTest, DoNotGrowByWhatACallerSends) {
  metrics.request_finished("BREW", "/no/such/path", 404, 1ms);
  const std::size_t before = series_count();
  for (int i = 0; i < 100; ++i) metrics.request_finished("M" + std::to_string(i), "/" + std::to_string(i), 404, 1ms);
  EXPECT_EQ(series_count(), before);
  EXPECT_EQ(value(R"(http_server_request_duration_seconds_count{http_request_method="other",)"
                  R"(http_response_status_code="404",http_route="other"})"),
            101);
}

TEST_F(MetricsTest, FollowTheQueue) {
  metrics.queue_capacity(512);
  metrics.queued();
  metrics.queued();
  metrics.dequeued(2ms);
  EXPECT_EQ(value("rms_connector_queue_capacity"), 512);
  EXPECT_EQ(value("rms_connector_requests_queued"), 1);
  EXPECT_EQ(value("rms_connector_queue_wait_seconds_count"), 1);
}

TEST_F(MetricsTest, FollowTheConnectionsToTheCloud) {
  metrics.upstream_slots(2);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="idle"})"), 2);
  EXPECT_EQ(value(R"(rms_connector_upstream_in_flight{slot="1"})"), 0);
  metrics.upstream_slot(0, SlotState::connecting);
  metrics.upstream_slot(0, SlotState::ready);
  metrics.upstream_slot(0, SlotState::ready);
  metrics.upstream_slot(1, SlotState::failing);
  metrics.upstream_slot(2, SlotState::ready);  // there is no such slot
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="idle"})"), 0);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="connecting"})"), 0);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="ready"})"), 1);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="failing"})"), 1);

  metrics.upstream_in_flight(1, +1);
  metrics.upstream_in_flight(1, +1);
  metrics.upstream_in_flight(1, -1);
  metrics.upstream_in_flight(2, +1);  // there is no such slot
  EXPECT_EQ(value(R"(rms_connector_upstream_in_flight{slot="1"})"), 1);

  metrics.upstream_connected();
  metrics.upstream_connect_failed(ConnectFailure::refused);
  metrics.upstream_succeeded(WallTime(1500ms));
  EXPECT_EQ(value("rms_connector_upstream_connects_total"), 1);
  EXPECT_EQ(value(R"(rms_connector_upstream_connect_failures_total{reason="refused"})"), 1);
  EXPECT_EQ(value("rms_connector_upstream_last_success_timestamp_seconds"), 1.5);

  metrics.upstream_ejected();
  metrics.upstream_renewed(Renewal::silent);
  metrics.upstream_checked(HealthCheck::no_answer);
  metrics.retried(Retry::hedge);
  metrics.retry_denied(RetryDenied::attempts);
  metrics.call_expired();
  for (const char* counter :
       {"rms_connector_upstream_ejections_total", R"(rms_connector_upstream_renewals_total{reason="silent"})",
        R"(rms_connector_upstream_health_checks_total{result="no_answer"})",
        R"(rms_connector_retries_total{reason="hedge"})", R"(rms_connector_retries_denied_total{reason="attempts"})",
        "rms_connector_calls_expired_total"})
    EXPECT_EQ(value(counter), 1) << counter;
}

TEST_F(MetricsTest, ForgetNoCallWhenTheConnectionsBecomeOthers) {
  metrics.upstream_slots(3);
  metrics.upstream_slot(0, SlotState::ready);
  metrics.upstream_in_flight(2, +1);
  metrics.upstream_slots(1);  // the call on the third goes on
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="idle"})"), 1);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="ready"})"), 0);
  EXPECT_EQ(value(R"(rms_connector_upstream_in_flight{slot="2"})"), 1);
  metrics.upstream_in_flight(2, -1);
  EXPECT_EQ(value(R"(rms_connector_upstream_in_flight{slot="2"})"), 0);
}

TEST_F(MetricsTest, KnowEachServerByOneNumber) {
  const std::size_t one = metrics.upstream_server({"a.test", 1});
  EXPECT_NE(metrics.upstream_server({"a.test", 2}), one);
  EXPECT_EQ(metrics.upstream_server({"a.test", 1}), one);
}

TEST_F(MetricsTest, TimeCallsByTheNamesOfGrpcsCodes) {
  const std::size_t server = metrics.upstream_server({"rights.example.com", 8443});
  metrics.upstream_call(server, "rms.v1.Licensing/AcquireLicense", 0, 30ms);
  metrics.upstream_call(server, "rms.v1.Licensing/AcquireLicense", 14, 1ms);
  metrics.upstream_call(server, "rms.v1.Licensing/AcquireLicense", 16, 1ms);
  for (const int nonsense : {-1, 17, 1000})
    metrics.upstream_call(server, "rms.v1.Licensing/AcquireLicense", nonsense, 1ms);
  const auto count = [&](const std::string& code) {
    return value(R"(rpc_client_call_duration_seconds_count{rpc_method="rms.v1.Licensing/AcquireLicense",)"
                 R"(rpc_status_code=")" +
                 code +
                 R"(",rpc_system_name="grpc",server_address="rights.example.com",)"
                 R"(server_port="8443"})");
  };
  EXPECT_EQ(count("OK"), 1);
  EXPECT_EQ(count("UNAVAILABLE"), 1);
  EXPECT_EQ(count("UNAUTHENTICATED"), 1);
  EXPECT_EQ(count("UNKNOWN"), 3);
}

TEST_F(MetricsTest, FollowTheDaemon) {
  metrics.list_loaded(3, WallTime(2s));
  metrics.certificate_expires("listen", WallTime(1000s));
  metrics.draining(true);
  metrics.watchdog_ping();
  EXPECT_EQ(value("rms_connector_allow_list_entries"), 3);
  EXPECT_EQ(value("rms_connector_allow_list_last_update_timestamp_seconds"), 2);
  EXPECT_EQ(value(R"(rms_connector_certificate_not_after_timestamp_seconds{usage="listen"})"), 1000);
  EXPECT_EQ(value("rms_connector_draining"), 1);
  metrics.draining(false);
  EXPECT_EQ(value("rms_connector_draining"), 0);
  EXPECT_EQ(value("rms_connector_watchdog_pings_total"), 1);
}

TEST_F(MetricsTest, CountTheLinesOfALog) {
  test::RecordLog record;
  const auto log = make_counted_log(record, metrics);
  log->info("hello", {{"a", 1}});
  log->event(Level::warning, Event::shedding, "full");
  EXPECT_EQ(value(R"(rms_connector_log_messages_total{level="info"})"), 1);
  EXPECT_EQ(value(R"(rms_connector_log_messages_total{level="warning"})"), 1);
  ASSERT_EQ(record.lines().size(), 2u);
  EXPECT_EQ(record.lines()[0].field("a"), "1");
  EXPECT_EQ(record.lines()[1].event, Event::shedding);
}

TEST_F(MetricsTest, TellOfTheProcess) {
  EXPECT_GT(value("process_resident_memory_bytes"), 1e5);
  EXPECT_GE(value("process_virtual_memory_bytes"), value("process_resident_memory_bytes"));
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
  EXPECT_GE(value("process_threads"), 1);
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GT(value("process_max_fds"), 3);
  const double started = value("process_start_time_seconds");
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(started, now - 3600);
  EXPECT_LT(started, now + 5);
}

TEST_F(MetricsTest, FollowTheFormat) {
  metrics.request_finished("GET", "/healthz", 200, 1ms);
  std::istringstream in(metrics.render());
  std::map<std::string, std::string> types;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string hash, keyword, name, type;
    if (line.starts_with("# TYPE ") && words >> hash >> keyword >> name >> type) {
      EXPECT_TRUE(types.emplace(name, type).second) << name << " is told twice";
      EXPECT_EQ(name.ends_with("_total"), type == "counter") << name;
      EXPECT_TRUE(name.starts_with("rms_connector_") || name.starts_with("http_server_") ||
                  name.starts_with("rpc_client_") || name.starts_with("process_"))
          << name;
    }
  }
  EXPECT_EQ(types["http_server_request_duration_seconds"], "histogram");
}

TEST_F(MetricsTest, TakeManyThreadsAtOnce) {
  metrics.upstream_slots(4);
  const std::size_t server = metrics.upstream_server({"rights.example.com", 8443});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, server, t] {
      for (int i = 0; i < 500; ++i) {
        metrics.request_started();
        metrics.request_finished("POST", "/_wmcs/licensing/license.asmx", 200 + i % 5, 1ms);
        metrics.upstream_slot(static_cast<std::size_t>(t), i % 2 == 0 ? SlotState::ready : SlotState::failing);
        metrics.upstream_call(server, "rms.v1.Licensing/AcquireLicense", i % 17, 1ms);
        if (i % 100 == 0) {
          EXPECT_FALSE(metrics.render().empty());
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(value("http_server_active_requests"), 0);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="failing"})"), 4);
  EXPECT_EQ(value(R"(rms_connector_upstream_connections{state="ready"})"), 0);
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "connector/authenticator/refusal.h"
#include "connector/telemetry/process.h"
#include "grants/scope.h"
#include "soap/operation.h"

namespace rms::connector {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

// OpenTelemetry's advice for http.server.request.duration and rpc.client.call.duration.
const Histogram::BucketBoundaries& seconds_buckets() {
  static const Histogram::BucketBoundaries buckets{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10};
  return buckets;
}

constexpr std::array kHandshakeFailures{"no_certificate", "untrusted", "not_valid_now", "revoked", "no_valid_crl",
                                        "protocol",       "timeout",   "closed",        "other"};
constexpr std::array kRejections{"bad_request",  "unauthenticated", "unauthorized", "not_found",        "method",
                                 "timeout",      "body_too_large",  "media_type",   "header_too_large", "overloaded",
                                 "server_share", "queue_full",      "queue_timeout"};
constexpr std::array kSlotStates{"idle", "connecting", "ready", "failing"};
constexpr std::array kConnectFailures{"refused", "timeout", "tls", "lost", "proxy", "other"};
constexpr std::array kProxyOutcomes{"opened", "unreachable", "timeout",    "authentication",
                                    "ticket", "refused",     "cloud_away", "protocol"};
constexpr std::array kRenewals{"rotated", "failing", "silent"};
constexpr std::array kHealthChecks{"serving", "not_serving", "no_answer"};
constexpr std::array kRetries{"unavailable", "overloaded", "hedge"};
constexpr std::array kRetriesDenied{"budget", "deadline", "attempts"};
constexpr std::array kJournalFates{"written", "failed", "dropped"};
constexpr std::array kCrlReads{"good", "failed"};
constexpr std::array kSchemes{"https", "http"};
constexpr std::array kGrants{grant::kTemplates, grant::kRecipients,     grant::kOwners,           grant::kUntil,
                             grant::kOpenAny,   grant::kOpenAnyConsent, std::string_view("other")};
constexpr std::array kHeadFates{"kept", "failed", "contradicted"};
constexpr std::array kLevels{"debug", "info", "warning", "error"};
constexpr std::array kVerdicts{"allowed", "unknown_principal", "not_granted", "empty_list"};
static_assert(kVerdicts.size() == kVerdictCount);

// Names of gRPC's status codes, by number (grpc/status.h).
constexpr std::array kGrpcCodes{
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr std::string_view kOther = "other";

double seconds(Metrics::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
double seconds(WallTime when) {
  return std::chrono::duration<double>(when.time_since_epoch()).count();
}

template <class Enum>
std::size_t index(Enum value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

std::string_view to_string(HandshakeFailure reason) {
  return kHandshakeFailures[index(reason)];
}

struct Metrics::Families {
  template <class Metric>
  using ByName = std::vector<Metric*>;

  prometheus::Registry registry;

  // --- makers: a family, its one metric or its metrics by the values of one label
  prometheus::Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  prometheus::Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
  Counter& counter(const char* name, const char* help) { return counters(name, help).Add({}); }
  Gauge& gauge(const char* name, const char* help) { return gauges(name, help).Add({}); }
  Histogram& histogram(const char* name, const char* help) { return histograms(name, help).Add({}, seconds_buckets()); }
  template <class Metric, class Name, std::size_t N>
  static ByName<Metric> each(prometheus::Family<Metric>& family, const char* label, const std::array<Name, N>& values) {
    ByName<Metric> made;
    for (const Name& value : values) made.push_back(&family.Add({{label, std::string(value)}}));
    return made;
  }

  // --- inbound
  Gauge& connections = gauge("rms_connector_inbound_connections", "Open connections from servers");
  Counter& handshakes = counter("rms_connector_tls_handshakes_total", "TLS handshakes tried by servers");
  ByName<Counter> handshake_failures =
      each(counters("rms_connector_tls_handshake_failures_total", "TLS handshakes that failed, by reason"), "reason",
           kHandshakeFailures);
  Histogram& handshake_duration =
      histogram("rms_connector_tls_handshake_duration_seconds", "Duration of TLS handshakes, failed ones too");
  prometheus::Family<Counter>& auth = counters("rms_connector_auth_total", "Authentications tried, by mechanism");
  prometheus::Family<Counter>& auth_failures =
      counters("rms_connector_auth_failures_total", "Authentications that failed, by mechanism and reason");
  ByName<Counter> authorizations = each(
      counters("rms_connector_authorizations_total", "Decisions of the authorizer, by verdict"), "verdict", kVerdicts);
  ByName<Counter> missing_grants = each(
      counters("rms_connector_missing_grants_total", "Requests that the cloud refused for want of a grant, by grant"),
      "grant", kGrants);
  Counter& opened_any = counter("rms_connector_open_any_licenses_total", "Licences that only open_any allowed");

  Gauge& active_requests = gauge("http_server_active_requests", "Requests in hand");
  prometheus::Family<Histogram>& request_duration =
      histograms("http_server_request_duration_seconds", "Duration of requests from servers");
  ByName<Counter> rejections = each(
      counters("rms_connector_requests_rejected_total", "Requests turned away without asking the cloud, by reason"),
      "reason", kRejections);

  ByName<Counter> schemes =
      each(counters("rms_connector_requests_total", "Requests for the servers' pages, by scheme"), "scheme", kSchemes);

  // --- queue
  Gauge& queued = gauge("rms_connector_requests_queued", "Requests that wait for a connection to the cloud");
  Gauge& queue_capacity = gauge("rms_connector_queue_capacity", "Requests that may wait");
  Histogram& queue_wait = histogram("rms_connector_queue_wait_seconds", "How long requests waited");

  // --- outbound
  prometheus::Family<Histogram>& call_duration =
      histograms("rpc_client_call_duration_seconds", "Duration of calls to the cloud, one attempt each");
  ByName<Gauge> slots =
      each(gauges("rms_connector_upstream_connections", "Connections to the cloud, by state"), "state", kSlotStates);
  Counter& connects = counter("rms_connector_upstream_connects_total", "Connections to the cloud that were made");
  ByName<Counter> connect_failures =
      each(counters("rms_connector_upstream_connect_failures_total",
                    "Connections to the cloud that could not be made or were lost, by reason"),
           "reason", kConnectFailures);
  ByName<Counter> proxy_outcomes = each(
      counters("rms_connector_proxy_connects_total", "Ways through the proxy that were asked for, by what came of it"),
      "outcome", kProxyOutcomes);
  prometheus::Family<Gauge>& in_flight_family =
      gauges("rms_connector_upstream_in_flight", "Calls on their way to the cloud, by slot of the pool");
  Gauge& last_success = gauge("rms_connector_upstream_last_success_timestamp_seconds",
                              "When the cloud last answered anything; 0 for never");

  Counter& ejections = counter("rms_connector_upstream_ejections_total",
                               "Connections that were left alone for a while because calls over them failed");
  ByName<Counter> renewals =
      each(counters("rms_connector_upstream_renewals_total", "Connections that were replaced by new ones, by reason"),
           "reason", kRenewals);
  ByName<Counter> health_checks =
      each(counters("rms_connector_upstream_health_checks_total", "Health checks of quiet connections, by result"),
           "result", kHealthChecks);
  ByName<Counter> retries =
      each(counters("rms_connector_retries_total", "Calls that were sent again, by reason"), "reason", kRetries);
  ByName<Counter> retries_denied =
      each(counters("rms_connector_retries_denied_total", "Calls that were not sent again, by reason"), "reason",
           kRetriesDenied);
  Counter& expired =
      counter("rms_connector_calls_expired_total", "Calls whose time was over before they could be sent to the cloud");

  // --- the audit journal
  ByName<Counter> journal_lines =
      each(counters("rms_connector_audit_lines_total", "Lines for the audit journal, by what became of them"), "fate",
           kJournalFates);
  Histogram& journal_write_duration =
      histogram("rms_connector_audit_write_duration_seconds", "How long a group of lines took to the disk");
  ByName<Counter> heads = each(
      counters("rms_connector_audit_heads_total", "Heads of the journal sent to the cloud, by what became of them"),
      "fate", kHeadFates);
  Counter& journals_anew = counter("rms_connector_audit_journals_anew_total",
                                   "Journals that were begun although the cloud keeps heads of another one");
  Gauge& head_sequence =
      gauge("rms_connector_audit_head_kept_sequence", "The newest line whose hash the cloud keeps; 0 for none");
  Gauge& head_time = gauge("rms_connector_audit_head_last_kept_timestamp_seconds",
                           "When the cloud last kept a head of the journal; 0 for never");

  // --- the daemon
  Gauge& list_entries = gauge("rms_connector_allow_list_entries", "Authorized servers");
  Gauge& list_update =
      gauge("rms_connector_allow_list_last_update_timestamp_seconds", "When the list of servers came into force");
  Gauge& reload_good = gauge("rms_connector_config_last_reload_successful",
                             "1 if the settings that were read last are in force, at the start or by a reload");
  Gauge& reload_time = gauge("rms_connector_config_last_reload_success_timestamp_seconds",
                             "When settings were last read and found good");
  ByName<Counter> reloads =
      each(counters("rms_connector_config_reloads_total", "Reloads of the settings, by what became of them"), "result",
           kReloadResults);
  prometheus::Family<Gauge>& not_after =
      gauges("rms_connector_certificate_not_after_timestamp_seconds", "When our own certificates expire, by usage");
  ByName<Counter> crl_reads =
      each(counters("rms_connector_crl_reads_total", "CRLs of clients' CAs that were read again, by result"), "result",
           kCrlReads);
  Gauge& crl_next_update = gauge("rms_connector_crl_next_update_timestamp_seconds",
                                 "When the first of the CRLs in force is out of date; 0 for none in force");
  Gauge& is_draining = gauge("rms_connector_draining", "1 while we are stopping");
  ByName<Counter> log_messages =
      each(counters("rms_connector_log_messages_total", "Lines written to the log, by level"), "level", kLevels);
  Counter& watchdog_pings = counter("rms_connector_watchdog_pings_total", "Signs of life given to the service manager");

  // --- label sets that come to be as they are met
  std::mutex mutex;
  std::vector<std::string_view> routes;  // views of constants
  std::map<std::tuple<std::string_view, std::string_view, int>, Histogram*> requests;
  std::map<std::tuple<std::size_t, std::string, int>, Histogram*> calls;
  std::vector<HostPort> servers;
  std::vector<SlotState> slot_states;
  std::vector<Gauge*> in_flight;  // by slot; never fewer: calls may be on their way over those that are no more

  // REQUIRES: method and route are constants.
  Histogram& request(std::string_view method, std::string_view route, int status) {
    const std::lock_guard lock(mutex);
    Histogram*& found = requests[{method, route, status}];
    if (found == nullptr)
      found = &request_duration.Add({{"http_request_method", std::string(method)},
                                     {"http_route", std::string(route)},
                                     {"http_response_status_code", std::to_string(status)}},
                                    seconds_buckets());
    return *found;
  }

  // REQUIRES: upstream_server() gave `server`.
  Histogram& call(std::size_t server, std::string_view rpc_method, std::size_t code) {
    const std::lock_guard lock(mutex);
    Histogram*& found = calls[{server, std::string(rpc_method), static_cast<int>(code)}];
    if (found == nullptr)
      found = &call_duration.Add({{"rpc_system_name", "grpc"},
                                  {"rpc_method", std::string(rpc_method)},
                                  {"rpc_status_code", kGrpcCodes[code]},
                                  {"server_address", servers.at(server).host},
                                  {"server_port", std::to_string(servers.at(server).port)}},
                                 seconds_buckets());
    return *found;
  }
};

Metrics::Metrics(const BuildInfo& build) : families_(std::make_unique<Families>()) {
  Families& f = *families_;
  f.gauges("rms_connector_build_info", "Always 1; says what is running")
      .Add({{"version", build.version},
            {"revision", build.revision},
            {"grpc_version", build.grpc_version},
            {"openssl_version", build.openssl_version}})
      .Set(1);
  for (const char* mechanism : {"tls-client-certificate", "kerberos"}) f.auth.Add({{"mechanism", mechanism}});
  for (const std::string_view reason : refusals::kAll)
    f.auth_failures.Add({{"mechanism", "kerberos"}, {"reason", std::string(reason)}});
  for (const soap::Service& service : soap::services()) {
    f.routes.push_back(service.path);
    for (const int status : {200, 403, 500, 503}) f.request("POST", service.path, status);
  }
  for (const std::string_view route : {"/healthz", "/readyz", "/metrics", "/status"}) f.routes.push_back(route);
}

Metrics::~Metrics() = default;

void Metrics::connection_opened() {
  families_->connections.Increment();
}
void Metrics::connection_closed() {
  families_->connections.Decrement();
}

void Metrics::handshake_succeeded(Duration duration) {
  families_->handshakes.Increment();
  families_->handshake_duration.Observe(seconds(duration));
}

void Metrics::handshake_failed(HandshakeFailure reason, Duration duration) {
  families_->handshakes.Increment();
  families_->handshake_failures[index(reason)]->Increment();
  families_->handshake_duration.Observe(seconds(duration));
}

void Metrics::authenticated(std::string_view mechanism) {
  families_->auth.Add({{"mechanism", std::string(mechanism)}}).Increment();
}

void Metrics::authentication_failed(std::string_view mechanism, std::string_view reason) {
  authenticated(mechanism);
  families_->auth_failures.Add({{"mechanism", std::string(mechanism)}, {"reason", std::string(reason)}}).Increment();
}

void Metrics::authorized(Verdict verdict) {
  families_->authorizations[index(verdict)]->Increment();
}

void Metrics::grant_missing(std::string_view grant) {
  const auto* known = std::ranges::find(kGrants, grant);
  const auto place = known == kGrants.end() ? kGrants.size() - 1 : static_cast<std::size_t>(known - kGrants.begin());
  families_->missing_grants[place]->Increment();
}

void Metrics::opened_any(std::size_t licenses) {
  families_->opened_any.Increment(static_cast<double>(licenses));
}

void Metrics::request_started() {
  families_->active_requests.Increment();
}

void Metrics::request_finished(std::string_view method, std::string_view route, int status, Duration duration) {
  Families& f = *families_;
  f.active_requests.Decrement();
  // The caller's method and path never become labels: only constants of ours that equal them.
  const std::string_view known_method = method == "POST" ? "POST" : method == "GET" ? "GET" : kOther;
  const auto found = std::find(f.routes.begin(), f.routes.end(), route);
  const std::string_view known_route = found == f.routes.end() ? kOther : *found;
  f.request(known_method, known_route, std::clamp(status, 0, 599)).Observe(seconds(duration));
}

void Metrics::request_came(bool by_tls) {
  families_->schemes[by_tls ? 0 : 1]->Increment();
}

void Metrics::request_rejected(Rejection reason) {
  families_->rejections[index(reason)]->Increment();
}

void Metrics::queue_capacity(std::size_t entries) {
  families_->queue_capacity.Set(static_cast<double>(entries));
}
void Metrics::queued() {
  families_->queued.Increment();
}
void Metrics::dequeued(Duration waited) {
  families_->queued.Decrement();
  families_->queue_wait.Observe(seconds(waited));
}

void Metrics::upstream_slots(std::size_t slots) {
  Families& f = *families_;
  const std::lock_guard lock(f.mutex);
  for (const SlotState state : f.slot_states) f.slots[index(state)]->Decrement();
  f.slot_states.assign(slots, SlotState::idle);
  f.slots[index(SlotState::idle)]->Increment(static_cast<double>(slots));
  while (f.in_flight.size() < slots)
    f.in_flight.push_back(&f.in_flight_family.Add({{"slot", std::to_string(f.in_flight.size())}}));
}

std::size_t Metrics::upstream_server(const HostPort& server) {
  Families& f = *families_;
  const std::lock_guard lock(f.mutex);
  const auto found = std::ranges::find(f.servers, server);
  if (found != f.servers.end()) return static_cast<std::size_t>(found - f.servers.begin());
  f.servers.push_back(server);
  return f.servers.size() - 1;
}

void Metrics::upstream_call(std::size_t server, std::string_view rpc_method, int grpc_code, Duration duration) {
  constexpr std::size_t kUnknown = 2;
  const bool known = grpc_code >= 0 && static_cast<std::size_t>(grpc_code) < kGrpcCodes.size();
  families_->call(server, rpc_method, known ? static_cast<std::size_t>(grpc_code) : kUnknown)
      .Observe(seconds(duration));
}

void Metrics::upstream_in_flight(std::size_t slot, int change) {
  Families& f = *families_;
  const std::lock_guard lock(f.mutex);
  if (slot < f.in_flight.size()) f.in_flight[slot]->Increment(change);
}

void Metrics::upstream_slot(std::size_t slot, SlotState state) {
  Families& f = *families_;
  const std::lock_guard lock(f.mutex);
  if (slot >= f.slot_states.size()) return;
  f.slots[index(f.slot_states[slot])]->Decrement();
  f.slots[index(state)]->Increment();
  f.slot_states[slot] = state;
}

void Metrics::upstream_connected() {
  families_->connects.Increment();
}
void Metrics::upstream_connect_failed(ConnectFailure reason) {
  families_->connect_failures[index(reason)]->Increment();
}
void Metrics::upstream_succeeded(WallTime when) {
  families_->last_success.Set(seconds(when));
}
void Metrics::proxy_asked(ProxyOutcome outcome) {
  families_->proxy_outcomes[index(outcome)]->Increment();
}

void Metrics::upstream_ejected() {
  families_->ejections.Increment();
}
void Metrics::upstream_renewed(Renewal why) {
  families_->renewals[index(why)]->Increment();
}
void Metrics::upstream_checked(HealthCheck result) {
  families_->health_checks[index(result)]->Increment();
}
void Metrics::retried(Retry reason) {
  families_->retries[index(reason)]->Increment();
}
void Metrics::retry_denied(RetryDenied reason) {
  families_->retries_denied[index(reason)]->Increment();
}
void Metrics::call_expired() {
  families_->expired.Increment();
}

void Metrics::journaled(JournalFate fate, std::size_t lines) {
  families_->journal_lines[index(fate)]->Increment(static_cast<double>(lines));
}
void Metrics::journal_write(Duration duration) {
  families_->journal_write_duration.Observe(seconds(duration));
}

void Metrics::head_sent(HeadFate fate) {
  families_->heads[index(fate)]->Increment();
}
void Metrics::journal_anew() {
  families_->journals_anew.Increment();
}
void Metrics::head_kept(std::uint64_t sequence, WallTime when) {
  families_->head_sequence.Set(static_cast<double>(sequence));
  families_->head_time.Set(seconds(when));
}

void Metrics::list_loaded(std::size_t entries, WallTime when) {
  families_->list_entries.Set(static_cast<double>(entries));
  families_->list_update.Set(seconds(when));
}

void Metrics::settings_reloaded(std::string_view result, bool good, WallTime when) {
  const auto* known = std::ranges::find(kReloadResults, result);
  if (known != kReloadResults.end())
    families_->reloads[static_cast<std::size_t>(known - kReloadResults.begin())]->Increment();
  families_->reload_good.Set(0);
  if (good) settings_good(when);
}

void Metrics::settings_good(WallTime when) {
  families_->reload_good.Set(1);
  families_->reload_time.Set(seconds(when));
}

void Metrics::certificate_expires(std::string_view usage, WallTime not_after) {
  families_->not_after.Add({{"usage", std::string(usage)}}).Set(seconds(not_after));
}

void Metrics::draining(bool yes) {
  families_->is_draining.Set(yes ? 1 : 0);
}
void Metrics::log_message(Level level) {
  families_->log_messages[index(level)]->Increment();
}
void Metrics::watchdog_ping() {
  families_->watchdog_pings.Increment();
}

void Metrics::crl_read(bool good) {
  families_->crl_reads[good ? 0 : 1]->Increment();
}
void Metrics::crl_next_update(WallTime first_outdated) {
  families_->crl_next_update.Set(seconds(first_outdated));
}

std::string Metrics::render() const {
  auto families = families_->registry.Collect();
  for (auto& family : process_families()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace rms::connector

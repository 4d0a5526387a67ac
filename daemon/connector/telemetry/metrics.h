// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the connector, as Prometheus reads them. Names follow OpenTelemetry's conventions where there is one
// (http_server_*, rpc_client_*); ours begin with rms_connector_. No principal, host or path of a caller's choice ever
// becomes a label: a caller must not be able to grow the memory of whoever counts. Every label set that can be told
// beforehand is there from the start with 0, so that a rate over its first event is right.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "connector/authorizer/authorizer.h"

namespace rms::connector {

struct BuildInfo {
  std::string version, revision, grpc_version, openssl_version;
};

enum class HandshakeFailure {
  no_certificate,  // the client showed none
  untrusted,       // its chain does not lead to our client_ca
  not_valid_now,   // its certificate has expired or is not valid yet
  revoked,         // its certificate is, or a CA's in its chain
  no_valid_crl,    // nobody can tell whether it is: no CRL of its CA, or one that is out of date
  protocol,        // not TLS, too old a version, no common cipher
  timeout,
  closed,  // the client went away
  other,
};

std::string_view to_string(HandshakeFailure reason);  // "no_certificate": for labels and log

// Why a request was turned away before anyone asked the cloud. The last four are no denials: nobody decided.
enum class Rejection {
  bad_request,       // 400: not HTTP, not SOAP, unknown operation
  unauthenticated,   // 401
  unauthorized,      // 403
  not_found,         // 404
  method,            // 405
  timeout,           // 408: header or body did not arrive in time
  body_too_large,    // 413
  media_type,        // 415
  header_too_large,  // 431
  overloaded,        // 503: too many requests in hand
  server_share,      // 503: one server has as many in hand as places are left
  queue_full,        // 503: as many calls as may wait do, and others wait for fewer
  queue_timeout,     // 503: no place became free in time
};

// What became of a reload: "reloaded", "unchanged", "refused"; or "returned": the settings before are in force again.
inline constexpr std::array<std::string_view, 4> kReloadResults{"reloaded", "unchanged", "refused", "returned"};

// What one slot of the pool is doing.
enum class SlotState { idle, connecting, ready, failing };

enum class ConnectFailure { refused, timeout, tls, lost, proxy, other };

// What became of an attempt to get through the proxy.
enum class ProxyOutcome {
  opened,
  unreachable,     // no connection to the proxy, or it closed it
  timeout,         // it did not answer in time
  authentication,  // 407, or the password's file cannot be read
  ticket,          // no Kerberos ticket for it
  refused,         // it answered that it does not want to
  cloud_away,      // it answered that it cannot reach the service (502, 503, 504)
  protocol,        // what it answers is no answer
};

// Why a connection that had one already got a new one.
enum class Renewal {
  rotated,  // it was old
  failing,  // it could not be made for a while: the name is looked up again
  silent,   // nothing came over it any more
};

// What a health check came to.
enum class HealthCheck { serving, not_serving, no_answer };

// Why the cloud was asked again, and why not.
enum class Retry {
  unavailable,  // the connection broke, or the service could not
  overloaded,   // the service said when to come back
  hedge,        // no answer yet, but most have one by then
};
enum class RetryDenied {
  budget,    // too many ask again already
  deadline,  // there is no time left to
  attempts,  // asked often enough
};

// What became of a line of the audit journal.
enum class JournalFate {
  written,
  failed,   // the disk did not take it
  dropped,  // too many waited for the disk
};

// What became of a head of the audit journal that was sent to the service.
enum class HeadFate {
  kept,
  failed,        // nobody answered; it is tried again
  contradicted,  // kept, but the service's heads and the journal contradict each other
};

// Any thread; each call costs a few atomic operations and at most one short lock.
// Nothing here fails or throws.
class Metrics {
 public:
  using Duration = std::chrono::nanoseconds;

  explicit Metrics(const BuildInfo& build);
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;
  ~Metrics();

  // --- inbound: connections
  void connection_opened();
  void connection_closed();
  void handshake_succeeded(Duration duration);
  void handshake_failed(HandshakeFailure reason, Duration duration);
  void authenticated(std::string_view mechanism);
  // `reason` is one of a few constants of the authenticator, never text of the caller.
  void authentication_failed(std::string_view mechanism, std::string_view reason);
  void authorized(Verdict verdict);
  // The service refused for want of this grant (grants/scope.h); any other name counts as "other".
  void grant_missing(std::string_view grant);
  void opened_any(std::size_t licenses);  // that only open_any allowed

  // --- inbound: requests. Each started is finished once.
  void request_started();
  // `route` is the path of a soap::services() entry, "/healthz" and the like; anything else counts as "other".
  // So do methods other than GET and POST.
  void request_finished(std::string_view method, std::string_view route, int status, Duration duration);
  void request_came(bool by_tls);  // to the servers' pages
  void request_rejected(Rejection reason);

  // --- queue in front of the pool
  void queue_capacity(std::size_t entries);
  void queued();
  void dequeued(Duration waited);

  // --- outbound. upstream_slots() before anything else of this group, and again when there are others: from then on
  // that many are idle until upstream_slot() says more.
  void upstream_slots(std::size_t slots);
  // The number by which upstream_call() knows `server`: the same for the same.
  std::size_t upstream_server(const HostPort& server);
  // `rpc_method` is a full gRPC name from our own contract: "rms.v1.Licensing/AcquireLicense".
  // `grpc_code` 0..16; anything else counts as 2 (UNKNOWN).
  void upstream_call(std::size_t server, std::string_view rpc_method, int grpc_code, Duration duration);
  void upstream_in_flight(std::size_t slot, int change);  // +1 or -1
  void upstream_slot(std::size_t slot, SlotState state);
  void upstream_connected();
  void upstream_connect_failed(ConnectFailure reason);
  void upstream_succeeded(WallTime when);  // the cloud answered anything at all
  void upstream_ejected();
  void upstream_renewed(Renewal why);
  void upstream_checked(HealthCheck result);
  void retried(Retry reason);
  void retry_denied(RetryDenied reason);
  void call_expired();  // its time was over before it could be sent
  void proxy_asked(ProxyOutcome outcome);

  // --- the audit journal
  void journaled(JournalFate fate, std::size_t lines);
  void journal_write(Duration duration);  // of one group of lines, until it was on the disk or failed

  void head_sent(HeadFate fate);
  void head_kept(std::uint64_t sequence, WallTime when);
  void journal_anew();  // it has begun anew although there was another one

  // --- the daemon itself
  void list_loaded(std::size_t entries, WallTime when);
  void settings_good(WallTime when);                                          // read and in force: at the start
  void settings_reloaded(std::string_view result, bool good, WallTime when);  // one of kReloadResults
  void certificate_expires(std::string_view usage, WallTime not_after);       // usage: "listen" or "cloud"
  void draining(bool yes);
  void log_message(Level level);
  void watchdog_ping();
  void crl_read(bool good);                       // a file of CRLs that had changed was read again
  void crl_next_update(WallTime first_outdated);  // of the lists in force, the one that is out of date first

  // Everything above and the process_* numbers in Prometheus' text format 0.0.4.
  std::string render() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

// A log that counts each line by level and then writes it to `log`. Both outlive it. Any thread, if `log` allows it.
std::unique_ptr<Log> make_counted_log(Log& log, Metrics& metrics);

}  // namespace rms::connector

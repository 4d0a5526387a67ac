// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the connector, as Prometheus reads them. Names follow OpenTelemetry's conventions where there is one
// (http_server_*, rpc_client_*); ours begin with rms_connector_. No principal, host or path of a caller's choice ever
// becomes a label: a caller must not be able to grow the memory of whoever counts. Every label set that can be told
// beforehand is there from the start with 0, so that a rate over its first event is right.
#pragma once

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

// Why a request was turned away before anyone asked the cloud.
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
};

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

// Any thread, upstream() excepted; each call costs a few atomic operations and at most one short lock.
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

  // --- outbound. Called before anything else of this group, once: server_address, server_port and the slots' label
  // sets.
  void upstream(std::string_view host, std::uint16_t port, std::size_t slots);
  // `rpc_method` is a full gRPC name from our own contract: "rms.v1.Licensing/AcquireLicense".
  // `grpc_code` 0..16; anything else counts as 2 (UNKNOWN).
  void upstream_call(std::string_view rpc_method, int grpc_code, Duration duration);
  void upstream_in_flight(std::size_t slot, int change);  // +1 or -1
  void upstream_slot(std::size_t slot, SlotState state);
  void upstream_connected();
  void upstream_connect_failed(ConnectFailure reason);
  void upstream_succeeded(WallTime when);  // the cloud answered anything at all
  void proxy_asked(ProxyOutcome outcome);

  // --- the audit journal
  void journaled(JournalFate fate, std::size_t lines);
  void journal_write(Duration duration);  // of one group of lines, until it was on the disk or failed

  void head_sent(HeadFate fate);
  void head_kept(std::uint64_t sequence, WallTime when);

  // --- the daemon itself
  void list_loaded(std::size_t entries, WallTime when);
  void certificate_expires(std::string_view usage, WallTime not_after);  // usage: "listen" or "cloud"
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

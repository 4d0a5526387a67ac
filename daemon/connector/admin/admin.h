// SPDX-License-Identifier: Apache-2.0
//
// What administrators and probes may look at: /healthz, /readyz, /metrics, /status, on the loopback. Who comes by the
// Unix socket, where the system has looked at who he is, may also change something: POST /reload.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "connector/admin/reload.h"
#include "connector/listener/http.h"
#include "connector/telemetry/metrics.h"

namespace rms::connector {

// The daemon at one moment, as /status shows it.
struct DaemonStatus {
  enum class State { starting, serving, draining };

  struct Slot {
    std::string state;
    std::size_t in_flight = 0;
    std::uint64_t connects = 0;
    std::string last_error;  // empty: none
    std::string endpoint{};  // "rights.example.com:8443"
    bool serving = true;     // false: the service there says that it is not to be asked
    std::chrono::milliseconds ejected_for{
        0};  // how long it is left alone, because calls over it failed; zero: it is not
  };
  struct Endpoint {
    std::string address;
    unsigned priority = 1, weight = 1;
  };
  struct Server {
    std::string name, role;
    std::uint64_t requests = 0, refused = 0;
    std::optional<WallTime> last_request;
  };

  std::string version;
  State state = State::starting;
  std::chrono::seconds uptime{0};
  std::string listen;    // "https://127.0.0.1:443"
  std::string http;      // "http://127.0.0.1:80": the unsafe one; empty: there is none
  std::string upstream;  // "rights.example.com:8443"; of several, "a:8443, b:8443"
  std::vector<Endpoint> endpoints;
  std::vector<Slot> slots;
  std::size_t queued = 0;
  std::vector<Server> servers;
  std::size_t connections = 0, in_flight = 0;
  std::vector<std::pair<std::string, std::size_t>> callers;  // who has how many requests in hand, by principal

  // The settings in force, and those that went by themselves.
  struct InForce {
    std::string file, digest;
    std::uint64_t generation = 0;  // how many there were before it, since the start, and itself
    WallTime since{};
    bool watched = false;  // since a reload: they may still go by themselves
  };
  struct Returned {
    std::string digest, why;
    WallTime when{};
  };
  InForce settings;
  std::optional<Returned> returned;
};

// Where the status comes from. Loop thread.
class StatusSource {
 public:
  virtual ~StatusSource() = default;
  virtual DaemonStatus status() const = 0;
};

// Answers from the head of a request alone; a body is never read. Loop thread only; both outlive it.
//  * /healthz: 200 while the loop turns. That it answers is the answer.
//  * /readyz: 200 if a server's request could be answered now, else 503; JSON tells which component is not ready and
//  why.
//  * /metrics: Prometheus text format.
//  * /status: JSON.
//  * POST /reload[?dry_run][&force], by the Unix socket only: reload_json(). 200, or 409 if it was refused.
class AdminHandler final : public HttpHandler {
 public:
  AdminHandler(const StatusSource& source, const Metrics& metrics, ReloadService& reload)
      : source_(source), metrics_(metrics), reload_(reload) {}

  // What is behind a path, or that nothing is.
  HttpAnswer show(const HttpRequest& request) const;

  boost::asio::awaitable<std::optional<HttpAnswer>> screen(const HttpRequest& request) override;
  // Not reached through a listener, since screen() answers everything; says the same as screen().
  boost::asio::awaitable<HttpAnswer> answer(HttpRequest& request) override;
  boost::asio::awaitable<HttpAnswer> turned_away(const HttpRequest& request, HttpAnswer answer) override;

 private:
  boost::asio::awaitable<HttpAnswer> command(const HttpRequest& request);

  const StatusSource& source_;
  const Metrics& metrics_;
  ReloadService& reload_;
};

// What /readyz and /status say. Pure.
HttpAnswer readiness(const DaemonStatus& status);
std::string status_json(const DaemonStatus& status);

}  // namespace rms::connector

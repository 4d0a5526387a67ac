// SPDX-License-Identifier: Apache-2.0
//
// A listener: accepts, shakes hands, and serves each connection request by request until it is told to stop.
//
//   accept (limit on connections) -> TLS handshake (limit, time-out) -> who is it? -> session: head, body, answer ...
//
// With a TLS context it is the servers' HTTPS door, and may have a second one for plain HTTP; without one it is the
// administrators' plain door, on the loopback or a Unix socket.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/listener/http.h"

namespace rms::connector {

class Metrics;
class Revocation;

struct HttpServerOptions {
  std::string host;        // an IP address
  std::uint16_t port = 0;  // 0 takes a free one
  std::size_t connections = 1024;
  std::size_t handshakes = 64;  // concurrent ones; a connection that says nothing does not count as one
  std::chrono::milliseconds handshake_timeout{10'000};
  HttpLimits limits;
  // Judges the tokens of those who show no certificate; the TLS context must let them in. Null: nobody does. Outlives
  // the server, or its use: until replace() has brought another one.
  KerberosAcceptor* kerberos = nullptr;
  // Says which certificates are withdrawn. Null: nobody does. Outlives the same.
  Revocation* revocation = nullptr;
  // A second door, without TLS, to the same pages, under the same limits: who comes by it can prove who he is by a
  // token only. Empty: there is none.
  std::string plain_host{};  // an IP address
  std::uint16_t plain_port = 0;
  // Instead of all that: a Unix socket (net/local.h), and no other door. Empty: there is none.
  std::filesystem::path socket{};
};

// Lives on one loop thread. Handler, clock, log and metrics outlive it.
// REQUIRES at destruction: stop() has completed, or start() was never called.
class HttpServer {
 public:
  // `tls`: null serves plain HTTP. `metrics`: null counts nothing.
  HttpServer(boost::asio::any_io_executor executor, HttpServerOptions options,
             std::shared_ptr<boost::asio::ssl::context> tls, HttpHandler& handler, const Clock& clock, Log& log,
             Metrics* metrics);
  ~HttpServer();

  // Binds and starts accepting. Errc::invalid_setting, Errc::io_error as net::listen, and the others of
  // net::listen_local.
  Result<void> start();
  // From now on the limits, time-outs and judges of `options` count, and `tls` for those who connect. Where we listen
  // stays. Connections that are open stay: a request that has begun keeps its limits, and at the next one the
  // connection's certificate is judged by `tls` and `options.revocation`. Who is more than a lower limit stays.
  // REQUIRES: `tls` is null if and only if it was before.
  void replace(HttpServerOptions options, std::shared_ptr<boost::asio::ssl::context> tls);
  // Where it listens. REQUIRES: start() succeeded; it is no Unix socket.
  boost::asio::ip::tcp::endpoint endpoint() const;
  // The second door. REQUIRES: the same, and that there is one.
  boost::asio::ip::tcp::endpoint plain_endpoint() const;

  // Stops accepting, closes idle connections, lets what is in hand finish until `until`; then cancels it, answers 503
  // and closes. True if nothing had to be cancelled. Completes when the last connection is gone.
  boost::asio::awaitable<bool> stop(SteadyTime until);
  // While stop() runs: drops whatever is left at once, unanswered; stop() then completes with false.
  void hurry();

  std::size_t connections() const;
  std::size_t in_flight() const;
  // The same by the name of the principal that asked; those who have none are left out.
  const std::map<std::string, std::size_t, std::less<>>& in_flight_by_principal() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rms::connector

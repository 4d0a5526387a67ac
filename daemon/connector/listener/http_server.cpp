// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/http_server.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/authenticator/authenticator.h"
#include "connector/listener/handshake.h"
#include "connector/listener/session.h"
#include "connector/telemetry/metrics.h"
#include "net/accept_loop.h"
#include "net/deadline.h"
#include "net/local.h"
#include "net/task_group.h"

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using net::ConnectionLimit;
using namespace std::chrono_literals;

namespace {

// How long sessions get to send the answers of what was cancelled.
constexpr auto kLastWords = 1s;

std::string to_string(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return fmt::format(fmt::runtime(endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}"), address, endpoint.port());
}

// Whether the client failed to say who it is; else it was no client of ours, or something broke.
bool by_its_certificate(HandshakeFailure reason) {
  switch (reason) {
    case HandshakeFailure::no_certificate:
    case HandshakeFailure::untrusted:
    case HandshakeFailure::not_valid_now:
    case HandshakeFailure::revoked:
    case HandshakeFailure::no_valid_crl:
      return true;
    case HandshakeFailure::protocol:
    case HandshakeFailure::timeout:
    case HandshakeFailure::closed:
    case HandshakeFailure::other:
      return false;
  }
  return false;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(asio::any_io_executor executor, HttpServerOptions options, std::shared_ptr<asio::ssl::context> tls,
       HttpHandler& handler, const Clock& clock, Log& log, Metrics* metrics)
      : options_(std::move(options)),
        log_(log),
        metrics_(metrics),
        connections_(options_.connections),
        handshakes_(options_.handshakes),
        floor_{handler, clock, options_.limits, Admission(options_.limits.in_flight), net::Shedding(log, clock)},
        acceptor_(executor),
        plain_acceptor_(executor),
        local_acceptor_(executor),
        accepting_(executor, log, "accepting"),
        sessions_(executor, log, "sessions") {
    judge_by(std::move(tls));
  }

  void replace(HttpServerOptions options, std::shared_ptr<asio::ssl::context> tls) {
    assert((tls == nullptr) == (floor_.tls == nullptr));
    options_ = std::move(options);
    floor_.limits = options_.limits;
    floor_.admission.change_most(options_.limits.in_flight);
    connections_.change_most(options_.connections);
    handshakes_.change_most(options_.handshakes);
    ++floor_.replaced;
    judge_by(std::move(tls));
  }

  Result<void> start() {
    if (!options_.socket.empty()) {
      RMS_TRY(local_acceptor_, net::listen_local(acceptor_.get_executor(), options_.socket));
      local_path_ = options_.socket;
      accept_local();
      return {};
    }
    const bool two_doors = !options_.plain_host.empty();
    RMS_TRY(acceptor_, net::listen(acceptor_.get_executor(), options_.host, options_.port));
    endpoint_ = acceptor_.local_endpoint();
    if (two_doors) {
      RMS_TRY(plain_acceptor_, net::listen(acceptor_.get_executor(), options_.plain_host, options_.plain_port));
      plain_endpoint_ = plain_acceptor_.local_endpoint();
    }
    accept(acceptor_, floor_.tls != nullptr);
    if (two_doors) accept(plain_acceptor_, false);
    return {};
  }

  asio::awaitable<bool> stop(SteadyTime until) {
    floor_.phase = std::max(floor_.phase, Phase::draining);
    error_code ignored;
    acceptor_.close(ignored);
    plain_acceptor_.close(ignored);
    local_acceptor_.close(ignored);
    if (!local_path_.empty()) {
      std::error_code gone;
      std::filesystem::remove(std::exchange(local_path_, {}), gone);
    }
    accepting_.cancel();
    nudge(floor_, SessionPlace::Doing::idle);
    const bool drained = co_await sessions_.wait_empty_until(until);
    if (!drained) {
      forced_ = true;
      floor_.phase = Phase::terminating;
      nudge(floor_, SessionPlace::Doing::handling);
      co_await sessions_.wait_empty_until(std::chrono::steady_clock::now() + kLastWords);
      sessions_.cancel();
      co_await sessions_.wait_empty();
    }
    co_await accepting_.wait_empty();
    co_return !forced_;
  }

  void hurry() {
    if (floor_.phase == Phase::serving || sessions_.empty()) return;
    forced_ = true;
    floor_.phase = Phase::terminating;
    sessions_.cancel();
  }

  const tcp::endpoint& endpoint() const { return endpoint_; }
  const tcp::endpoint& plain_endpoint() const { return plain_endpoint_; }
  std::size_t connections() const { return connections_.taken(); }
  std::size_t in_flight() const { return floor_.admission.taken(); }
  const Admission& admission() const { return floor_.admission; }

 private:
  // Counts a connection for as long as it lives, and keeps its place in the list of sessions.
  class Presence {
   public:
    Presence(Impl& server, Socket& socket) : server_(server) {
      place_ = server_.floor_.places.emplace(server_.floor_.places.end(), socket);
      if (server_.metrics_) server_.metrics_->connection_opened();
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() {
      server_.floor_.places.erase(place_);
      if (server_.metrics_) server_.metrics_->connection_closed();
    }
    SessionPlace& place() { return *place_; }

   private:
    Impl& server_;
    std::list<SessionPlace>::iterator place_;
  };

  void judge_by(std::shared_ptr<asio::ssl::context> tls) {
    floor_.kerberos = options_.kerberos;
    floor_.revocation = options_.revocation;
    floor_.tls = std::move(tls);
    if (floor_.tls && floor_.revocation != nullptr) floor_.revocation->guard(*floor_.tls);
  }

  void accept(tcp::acceptor& acceptor, bool secured) {
    accepting_.spawn(net::accept_loop(acceptor, connections_, log_, [this, secured](tcp::socket socket, auto ticket) {
      sessions_.spawn(connection(std::move(socket), std::move(ticket), secured));
    }));
  }

  void accept_local() {
    accepting_.spawn(net::accept_loop(local_acceptor_, connections_, log_, [this](auto socket, auto ticket) {
      sessions_.spawn(local_connection(std::move(socket), std::move(ticket)));
    }));
  }

  asio::awaitable<void> local_connection(asio::local::stream_protocol::socket socket, ConnectionLimit::Ticket ticket) {
    const ConnectionLimit::Ticket held = std::move(ticket);
    const auto who = net::peer_of(socket);
    if (!who) co_return;
    Connection from;
    from.peer = fmt::format("user {}, process {}", who->user, who->process);
    from.tls = false;
    from.local = true;
    Socket plain(std::move(socket));
    Presence presence(*this, plain);
    co_await serve(plain, presence.place(), from, floor_);
  }

  asio::awaitable<void> connection(tcp::socket socket, ConnectionLimit::Ticket ticket, bool secured) {
    const ConnectionLimit::Ticket held = std::move(ticket);
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) co_return;  // Gone again.
    socket.set_option(tcp::no_delay(true), error);
    const Connection from{to_string(peer), peer.address().to_string(), std::nullopt, {}, secured, 0};
    if (secured) {
      co_await secure(TlsStream(Socket(std::move(socket)), *floor_.tls), from);
    } else {
      Socket plain(std::move(socket));
      Presence presence(*this, plain);
      co_await serve(plain, presence.place(), from, floor_);
    }
  }

  asio::awaitable<void> secure(TlsStream stream, Connection from) {
    Presence presence(*this, stream.next_layer());
    // Before: CAs and lists that come in between count for its first request.
    from.judged_by = trust_in_force(floor_);
    const SteadyTime began = std::chrono::steady_clock::now();
    const auto failure =
        co_await shake_hands(stream, presence.place(), handshakes_, began + options_.handshake_timeout);
    const auto took = std::chrono::steady_clock::now() - began;
    if (failure) {
      if (floor_.phase != Phase::serving) co_return;
      if (metrics_) metrics_->handshake_failed(failure->reason, took);
      const bool nobody = by_its_certificate(failure->reason);
      log_.event(nobody ? Level::warning : Level::info, nobody ? Event::unauthenticated : Event::none,
                 "a TLS handshake failed",
                 {{"peer", from.peer},
                  {"reason", to_string(failure->reason)},
                  {"error", failure->text},
                  {"certificate", failure->certificate}});
      co_await linger(presence.place(), floor_.phase);
      co_return;
    }
    if (metrics_) metrics_->handshake_succeeded(took);
    from.channel_binding = net::server_end_point_binding(stream.native_handle());
    const bool by_token = floor_.kerberos != nullptr && SSL_get0_peer_certificate(stream.native_handle()) == nullptr;
    if (by_token) {
      // Its requests will say who it is.
    } else if (auto who = authenticate(stream.native_handle())) {
      if (metrics_) metrics_->authenticated(who->mechanism);
      from.principal = *std::move(who);
    } else {
      if (metrics_) metrics_->authentication_failed(kTlsClientCertificate, "unreadable");
      log_.event(Level::warning, Event::unauthenticated, "a verified certificate names nobody",
                 {{"peer", from.peer}, {"error", who.error().to_string()}});
    }
    co_await serve(stream, presence.place(), from, floor_);
  }

  HttpServerOptions options_;
  Log& log_;
  Metrics* metrics_;
  ConnectionLimit connections_;
  ConnectionLimit handshakes_;
  SessionFloor floor_;
  tcp::acceptor acceptor_, plain_acceptor_;
  tcp::endpoint endpoint_, plain_endpoint_;
  asio::local::stream_protocol::acceptor local_acceptor_;
  std::filesystem::path local_path_;  // empty: nothing of ours is there
  bool forced_ = false;
  net::TaskGroup accepting_;
  net::TaskGroup sessions_;
};

HttpServer::HttpServer(asio::any_io_executor executor, HttpServerOptions options,
                       std::shared_ptr<asio::ssl::context> tls, HttpHandler& handler, const Clock& clock, Log& log,
                       Metrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), std::move(tls), handler, clock, log,
                                   metrics)) {}

HttpServer::~HttpServer() = default;

Result<void> HttpServer::start() {
  return impl_->start();
}
void HttpServer::replace(HttpServerOptions options, std::shared_ptr<asio::ssl::context> tls) {
  impl_->replace(std::move(options), std::move(tls));
}
tcp::endpoint HttpServer::endpoint() const {
  return impl_->endpoint();
}
tcp::endpoint HttpServer::plain_endpoint() const {
  return impl_->plain_endpoint();
}
asio::awaitable<bool> HttpServer::stop(SteadyTime until) {
  return impl_->stop(until);
}
void HttpServer::hurry() {
  impl_->hurry();
}
std::size_t HttpServer::connections() const {
  return impl_->connections();
}
std::size_t HttpServer::in_flight() const {
  return impl_->in_flight();
}
const std::map<std::string, std::size_t, std::less<>>& HttpServer::in_flight_by_principal() const {
  return impl_->admission().taken_by();
}

}  // namespace rms::connector

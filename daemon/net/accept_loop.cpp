// SPDX-License-Identifier: Apache-2.0
#include "net/accept_loop.h"

#include <cassert>
#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "net/backoff.h"

namespace rms::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

ConnectionLimit::~ConnectionLimit() {
  assert(taken_ == 0 && waiters_.empty());
}

std::optional<ConnectionLimit::Ticket> ConnectionLimit::try_take() {
  if (taken_ >= most_) return std::nullopt;
  ++taken_;
  return Ticket(this);
}

void ConnectionLimit::change_most(std::size_t most) {
  assert(most > 0);
  most_ = most;
  wake_next();
}

void ConnectionLimit::give_back() {
  --taken_;
  wake_next();
}

void ConnectionLimit::wake_next() {
  if (taken_ < most_ && !waiters_.empty()) waiters_.front()->cancel();
}

// Stands in the queue as long as it lives. When it leaves, it passes on a call that it may not have used: two places
// may have become free before it ran, or it is cancelled and the place is another's.
class ConnectionLimit::Waiting {
 public:
  Waiting(ConnectionLimit& limit, asio::steady_timer& call)
      : limit_(limit), place_(limit.waiters_.insert(limit.waiters_.end(), &call)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    limit_.waiters_.erase(place_);
    limit_.wake_next();
  }

 private:
  ConnectionLimit& limit_;
  const std::list<asio::steady_timer*>::iterator place_;
};

asio::awaitable<void> ConnectionLimit::wait_free() {
  while (taken_ >= most_) {
    asio::steady_timer call(co_await asio::this_coro::executor, SteadyTime::max());
    const Waiting waiting(*this, call);
    const auto [error] = co_await call.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);  // We are called, or cancelled; then the next co_await throws.
  }
}

asio::awaitable<ConnectionLimit::Ticket> ConnectionLimit::take() {
  for (;;) {
    if (auto ticket = try_take()) co_return std::move(*ticket);
    co_await wait_free();
  }
}

Result<tcp::acceptor> listen(asio::any_io_executor executor, const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return Error(Errc::invalid_setting, "'" + host + "' is not an IP address to listen on");

  const tcp::endpoint endpoint(address, port);
  tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    return Error(Errc::io_error, "cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message());
  return acceptor;
}

namespace {

// Says once that accepting fails and once that it works again, however often it flaps in between.
class AcceptTrouble {
 public:
  explicit AcceptTrouble(Log& log) : log_(log) {}

  std::chrono::milliseconds failed(const boost::system::error_code& error) {
    if (!failing_) log_.warning("cannot accept connections, trying on", {{"error", error.message()}});
    failing_ = true;
    last_ = std::chrono::steady_clock::now();
    return backoff_.next();
  }

  void succeeded() {
    if (!failing_ || std::chrono::steady_clock::now() - last_ < kHealthy) return;
    failing_ = false;
    backoff_.reset();
    log_.info("accepting connections again");
  }

 private:
  static constexpr auto kHealthy = 1s;
  Log& log_;
  Backoff backoff_{5ms, 1s};
  SteadyTime last_;
  bool failing_ = false;
};

}  // namespace

template <class Protocol>
asio::awaitable<void> accept_loop(asio::basic_socket_acceptor<Protocol>& acceptor, ConnectionLimit& limit, Log& log,
                                  std::function<void(typename Protocol::socket, ConnectionLimit::Ticket)> on_accept) {
  AcceptTrouble trouble(log);
  asio::steady_timer pause(acceptor.get_executor());
  bool said_full = false;
  for (;;) {
    if (limit.taken() >= limit.most() && !said_full) {
      log.event(Level::warning, Event::shedding, "as many connections as the limit allows: others wait until one ends",
                {{"limit", limit.most()}});
      said_full = true;
    }
    // Not again for each connection that comes and goes at the limit.
    if (limit.taken() < limit.most() - limit.most() / 4) said_full = false;
    co_await limit.wait_free();
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted || !acceptor.is_open()) co_return;
    if (error) {
      pause.expires_after(trouble.failed(error));
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    trouble.succeeded();
    // The limit may be shared with another loop, which was faster: then this one waits its turn with the socket in
    // hand.
    auto ticket = co_await limit.take();
    on_accept(std::move(socket), std::move(ticket));
  }
}

template asio::awaitable<void> accept_loop(asio::basic_socket_acceptor<tcp>&, ConnectionLimit&, Log&,
                                           std::function<void(tcp::socket, ConnectionLimit::Ticket)>);
#ifdef BOOST_ASIO_HAS_LOCAL_SOCKETS
using asio::local::stream_protocol;
template asio::awaitable<void> accept_loop(asio::basic_socket_acceptor<stream_protocol>&, ConnectionLimit&, Log&,
                                           std::function<void(stream_protocol::socket, ConnectionLimit::Ticket)>);
#endif

}  // namespace rms::net

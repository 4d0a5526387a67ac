// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections for as long as the process lives: the one loop that every listener of ours shares
// (the connector's HTTPS and admin ports and its admin socket, the service's gRPC port).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "base/result.h"

namespace rms::net {

// Counts what a connection limit counts. Loop thread only. A Ticket gives its place back when it is destroyed.
// REQUIRES at destruction: no tickets are left and nobody waits.
class ConnectionLimit {
 public:
  class Ticket;
  // REQUIRES: most > 0
  explicit ConnectionLimit(std::size_t most) : most_(most) {}
  ConnectionLimit(const ConnectionLimit&) = delete;
  ConnectionLimit& operator=(const ConnectionLimit&) = delete;
  ~ConnectionLimit();

  // A place, or nullopt if all are taken.
  std::optional<Ticket> try_take();
  // Completes when a place is free (or was when asked). Cancellable.
  boost::asio::awaitable<void> wait_free();
  // A place, however long it takes: what a concurrency limit wants. Cancellable.
  boost::asio::awaitable<Ticket> take();
  std::size_t taken() const { return taken_; }
  std::size_t most() const { return most_; }
  // From now on there are so many places. Tickets that are out stay good, even if they are more. REQUIRES: most > 0
  void change_most(std::size_t most);

 private:
  class Waiting;
  void give_back();
  void wake_next();

  std::size_t most_;
  std::size_t taken_ = 0;
  std::list<boost::asio::steady_timer*> waiters_;  // in the frames of wait_free(), oldest first
};

class ConnectionLimit::Ticket {
 public:
  Ticket(Ticket&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
  Ticket& operator=(Ticket&& other) noexcept {
    std::swap(limit_, other.limit_);
    return *this;
  }
  ~Ticket() {
    if (limit_) limit_->give_back();
  }

 private:
  friend class ConnectionLimit;
  explicit Ticket(ConnectionLimit* limit) : limit_(limit) {}
  ConnectionLimit* limit_;
};

// Opens, binds (SO_REUSEADDR) and listens. "0.0.0.0" or "::" or an address; port 0 takes a free one: ask
// acceptor.local_endpoint(). Errc::invalid_setting if `host` is no address, Errc::io_error if it is in use or not ours.
Result<boost::asio::ip::tcp::acceptor> listen(boost::asio::any_io_executor executor, const std::string& host,
                                              std::uint16_t port);

// Accepts until cancelled, or until the acceptor is closed. While `limit` is exhausted it does not accept: the kernel's
// backlog holds the rest, and Event::shedding says so, once until a quarter of the places is free again.
// EMFILE and its kin: one log line, then back-off from 5 ms to 1 s; never ends, never spins.
// `on_accept` gets a connected socket on the acceptor's executor; it must not block or throw.
// `Protocol` is ip::tcp, or local::stream_protocol where there are such sockets.
template <class Protocol>
boost::asio::awaitable<void> accept_loop(
    boost::asio::basic_socket_acceptor<Protocol>& acceptor, ConnectionLimit& limit, Log& log,
    std::function<void(typename Protocol::socket, ConnectionLimit::Ticket)> on_accept);

}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
//
// Accepts TCP connections for as long as the process lives: the one loop that every listener of ours shares
// (the connector's HTTPS and admin ports, the service's gRPC port).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/log.h"
#include "base/result.h"

namespace rms::net {

// Counts what a connection limit counts. Loop thread only. A Ticket gives its place back when it is destroyed.
class ConnectionLimit {
 public:
  class Ticket;
  explicit ConnectionLimit(std::size_t most);
  // A place, or nullopt if all are taken.
  std::optional<Ticket> try_take();
  // Completes when a place is free (or was when asked).
  boost::asio::awaitable<void> wait_free();
  std::size_t taken() const;
  std::size_t most() const;
};

// Opens, binds (SO_REUSEADDR) and listens. "0.0.0.0" or "::" or an address; port 0 takes a free one: ask
// acceptor.local_endpoint(). Errc::invalid_setting if `host` is no address, Errc::io_error if it is in use or not ours.
Result<boost::asio::ip::tcp::acceptor> listen(boost::asio::any_io_executor executor, const std::string& host,
                                              std::uint16_t port);

// Accepts until cancelled. While `limit` is exhausted it does not accept: the kernel's backlog holds the rest.
// EMFILE and its kin: one log line, then back-off from 5 ms to 1 s; never ends, never spins.
boost::asio::awaitable<void> accept_loop(boost::asio::ip::tcp::acceptor& acceptor, ConnectionLimit& limit, Log& log,
                                         std::function<void(boost::asio::ip::tcp::socket, ConnectionLimit::Ticket)> on_accept);

}  // namespace rms::net

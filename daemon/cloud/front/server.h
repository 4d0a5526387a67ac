// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cloud/front/log_budget.h"
#include "cloud/front/services.h"
#include "net/accept_loop.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace rms::cloud {

// The gRPC server on mutual TLS, with a listener of our own in front of it: gRPC 1.51 stops listening for good when the
// process once runs out of files (CVE-2023-4785), and knows no limit of connections. We accept, count, and hand the
// socket over; the place is free again when the connection is over (connection_watch.h).
//
// Lives on one loop thread: start(), stop() and the destructor. Calls arrive on gRPC's own threads.
class Server {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::size_t connections = 256;
    std::chrono::milliseconds handshake_timeout{10'000};
    std::size_t message_bytes = 32 * 1024 * 1024;
    std::size_t streams_per_connection = 100;
    std::chrono::milliseconds connection_age{1'800'000};     // then GOAWAY; gRPC varies it by a tenth
    std::chrono::milliseconds connection_age_grace{30'000};  // for calls in hand after that
    std::chrono::milliseconds connection_idle{600'000};      // without a call: GOAWAY
  };
  // What gRPC may hold of messages that it reads, over all connections: a few of the largest at the same time. Beyond
  // it gRPC lets idle connections go, then cancels calls.
  static std::size_t memory_bytes(const Options& options) {
    return std::max<std::size_t>(256 * 1024 * 1024, 4 * options.message_bytes);
  }

  Server(boost::asio::any_io_executor executor, const Clock& clock, Log& log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // REQUIRES: never started, or stopped.
  ~Server();

  // Listens and serves; clients are told that we are healthy. `services` outlives the server.
  // Errc::invalid_setting, Errc::io_error: as net::listen(); Errc::malformed: gRPC does not take the certificates.
  Result<void> start(const Options& options, const net::PemFiles& tls, Services& services);

  boost::asio::ip::tcp::endpoint address() const { return address_; }
  std::size_t connections() const { return limit_ ? limit_->taken() : 0; }

  // Says NOT_SERVING, ends every Watch of our health, stops accepting, lets clients finish what they have (GOAWAY), and
  // after `drain` cancels the rest. Returns when the last call has ended, which one that hangs never does.
  // True if nothing had to be cancelled by the deadline.
  boost::asio::awaitable<bool> stop(std::chrono::milliseconds drain);

 private:
  void accept(boost::asio::ip::tcp::socket socket, net::ConnectionLimit::Ticket ticket);

  boost::asio::any_io_executor executor_;
  const Clock& clock_;
  Log& log_;
  LogBudget budget_;  // for connections that were dropped
  boost::asio::ip::tcp::endpoint address_;
  std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
  std::optional<net::ConnectionLimit> limit_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> hand_over_;
  HealthFront* health_ = nullptr;
  std::unique_ptr<grpc::Server> server_;
  net::TaskGroup accepting_;
  net::TaskGroup connections_;
};

}  // namespace rms::cloud

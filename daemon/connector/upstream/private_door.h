// SPDX-License-Identifier: Apache-2.0
//
// A local socket that only this process can get through, and what else differs between systems here: one source file
// for each. For sources of this room and its tests.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace rms::connector {

// gRPC knows how to connect to an address, not how to use a connection that somebody hands it. So it connects to this
// door, which stands open for this very process and nobody else, whoever they are: the kernel tells who connects.
// Loop thread only.
class PrivateDoor {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // Throws boost::system::system_error if the system has no socket left.
  explicit PrivateDoor(boost::asio::any_io_executor executor);

  // As gRPC writes it.
  const std::string& target() const { return target_; }
  // The next connection of this process; nullopt when the door is closed or was cancelled. A descriptor shortage is a
  // pause, never the end. Strangers are turned away and counted.
  boost::asio::awaitable<std::optional<Socket>> accept();
  void close();
  std::size_t strangers() const { return strangers_; }

 private:
  std::string target_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::size_t strangers_ = 0;
};

// Sees to it that a connection whose other end is gone breaks: after 20 s without an acknowledgement, be it for data
// or, while nothing is sent, for a probe each minute (which keeps it in the memory of firewalls, too).
void end_when_dead(boost::asio::ip::tcp::socket& socket);

}  // namespace rms::connector

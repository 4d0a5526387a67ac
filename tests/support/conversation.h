// SPDX-License-Identifier: Apache-2.0
//
// One connection to the listener's session, without TLS and without a listener: for tests that send it what no client
// would.
#pragma once

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "connector/listener/session.h"
#include "support/record_log.h"

namespace rms::test {

struct StoppedClock final : Clock {
  WallTime wall() const override { return {}; }
  SteadyTime steady() const override { return {}; }
};

// Sends `bytes` in pieces of `piece`, each when the session has taken the one before, then nothing more; returns what
// the session sent, once it has ended. Throws what the session threw.
inline std::string converse(connector::HttpHandler& handler, const connector::HttpLimits& limits,
                            std::string_view bytes, std::size_t piece) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("no pair of sockets");
  boost::asio::io_context loop;
  const StoppedClock clock;
  RecordLog log;
  connector::SessionFloor floor{handler, clock, limits, connector::Admission(1), net::Shedding(log, clock)};
  const connector::Connection connection{"192.0.2.7:50123", "192.0.2.7", std::nullopt};
  std::string answers;
  std::exception_ptr failure;
  {
    connector::Socket socket(loop, boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
    connector::SessionPlace place(socket);
    bool done = false;
    boost::asio::co_spawn(loop, connector::serve(socket, place, connection, floor), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      done = true;
    });
    const auto turn = [&] {
      loop.poll();
      char buffer[4096];
      for (ssize_t n; (n = ::recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
        answers.append(buffer, static_cast<std::size_t>(n));
    };
    while (!bytes.empty() && !done) {
      const auto sent = ::send(ends[1], bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
      bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
      turn();
    }
    ::shutdown(ends[1], SHUT_WR);
    while (!done) turn();
  }
  ::close(ends[1]);
  if (failure) std::rethrow_exception(failure);
  return answers;
}

}  // namespace rms::test

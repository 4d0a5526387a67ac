// SPDX-License-Identifier: Apache-2.0
//
// An abstract socket: it has no file, so it needs no directory that we may write to and leaves nothing behind when we
// are killed. Its name protects nothing, and need not: SO_PEERCRED does.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/guid.h"
#include "connector/upstream/private_door.h"
#include "net/backoff.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace {

bool is_ours(PrivateDoor::Socket& socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}

}  // namespace

PrivateDoor::PrivateDoor(asio::any_io_executor executor) : acceptor_(executor) {
  const std::string name = "rms-connectord-" + new_guid();
  target_ = "unix-abstract:" + name;
  const asio::local::stream_protocol::endpoint place(std::string(1, '\0') + name);
  acceptor_.open(place.protocol());
  acceptor_.bind(place);
  acceptor_.listen();
}

asio::awaitable<std::optional<PrivateDoor::Socket>> PrivateDoor::accept() {
  using namespace std::chrono_literals;
  net::Backoff pause(5ms, 1s);
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return std::nullopt;
    if (!error && is_ours(socket)) co_return std::move(socket);
    if (!error) {
      ++strangers_;
      continue;
    }
    asio::steady_timer timer(acceptor_.get_executor(), pause.next());
    const auto [interrupted] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (interrupted) co_return std::nullopt;
  }
  co_return std::nullopt;
}

void PrivateDoor::close() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void end_when_dead(asio::ip::tcp::socket& socket) {
  const int descriptor = socket.native_handle();
  const auto set = [&](int level, int name, int value) { setsockopt(descriptor, level, name, &value, sizeof(value)); };
  constexpr int kPatienceMs = 20'000, kQuietSeconds = 60, kBetweenSeconds = 10, kProbes = 2;
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kQuietSeconds);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kBetweenSeconds);
  set(IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, kPatienceMs);
}

}  // namespace rms::connector

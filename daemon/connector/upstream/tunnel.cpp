// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/tunnel.h"

#include <array>
#include <utility>
#include <variant>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPieceBytes = std::size_t{32} * 1024;
constexpr std::chrono::seconds kLookEvery{5};
constexpr SteadyTime kNever = SteadyTime::max();

template <class Socket>
void close(Socket& socket) {
  boost::system::error_code ignored;
  socket.close(ignored);
}

}  // namespace

// The two ends of one way, and since when something is waited for that should not take long.
struct Tunnel::Pair {
  PrivateDoor::Socket near;                      // gRPC
  tcp::socket far;                               // the proxy
  SteadyTime to_far = kNever, to_near = kNever;  // since when a write is pending
  SteadyTime half_closed = kNever;

  void end() {
    close(near);
    close(far);
  }
};

Tunnel::Tunnel(asio::any_io_executor executor, HostPort to, ProxyClient& proxy, Log& log, const Clock& clock)
    : executor_(executor),
      to_(std::move(to)),
      proxy_(proxy),
      log_(log),
      clock_(clock),
      door_(executor),
      tasks_(executor, log, "tunnel") {
  tasks_.spawn(serve());
}

asio::awaitable<void> Tunnel::stop() {
  door_.close();
  tasks_.cancel();
  co_await tasks_.wait_empty();
}

asio::awaitable<void> Tunnel::serve() {
  for (;;) {
    auto near = co_await door_.accept();
    if (!near) co_return;
    if (counts_.open >= kMostConnections) continue;  // closes it
    tasks_.spawn(carry(*std::move(near)));
  }
}

asio::awaitable<void> Tunnel::carry(PrivateDoor::Socket near) {
  struct Presence {
    explicit Presence(std::size_t& c) : count(c) { ++count; }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() { --count; }
    std::size_t& count;
  };
  const Presence presence(counts_.open);
  auto opened = co_await proxy_.open(to_);
  if (auto* failure = std::get_if<ProxyFailure>(&opened)) {
    ++counts_.failed;
    log_.debug("no way through the proxy",
               {{"to", host_and_port(to_.host, to_.port)}, {"error", failure->text}, {"failed", counts_.failed}});
    failure_ = std::move(*failure);
    co_return;
  }
  ++counts_.opened;
  failure_.reset();
  auto& stream = std::get<ProxyStream>(opened);
  Pair pair{std::move(near), std::move(stream.socket)};
  if (!stream.early.empty()) {
    pair.to_near = clock_.steady();
    const auto [error, size] = co_await asio::async_write(pair.near, asio::buffer(stream.early), as_tuple_awaitable);
    counts_.from_cloud_bytes += size;
    if (error) co_return;
    pair.to_near = kNever;
  }
  co_await both_ways(pair);
}

asio::awaitable<void> Tunnel::both_ways(Pair& pair) {
  co_await ((one_way(pair, pair.near, pair.far, counts_.to_cloud_bytes, pair.to_far) &&
             one_way(pair, pair.far, pair.near, counts_.from_cloud_bytes, pair.to_near)) ||
            guard(pair));
}

template <class From, class To>
asio::awaitable<void> Tunnel::one_way(Pair& pair, From& from, To& to, std::uint64_t& count, SteadyTime& pending) {
  std::array<char, kPieceBytes> piece;
  for (;;) {
    const auto [read_error, size] = co_await from.async_read_some(asio::buffer(piece), as_tuple_awaitable);
    if (read_error == asio::error::eof) break;
    if (read_error) co_return pair.end();
    pending = clock_.steady();
    const auto [write_error, written] = co_await asio::async_write(to, asio::buffer(piece, size), as_tuple_awaitable);
    pending = kNever;
    count += written;
    if (write_error) co_return pair.end();
  }
  // This half has ended; the other one may still have something to say.
  pair.half_closed = clock_.steady();
  boost::system::error_code ignored;
  to.shutdown(asio::socket_base::shutdown_send, ignored);
}

// Ends what hangs: looked at now and then, so that a piece costs no timer.
asio::awaitable<void> Tunnel::guard(Pair& pair) {
  asio::steady_timer timer(executor_);
  for (;;) {
    timer.expires_after(kLookEvery);
    const auto [error] = co_await timer.async_wait(as_tuple_awaitable);
    if (error) co_return;
    const SteadyTime now = clock_.steady();
    const auto too_long = [now](SteadyTime since, SteadyTime::duration most) {
      return since < now && now - since > most;
    };
    if (too_long(pair.to_far, kWritePatience) || too_long(pair.to_near, kWritePatience) ||
        too_long(pair.half_closed, kLinger))
      co_return pair.end();
  }
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "support/tcp_proxy.h"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "base/clock.h"

namespace rms::test {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPieceBytes = 16 * 1024;
constexpr std::size_t kMostWaiting = 1024 * 1024;  // of one direction, in here; beyond it TCP holds the sender back

// What was read at one time, and when it is to go on. Empty: the end.
struct Piece {
  SteadyTime due;
  std::string bytes;
};

void close_socket(tcp::socket& socket, bool politely) {
  boost::system::error_code ignored;
  if (!politely) socket.set_option(asio::socket_base::linger(true, 0), ignored);  // RST instead of FIN
  socket.close(ignored);
}

}  // namespace

// One direction of a connection.
struct TcpProxy::Lane {
  tcp::socket &from, &to;
  std::deque<Piece> pieces{};
  std::size_t waiting = 0;  // bytes of them
};

struct TcpProxy::Pair {
  Pair(tcp::socket accepted, asio::any_io_executor executor)
      : near(std::move(accepted)), far(executor), news(executor, SteadyTime::max()) {}

  void end(bool politely) {
    close_socket(near, politely);
    close_socket(far, politely);
    ended = true;
    news.cancel();
  }

  tcp::socket near, far;
  Lane there{near, far}, back{far, near};
  asio::steady_timer news;  // cancelled when anything has changed
  bool ended = false;
  bool dead = false;                // by half_open()
  std::optional<std::size_t> left;  // bytes from the target until it is reset
};

// Where the commands find a connection for as long as it lives.
class TcpProxy::Presence {
 public:
  Presence(std::list<Pair*>& pairs, Pair& pair) : pairs_(pairs), place_(pairs.insert(pairs.end(), &pair)) {}
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    Pair& pair = **place_;
    // Whole to the end: both sides have said that nothing more comes. Else something broke.
    if (!pair.ended) pair.end(pair.there.pieces.empty() && pair.back.pieces.empty() && whole);
    pairs_.erase(place_);
  }

  bool whole = false;

 private:
  std::list<Pair*>& pairs_;
  const std::list<Pair*>::iterator place_;
};

TcpProxy::TcpProxy(std::uint16_t to) : TcpProxy(tcp::endpoint(asio::ip::address_v4::loopback(), to)) {}

TcpProxy::TcpProxy(tcp::endpoint to, std::uint16_t port) : port_(port), target_(std::move(to)) {
  listen();
  port_ = acceptor_.local_endpoint().port();
  thread_ = std::thread([this] { context_.run(); });
}

TcpProxy::~TcpProxy() {
  asio::co_spawn(context_, stop(), asio::use_future).get();
  work_.reset();
  thread_.join();  // The loop ends because nothing is left to do.
}

// Runs `f` on the thread and waits for it.
template <class F>
auto TcpProxy::on_thread(F f) const {
  return asio::post(context_, asio::use_future(std::move(f))).get();
}

void TcpProxy::listen() {
  acceptor_.open(tcp::v4());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  tasks_.spawn(accept());
}

asio::awaitable<void> TcpProxy::stop() {
  tasks_.cancel();
  co_await tasks_.wait_empty();
}

asio::awaitable<void> TcpProxy::accept() {
  while (true) {
    auto [error, near] = co_await acceptor_.async_accept(as_tuple_awaitable);
    if (error) co_return;
    if (!acceptor_.is_open()) co_return close_socket(near, false);  // It came just before the cut.
    ++accepted_;
    tasks_.spawn(serve(std::move(near)));
  }
}

asio::awaitable<void> TcpProxy::serve(tcp::socket near) {
  Pair pair(std::move(near), context_.get_executor());
  Presence presence(pairs_, pair);
  pair.left = reset_after_;
  if (pair.left == 0u) co_return;
  while (held(pair) && !pair.ended) co_await pair.news.async_wait(as_tuple_awaitable);
  if (pair.ended) co_return;
  auto [error] = co_await pair.far.async_connect(target_, as_tuple_awaitable);
  if (error || pair.ended) co_return;
  boost::system::error_code ignored;
  pair.near.set_option(tcp::no_delay(true), ignored);
  pair.far.set_option(tcp::no_delay(true), ignored);
  try {
    co_await (receive(pair, pair.there) && deliver(pair, pair.there) && receive(pair, pair.back) &&
              deliver(pair, pair.back));
    presence.whole = true;
  } catch (const asio::multiple_exceptions&) {
    // We are being stopped, and each of them says so.
  }
}

bool TcpProxy::held(const Pair& pair) const {
  return frozen_ || pair.dead;
}

asio::awaitable<void> TcpProxy::receive(Pair& pair, Lane& lane) {
  std::array<char, kPieceBytes> buffer;
  while (!pair.ended) {
    if (held(pair) || lane.waiting >= kMostWaiting) {
      co_await pair.news.async_wait(as_tuple_awaitable);
      continue;
    }
    // Small enough that a throttled byte does not wait for many others.
    const std::size_t most =
        bytes_per_second_ == 0 ? kPieceBytes : std::clamp<std::size_t>(bytes_per_second_ / 20, 1, kPieceBytes);
    auto [error, size] = co_await lane.from.async_read_some(asio::buffer(buffer, most), as_tuple_awaitable);
    if (pair.ended) co_return;
    if (error && error != asio::error::eof) {
      // Who hears nothing does not hear of a reset, either.
      while (held(pair) && !pair.ended) co_await pair.news.async_wait(as_tuple_awaitable);
      co_return pair.end(false);
    }
    lane.pieces.push_back({std::chrono::steady_clock::now() + delay_, std::string(buffer.data(), size)});
    lane.waiting += size;
    pair.news.cancel();
    if (error) co_return;
  }
}

asio::awaitable<void> TcpProxy::deliver(Pair& pair, Lane& lane) {
  asio::steady_timer timer(context_);
  while (!pair.ended) {
    if (held(pair) || lane.pieces.empty()) {
      co_await pair.news.async_wait(as_tuple_awaitable);
      continue;
    }
    if (lane.pieces.front().due > std::chrono::steady_clock::now()) {
      timer.expires_at(lane.pieces.front().due);
      co_await timer.async_wait(as_tuple_awaitable);
      continue;
    }
    const Piece piece = std::move(lane.pieces.front());
    lane.pieces.pop_front();
    if (piece.bytes.empty()) {
      boost::system::error_code ignored;
      lane.to.shutdown(tcp::socket::shutdown_send, ignored);
      co_return;
    }
    if (bytes_per_second_ > 0) {
      timer.expires_after(std::chrono::nanoseconds(std::chrono::seconds(1)) * piece.bytes.size() / bytes_per_second_);
      co_await timer.async_wait(as_tuple_awaitable);
    }
    auto [error, written] = co_await asio::async_write(lane.to, asio::buffer(piece.bytes), as_tuple_awaitable);
    if (pair.ended) co_return;
    lane.waiting -= piece.bytes.size();
    pair.news.cancel();
    const bool from_target = &lane == &pair.back;
    if (from_target && pair.left) *pair.left -= std::min(*pair.left, written);
    if (error || pair.left == 0u) co_return pair.end(false);
  }
}

void TcpProxy::wake() {
  for (Pair* pair : pairs_) pair->news.cancel();
}

void TcpProxy::refuse(bool politely) {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (Pair* pair : pairs_) pair->end(politely);
}

void TcpProxy::cut() {
  on_thread([this] { refuse(false); });
}

void TcpProxy::close() {
  on_thread([this] { refuse(true); });
}

void TcpProxy::mend() {
  on_thread([this] {
    frozen_ = false;
    reset_after_.reset();
    delay_ = {};
    bytes_per_second_ = 0;
    for (Pair* pair : pairs_) {
      pair->left.reset();
      if (pair->dead) pair->end(false);
    }
    wake();
    if (!acceptor_.is_open()) listen();
  });
}

void TcpProxy::freeze() {
  on_thread([this] { frozen_ = true; });
}

void TcpProxy::half_open() {
  on_thread([this] {
    for (Pair* pair : pairs_) pair->dead = true;
  });
}

void TcpProxy::reset_after(std::size_t bytes) {
  on_thread([this, bytes] {
    reset_after_ = bytes;
    for (Pair* pair : pairs_) {
      pair->left = bytes;
      if (bytes == 0) pair->end(false);
    }
  });
}

void TcpProxy::delay(std::chrono::milliseconds each_way) {
  on_thread([this, each_way] { delay_ = each_way; });
}

void TcpProxy::throttle(std::size_t bytes_per_second) {
  on_thread([this, bytes_per_second] { bytes_per_second_ = bytes_per_second; });
}

void TcpProxy::retarget(tcp::endpoint to) {
  on_thread([this, to] { target_ = to; });
}

std::size_t TcpProxy::open() const {
  return on_thread([this] {
    std::size_t count = 0;
    for (const Pair* pair : pairs_) count += pair->near.is_open() && pair->far.is_open() ? 1 : 0;
    return count;
  });
}

std::size_t TcpProxy::accepted() const {
  return on_thread([this] { return accepted_; });
}

}  // namespace rms::test

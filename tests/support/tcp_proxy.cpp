// SPDX-License-Identifier: Apache-2.0
#include "support/tcp_proxy.h"

#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

namespace rms::test {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);  // RST instead of FIN
  socket.close(ignored);
}

}  // namespace

struct TcpProxy::Pair {
  tcp::socket near, far;
};

// Where cut() and open() find a connection for as long as it lives. It ends by a reset, whatever ended it.
class TcpProxy::Presence {
 public:
  Presence(std::list<Pair*>& pairs, Pair& pair) : pairs_(pairs), place_(pairs.insert(pairs.end(), &pair)) {}
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  ~Presence() {
    reset((*place_)->near);
    reset((*place_)->far);
    pairs_.erase(place_);
  }

 private:
  std::list<Pair*>& pairs_;
  const std::list<Pair*>::iterator place_;
};

TcpProxy::TcpProxy(std::uint16_t to) : target_(asio::ip::address_v4::loopback(), to) {
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
    if (!acceptor_.is_open()) co_return reset(near);  // It came just before the cut.
    ++accepted_;
    tasks_.spawn(serve(std::move(near)));
  }
}

asio::awaitable<void> TcpProxy::serve(tcp::socket near) {
  Pair pair{std::move(near), tcp::socket(context_)};
  const Presence presence(pairs_, pair);
  auto [error] = co_await pair.far.async_connect(target_, as_tuple_awaitable);
  if (error) co_return;
  co_await (pump(pair.near, pair.far) || pump(pair.far, pair.near));
}

asio::awaitable<void> TcpProxy::pump(tcp::socket& from, tcp::socket& to) {
  std::array<char, 16 * 1024> buffer;
  while (true) {
    auto [read_error, size] = co_await from.async_read_some(asio::buffer(buffer), as_tuple_awaitable);
    if (read_error) co_return;
    if (frozen_) continue;
    auto [write_error, written] = co_await asio::async_write(to, asio::buffer(buffer, size), as_tuple_awaitable);
    static_cast<void>(written);
    if (write_error) co_return;
  }
}

void TcpProxy::cut() {
  on_thread([this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (Pair* pair : pairs_) {
      reset(pair->near);
      reset(pair->far);
    }
  });
}

void TcpProxy::mend() {
  on_thread([this] {
    frozen_ = false;
    if (!acceptor_.is_open()) listen();
  });
}

void TcpProxy::freeze() {
  on_thread([this] { frozen_ = true; });
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

// SPDX-License-Identifier: Apache-2.0
#include "support/tcp_proxy.h"

#include <array>
#include <future>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace rms::test {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);  // RST instead of FIN
  socket.close(ignored);
}

}  // namespace

struct TcpProxy::Pair {
  explicit Pair(asio::io_context& context) : near(context), far(context) {}
  tcp::socket near, far;
  int pumps = 2;
};

TcpProxy::TcpProxy(std::uint16_t to) : target_(asio::ip::address_v4::loopback(), to) {
  listen();
  port_ = acceptor_.local_endpoint().port();
  thread_ = std::thread([this] {
    const auto work = asio::make_work_guard(context_);
    context_.run();
  });
}

TcpProxy::~TcpProxy() {
  cut();
  context_.stop();
  thread_.join();
}

// Runs `f` on the thread and waits for it.
template <class F>
auto TcpProxy::on_thread(F f) const {
  std::packaged_task<decltype(f())()> task(std::move(f));
  auto result = task.get_future();
  asio::post(context_, std::move(task));
  return result.get();
}

void TcpProxy::listen() {
  acceptor_.open(tcp::v4());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  asio::co_spawn(context_, accept(), asio::detached);
}

asio::awaitable<void> TcpProxy::accept() {
  while (true) {
    const auto pair = pairs_.emplace(pairs_.end(), context_);
    auto [error] = co_await acceptor_.async_accept(pair->near, as_tuple_awaitable);
    if (error) {
      pairs_.erase(pair);
      co_return;
    }
    ++accepted_;
    asio::co_spawn(context_, serve(pair), asio::detached);
  }
}

asio::awaitable<void> TcpProxy::serve(std::list<Pair>::iterator pair) {
  auto [error] = co_await pair->far.async_connect(target_, as_tuple_awaitable);
  if (error) {
    reset(pair->near);
    pairs_.erase(pair);
    co_return;
  }
  const auto ended = [this, pair](const std::exception_ptr&) {
    reset(pair->near);
    reset(pair->far);
    if (--pair->pumps == 0) pairs_.erase(pair);
  };
  asio::co_spawn(context_, pump(pair->near, pair->far), ended);
  asio::co_spawn(context_, pump(pair->far, pair->near), ended);
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
    for (Pair& pair : pairs_) {
      reset(pair.near);
      reset(pair.far);
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
    for (const Pair& pair : pairs_) count += pair.near.is_open() && pair.far.is_open() ? 1 : 0;
    return count;
  });
}

std::size_t TcpProxy::accepted() const {
  return on_thread([this] { return accepted_; });
}

}  // namespace rms::test

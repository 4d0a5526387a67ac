// SPDX-License-Identifier: Apache-2.0
#include "support/connect_proxy.h"

#include <array>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
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
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

std::string field(const std::string& head, const std::string& name) {
  const auto at = head.find("\r\n" + name + ": ");
  if (at == head.npos) return {};
  const auto start = at + name.size() + 4;
  return head.substr(start, head.find("\r\n", start) - start);
}

}  // namespace

ConnectProxy::ConnectProxy(std::uint16_t to) : target_(asio::ip::address_v4::loopback(), to) {
  listen();
  port_ = acceptor_.local_endpoint().port();
  thread_ = std::thread([this] { context_.run(); });
}

ConnectProxy::~ConnectProxy() {
  asio::co_spawn(context_, stop(), asio::use_future).get();
  work_.reset();
  thread_.join();
}

template <class F>
auto ConnectProxy::on_thread(F f) const {
  return asio::post(context_, asio::use_future(std::move(f))).get();
}

void ConnectProxy::listen() {
  acceptor_.open(tcp::v4());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  tasks_.spawn(accept());
}

asio::awaitable<void> ConnectProxy::stop() {
  tasks_.cancel();
  co_await tasks_.wait_empty();
}

asio::awaitable<void> ConnectProxy::accept() {
  while (true) {
    auto [error, near] = co_await acceptor_.async_accept(as_tuple_awaitable);
    if (error) co_return;
    if (!acceptor_.is_open()) co_return reset(near);
    ++accepted_;
    tasks_.spawn(serve(std::move(near)));
  }
}

asio::awaitable<void> ConnectProxy::serve(Socket near) {
  struct Presence {
    Presence(std::list<Socket*>& all, Socket& one) : all_(all), place_(all.insert(all.end(), &one)) {}
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() { all_.erase(place_); }
    std::list<Socket*>& all_;
    std::list<Socket*>::iterator place_;
  };
  const Presence presence(near_, near);
  co_await talk(near);
}

asio::awaitable<void> ConnectProxy::talk(Socket& near) {
  std::string head;
  const auto [error, size] =
      co_await asio::async_read_until(near, asio::dynamic_buffer(head), "\r\n\r\n", as_tuple_awaitable);
  static_cast<void>(size);
  if (error) co_return;
  heads_.push_back(head);
  const Behaviour now = behaviour_;
  std::array<char, 1> nothing;
  if (now.silent) {
    co_await near.async_read_some(asio::buffer(nothing), as_tuple_awaitable);
    co_return;
  }
  if (!now.answer.empty()) {
    co_await say(near, now.answer);
    if (!now.close_after_answer) co_await near.async_read_some(asio::buffer(nothing), as_tuple_awaitable);
    co_return;
  }
  if (now.lets_in && !now.lets_in(field(head, "Proxy-Authorization"))) {
    std::string answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n";
    for (const std::string& offer : now.offers) answer += "Proxy-Authenticate: " + offer + "\r\n";
    co_await say(near, answer + "\r\n");
    co_return;
  }
  co_await say(near, "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy.contoso.test\r\n\r\n" + now.early);
  if (now.intercepts)
    co_await intercept(near, *now.intercepts);
  else
    co_await forward(near);
}

asio::awaitable<void> ConnectProxy::forward(Socket& near) {
  tcp::socket far(context_);
  const auto [error] = co_await far.async_connect(target_, as_tuple_awaitable);
  if (error) co_return;
  co_await (pump(near, far) && pump(far, near));
}

asio::awaitable<void> ConnectProxy::intercept(Socket& near, Credentials with) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(with.certificate_pem));
  context.use_private_key(asio::buffer(with.key_pem), asio::ssl::context::pem);
  asio::ssl::stream<tcp::socket&> stream(near, context);
  co_await stream.async_handshake(asio::ssl::stream_base::server, as_tuple_awaitable);
}

asio::awaitable<void> ConnectProxy::pump(Socket& from, Socket& to) {
  std::array<char, 16 * 1024> buffer;
  boost::system::error_code ignored;
  while (true) {
    const auto [read_error, size] = co_await from.async_read_some(asio::buffer(buffer), as_tuple_awaitable);
    if (read_error == asio::error::eof) {
      to.shutdown(tcp::socket::shutdown_send, ignored);
      co_return;
    }
    if (read_error) break;
    const auto [write_error, written] = co_await asio::async_write(to, asio::buffer(buffer, size), as_tuple_awaitable);
    static_cast<void>(written);
    if (write_error) break;
  }
  from.close(ignored);
  to.close(ignored);
}

asio::awaitable<void> ConnectProxy::say(Socket& near, std::string_view bytes) {
  co_await asio::async_write(near, asio::buffer(bytes), as_tuple_awaitable);
}

void ConnectProxy::behave(Behaviour behaviour) {
  on_thread([&] { behaviour_ = std::move(behaviour); });
}

void ConnectProxy::cut() {
  on_thread([this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (Socket* one : near_) reset(*one);
  });
}

void ConnectProxy::mend() {
  on_thread([this] {
    if (!acceptor_.is_open()) listen();
  });
}

std::size_t ConnectProxy::accepted() const {
  return on_thread([this] { return accepted_; });
}

std::size_t ConnectProxy::open() const {
  return on_thread([this] {
    std::size_t count = 0;
    for (const Socket* one : near_) count += one->is_open() ? 1 : 0;
    return count;
  });
}

std::vector<std::string> ConnectProxy::heads() const {
  return on_thread([this] { return heads_; });
}

std::vector<std::string> ConnectProxy::targets() const {
  std::vector<std::string> found;
  for (const std::string& head : heads()) {
    const auto start = head.find(' ') + 1;
    found.push_back(head.substr(start, head.find(' ', start) - start));
  }
  return found;
}

}  // namespace rms::test

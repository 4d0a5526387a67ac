// SPDX-License-Identifier: Apache-2.0
//
// An HTTP proxy as corporate networks have them, and all that is wrong with them: CONNECT, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/log.h"
#include "net/task_group.h"
#include "support/test_ca.h"

namespace rms::test {

// Called from one thread, the test's.
class ConnectProxy {
 public:
  // What it does with the next connections.
  struct Behaviour {
    // What the field Proxy-Authorization must be; empty: it asks nobody. Called on the proxy's thread.
    std::function<bool(std::string_view authorization)> lets_in{};
    std::vector<std::string> offers{};        // of a 407: values of Proxy-Authenticate
    std::string answer{};                     // to CONNECT, instead of what it would do, as bytes
    bool close_after_answer = true;           // false: it stays silent then
    bool silent = false;                      // never answers
    std::string early{};                      // bytes that it sends behind its 200
    std::optional<Credentials> intercepts{};  // it ends TLS itself, with this certificate
  };

  // Whatever is asked for, it connects to 127.0.0.1:`to`.
  explicit ConnectProxy(std::uint16_t to);
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  ~ConnectProxy();

  std::uint16_t port() const { return port_; }
  void behave(Behaviour behaviour);
  // Resets every connection and refuses new ones, until mend().
  void cut();
  void mend();

  std::size_t accepted() const;              // connections in all
  std::size_t open() const;                  // connections now
  std::vector<std::string> heads() const;    // of all requests, in their order
  std::vector<std::string> targets() const;  // what each asked for: "rights.example.com:443"

 private:
  using Socket = boost::asio::ip::tcp::socket;
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(Socket near);
  boost::asio::awaitable<void> talk(Socket& near);
  boost::asio::awaitable<void> forward(Socket& near);
  boost::asio::awaitable<void> intercept(Socket& near, Credentials with);
  boost::asio::awaitable<void> pump(Socket& from, Socket& to);
  boost::asio::awaitable<void> say(Socket& near, std::string_view bytes);
  boost::asio::awaitable<void> stop();
  void listen();
  template <class F>
  auto on_thread(F f) const;

  const boost::asio::ip::tcp::endpoint target_;
  const std::unique_ptr<Log> log_ = make_stderr_log(Level::warning, LogFormat::text);
  std::uint16_t port_ = 0;
  // All that follows belongs to the thread.
  mutable boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  net::TaskGroup tasks_{context_.get_executor(), *log_, "connect proxy"};
  Behaviour behaviour_;
  std::list<Socket*> near_;
  std::size_t accepted_ = 0;
  std::vector<std::string> heads_;
  std::thread thread_;
};

}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// A wire that a test can cut: forwards TCP from a port of its own to another, on a thread of its own.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/log.h"
#include "net/task_group.h"

namespace rms::test {

// Called from one thread, the test's.
class TcpProxy {
 public:
  // Forwards 127.0.0.1:port() to 127.0.0.1:`to`.
  explicit TcpProxy(std::uint16_t to);
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;
  // Resets every connection and waits until nothing of it runs any more.
  ~TcpProxy();

  std::uint16_t port() const { return port_; }
  // Resets every connection (RST, as of a process that was killed) and refuses new ones.
  void cut();
  // Accepts again, on the same port.
  void mend();
  // Accepts and keeps open, but no byte comes through any more: a firewall that drops.
  void freeze();
  std::size_t open() const;      // connections now
  std::size_t accepted() const;  // connections in all

 private:
  struct Pair;
  class Presence;
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket near);
  boost::asio::awaitable<void> pump(boost::asio::ip::tcp::socket& from, boost::asio::ip::tcp::socket& to);
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
  net::TaskGroup tasks_{context_.get_executor(), *log_, "proxy"};
  std::list<Pair*> pairs_;
  std::size_t accepted_ = 0;
  bool frozen_ = false;
  std::thread thread_;
};

}  // namespace rms::test

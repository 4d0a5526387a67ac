// SPDX-License-Identifier: Apache-2.0
//
// A wire that a test can break in the ways in which networks and peers break: forwards TCP from a port of its own to
// another, on a thread of its own. rms-faulty-proxy is this as a program.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/log.h"
#include "net/task_group.h"

namespace rms::test {

// Called from one thread, the test's. What a call asks for is in force when it returns. Faults add up until mend().
// Whole: bytes, ends (FIN) and resets (RST) of either side reach the other one.
class TcpProxy {
 public:
  // Forwards 127.0.0.1:port() to 127.0.0.1:`to`.
  explicit TcpProxy(std::uint16_t to);
  // From 127.0.0.1:`port`; 0 takes a free one. Throws boost::system::system_error if it is taken.
  explicit TcpProxy(boost::asio::ip::tcp::endpoint to, std::uint16_t port = 0);
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;
  // Resets every connection and waits until nothing of it runs any more.
  ~TcpProxy();

  std::uint16_t port() const { return port_; }
  // Resets every connection (RST, as of a process that was killed) and refuses new ones.
  void cut();
  // The same, but connections end as those of a process that exits (FIN).
  void close();
  // No fault any more; accepts again, on the same port. What half_open() left is reset.
  void mend();
  // Accepts and keeps open, but no byte comes through any more, nor an end: a firewall that drops. Nothing is lost,
  // either: after mend() it goes on, as TCP would.
  void freeze();
  // The connections of now hear nothing any more, not even an end: their peer's machine is gone. New ones are whole.
  void half_open();
  // Each connection, of now or new, is reset when so many bytes more have come from the target; 0: at once.
  void reset_after(std::size_t bytes);
  // Each byte comes so much later, either way.
  void delay(std::chrono::milliseconds each_way);
  // At most so many bytes a second on each connection, either way; 0: no limit.
  void throttle(std::size_t bytes_per_second);
  // Where new connections lead.
  void retarget(boost::asio::ip::tcp::endpoint to);

  std::size_t open() const;      // connections now
  std::size_t accepted() const;  // connections in all

 private:
  struct Lane;
  struct Pair;
  class Presence;
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket near);
  boost::asio::awaitable<void> receive(Pair& pair, Lane& lane);
  boost::asio::awaitable<void> deliver(Pair& pair, Lane& lane);
  boost::asio::awaitable<void> stop();
  bool held(const Pair& pair) const;
  void listen();
  void refuse(bool politely);
  void wake();
  template <class F>
  auto on_thread(F f) const;

  const std::unique_ptr<Log> log_ = make_stderr_log(Level::warning, LogFormat::text);
  std::uint16_t port_ = 0;
  // All that follows belongs to the thread.
  mutable boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  net::TaskGroup tasks_{context_.get_executor(), *log_, "proxy"};
  std::list<Pair*> pairs_;
  std::size_t accepted_ = 0;
  boost::asio::ip::tcp::endpoint target_;
  bool frozen_ = false;
  std::optional<std::size_t> reset_after_;
  std::chrono::milliseconds delay_{0};
  std::size_t bytes_per_second_ = 0;
  std::thread thread_;
};

}  // namespace rms::test

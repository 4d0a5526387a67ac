// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace rms::test {

// One loop on the test's own thread. A test runs a coroutine to its end, and at the very end lets the loop run out of
// work: what is still there then was forgotten by somebody.
class Loop {
 public:
  boost::asio::io_context& context() { return context_; }
  boost::asio::any_io_executor executor() { return context_.get_executor(); }

  // Runs `task` on the loop, with all that goes on beside it; throws what it throws. The time limit only keeps a
  // broken test from hanging.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr e, T value) {
      failure = e;
      result = std::move(value);
      done = true;
    });
    turn_until(done);
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
  void run(boost::asio::awaitable<void> task) {
    std::exception_ptr failure;
    bool done = false;
    boost::asio::co_spawn(context_, std::move(task), [&](std::exception_ptr e) {
      failure = e;
      done = true;
    });
    turn_until(done);
    if (failure) std::rethrow_exception(failure);
  }

  // True if nothing is left to do.
  bool quiet() {
    context_.restart();
    context_.run_for(std::chrono::seconds(10));
    return context_.stopped();
  }

 private:
  void turn_until(const bool& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    context_.restart();
    while (!done) {
      if (context_.run_one_until(limit) == 0) throw std::runtime_error("the task never ended");
    }
  }

  boost::asio::io_context context_;
};

}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <memory>
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
    const auto ended = std::make_shared<Ended<T>>();
    boost::asio::co_spawn(context_, std::move(task), [ended](std::exception_ptr failure, T value) {
      *ended = {true, failure, std::move(value)};
    });
    turn_until(ended->done);
    if (ended->failure) std::rethrow_exception(ended->failure);
    return std::move(*ended->value);
  }
  void run(boost::asio::awaitable<void> task) {
    const auto ended = std::make_shared<Ended<bool>>();
    boost::asio::co_spawn(context_, std::move(task), [ended](std::exception_ptr failure) {
      *ended = {true, failure, true};
    });
    turn_until(ended->done);
    if (ended->failure) std::rethrow_exception(ended->failure);
  }

  // True if nothing is left to do.
  bool quiet() {
    context_.restart();
    context_.run_for(std::chrono::seconds(10));
    return context_.stopped();
  }

 private:
  // Shared: a task that is given up may still end later.
  template <class T>
  struct Ended {
    bool done = false;
    std::exception_ptr failure;
    std::optional<T> value;
  };

  void turn_until(const bool& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    context_.restart();
    while (!done) {
      if (context_.run_one_until(limit) == 0) throw std::runtime_error("the task never ended");
    }
  }

  boost::asio::io_context context_;
};

}  // namespace rms::test

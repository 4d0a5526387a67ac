// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"

namespace rms::connector {

// Where the loop takes questions that block whoever asks: name servers, a KDC. One thread answers them, one after the
// other; it is started with the first question. The loop waits no longer than it wants to, but what blocks cannot be
// cut short: the thread goes on with a question that nobody waits for any more, and drops those behind it.
// Loop thread only. REQUIRES at destruction: stop() has completed, or nobody ever asked.
class BlockingDesk {
 public:
  static constexpr std::size_t kMostQuestions = 64;  // waiting and in hand

  explicit BlockingDesk(boost::asio::any_io_executor executor)
      : executor_(std::move(executor)), idle_(executor_, SteadyTime::max()) {}
  BlockingDesk(const BlockingDesk&) = delete;
  BlockingDesk& operator=(const BlockingDesk&) = delete;

  // What `question` returns; nullopt if that took longer than `deadline`, if too many wait, or if it threw. `question`
  // runs on the thread and owns what it uses.
  template <class T>
  boost::asio::awaitable<std::optional<T>> ask(std::function<T()> question, SteadyTime deadline) {
    namespace asio = boost::asio;
    if (questions_ >= kMostQuestions || stopping_) co_return std::nullopt;
    const auto job = std::make_shared<Job<T>>(executor_, deadline, std::move(question));
    ++questions_;
    if (!thread_) thread_ = std::make_unique<asio::thread_pool>(1);
    asio::post(*thread_, [this, job] {
      job->run();
      asio::post(executor_, [this, job] {
        job->done = true;
        job->waiting.cancel();
        if (--questions_ == 0) idle_.cancel();
      });
    });
    const Abandon abandon{job->abandoned};  // also if this coroutine is cancelled
    const auto [ended] = co_await job->waiting.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(ended);
    if (!job->done) co_return std::nullopt;
    co_return std::move(job->answer);
  }

  // Completes when the thread has come back from what it asks last. No question is taken from now on.
  boost::asio::awaitable<void> stop() {
    stopping_ = true;
    while (questions_ > 0) {
      const auto [woken] = co_await idle_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      static_cast<void>(woken);
    }
    thread_.reset();
  }

 private:
  template <class T>
  struct Job {
    Job(const boost::asio::any_io_executor& executor, SteadyTime deadline, std::function<T()> q)
        : question(std::move(q)), waiting(executor, deadline) {}
    // On the thread. What it writes is read after the post that follows.
    void run() {
      if (abandoned) return;
      try {
        answer = question();
      } catch (const std::exception&) {
        answer.reset();
      }
    }
    const std::function<T()> question;
    std::optional<T> answer;
    std::atomic<bool> abandoned{false};
    bool done = false;                  // loop
    boost::asio::steady_timer waiting;  // loop
  };
  struct Abandon {
    std::atomic<bool>& abandoned;
    ~Abandon() { abandoned = true; }
  };

  boost::asio::any_io_executor executor_;
  std::size_t questions_ = 0;
  bool stopping_ = false;
  boost::asio::steady_timer idle_;
  std::unique_ptr<boost::asio::thread_pool> thread_;
};

}  // namespace rms::connector

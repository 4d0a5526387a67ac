// SPDX-License-Identifier: Apache-2.0
//
// A load on one thread: callers that ask as fast as they get answers, or at a given rate.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "load/caller.h"
#include "load/tally.h"

namespace rms::load {

// What the threads of a load have in common.
struct Plan {
  double rate = 0;  // requests a second of all threads; 0: each caller asks as soon as it has its answer
  std::chrono::milliseconds pause{20};               // of a caller after no answer, without a rate: do not spin
  std::chrono::steady_clock::time_point begin, end;  // when the first and the last request may start
  std::atomic<std::uint64_t> next{0};                // with a rate: which request comes next
  std::atomic<bool> stop{false};                     // no more requests
  std::atomic<std::int64_t> over{0};                 // nanoseconds after `begin` when the load was; 0: it is not
  std::FILE* log = nullptr;                          // a line for each request; its writes are whole, whoever writes
};

// Lives on its own thread, but for stop in the plan. All arguments outlive it.
class Load {
 public:
  Load(const Target& target, Plan& plan, std::size_t callers);

  // Makes every caller's connection; whoever cannot connect tries again later.
  void connect();
  // Runs until the plan's end, or until it says stop; answers that are still to come are waited for.
  // REQUIRES: plan.begin and plan.end are set.
  Tally run();

 private:
  boost::asio::awaitable<void> call(Caller& caller);
  boost::asio::awaitable<bool> wait_until(std::chrono::steady_clock::time_point when);
  boost::asio::awaitable<void> watch();
  void note(std::chrono::steady_clock::time_point due, std::string_view id, const Answer& answer);
  void start(boost::asio::awaitable<void> task);
  bool over() const;

  const Target& target_;
  Plan& plan_;
  boost::asio::io_context context_{1};
  std::vector<std::unique_ptr<Caller>> callers_;
  std::size_t running_ = 0;
  Tally tally_;
};

}  // namespace rms::load

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"

namespace rms::net {
namespace detail {

// co_spawn wants a result that can be made from nothing; an optional can.
template <class T>
boost::asio::awaitable<std::optional<T>> boxed(boost::asio::awaitable<T> task) {
  co_return co_await std::move(task);
}
inline boost::asio::awaitable<std::optional<bool>> boxed(boost::asio::awaitable<void> task) {
  co_await std::move(task);
  co_return true;
}

template <class T>
boost::asio::awaitable<std::optional<T>> before(boost::asio::awaitable<std::optional<T>> task, SteadyTime deadline) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, deadline);
  auto [order, failure, value, timer_error] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(task), asio::deferred),
                                                       timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const bool expired = order[0] == 1 && !timer_error;
  if (expired) co_return std::nullopt;  // The task's failure is what our cancelling made it.
  if (failure) std::rethrow_exception(failure);
  co_return std::move(value);
}

}  // namespace detail

// Runs `task` and cancels it at `deadline`: nullopt if the time was over first. The task is always waited for, so that
// references into it stay good. Cancelling the caller cancels the task. What the task throws before the deadline is
// thrown here; what it throws or returns after it is dropped.
template <class T>
boost::asio::awaitable<std::optional<T>> with_deadline(boost::asio::awaitable<T> task, SteadyTime deadline) {
  return detail::before(detail::boxed(std::move(task)), deadline);
}

// The same for a task without a result: false if the time was over first.
inline boost::asio::awaitable<bool> with_deadline(boost::asio::awaitable<void> task, SteadyTime deadline) {
  co_return (co_await detail::before(detail::boxed(std::move(task)), deadline)).has_value();
}

}  // namespace rms::net

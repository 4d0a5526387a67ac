// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"

namespace rms::net {

// Runs `task` and cancels it at `deadline`: nullopt if the time was over first. The task is always waited for, so that
// references into it stay good. Cancelling the caller cancels the task.
template <class T>
boost::asio::awaitable<std::optional<T>> with_deadline(boost::asio::awaitable<T> task, SteadyTime deadline);

}  // namespace rms::net

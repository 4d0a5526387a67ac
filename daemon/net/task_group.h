// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"

namespace rms::net {

// Owns every coroutine that is started: nothing runs detached. Lives on one loop thread; not thread-safe.
// A task that ends by an exception is logged as Event::unhandled, and the others go on; operation_aborted is how a
// cancelled task ends and is not logged.
// REQUIRES at destruction: empty() (asserted): whoever owns a group waits for it.
class TaskGroup {
 public:
  // `name` appears in the log: "sessions". `log` outlives the group.
  TaskGroup(boost::asio::any_io_executor executor, Log& log, std::string name);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts `task`. After cancel() it is started with its cancellation already asked for.
  void spawn(boost::asio::awaitable<void> task);

  // Asks every task, present and future, to end (terminal cancellation).
  void cancel();

  // Completes when the last task has ended; at once if there is none.
  boost::asio::awaitable<void> wait_empty();
  // The same, but gives up at `until`: false if tasks are left.
  boost::asio::awaitable<bool> wait_empty_until(SteadyTime until);

  std::size_t size() const { return tasks_.size(); }
  bool empty() const { return tasks_.empty(); }

 private:
  void remove(std::list<boost::asio::cancellation_signal>::iterator task);

  boost::asio::any_io_executor executor_;
  Log& log_;
  std::string name_;
  std::list<boost::asio::cancellation_signal> tasks_;
  boost::asio::steady_timer emptied_;  // cancelled when the last task ends
  bool cancelled_ = false;
};

}  // namespace rms::net

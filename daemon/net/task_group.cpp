// SPDX-License-Identifier: Apache-2.0
#include "net/task_group.h"

#include <cassert>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "base/what.h"
#include "net/deadline.h"

namespace rms::net {
namespace asio = boost::asio;
namespace {

// Being cancelled is how a task is expected to end; anything else is a bug that nobody foresaw.
bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, Log& log, std::string name)
    : executor_(std::move(executor)), log_(log), name_(std::move(name)), emptied_(executor_, SteadyTime::max()) {}

TaskGroup::~TaskGroup() {
  assert(tasks_.empty());
}

void TaskGroup::spawn(asio::awaitable<void> task) {
  const auto self = tasks_.emplace(tasks_.end());
  asio::co_spawn(executor_, std::move(task),
                 asio::bind_cancellation_slot(self->slot(), [this, self](const std::exception_ptr& failure) {
                   if (failure && !is_cancellation(failure))
                     log_.event(Level::error, Event::unhandled, "a task ended by an exception",
                                {{"group", name_}, {"error", what(failure)}});
                   // The signal must outlive this handler, which runs inside what the signal's slot holds.
                   asio::post(executor_, [this, self] { remove(self); });
                 }));
  if (cancelled_) self->emit(asio::cancellation_type::terminal);
}

void TaskGroup::remove(std::list<asio::cancellation_signal>::iterator task) {
  tasks_.erase(task);
  if (tasks_.empty()) emptied_.cancel();
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // Tasks are removed from the list only in a later turn of the loop, so that it stands still here.
  for (asio::cancellation_signal& task : tasks_) task.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> TaskGroup::wait_empty() {
  while (!tasks_.empty()) {
    const auto [error] = co_await emptied_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);  // Either the group is empty or we are cancelled; then the next co_await throws.
  }
}

asio::awaitable<bool> TaskGroup::wait_empty_until(SteadyTime until) {
  return with_deadline(wait_empty(), until);
}

}  // namespace rms::net

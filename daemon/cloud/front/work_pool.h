// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rms::cloud {

// Threads for the work that takes CPU (RSA) or waits (the store), so that gRPC's few threads never do. The queue is
// bounded: what does not fit is refused at once rather than answered too late.
// Any thread may call try_post(). Jobs must not throw. The destructor finishes what is queued, then joins.
class WorkPool {
 public:
  // REQUIRES: threads > 0, most_queued > 0
  WorkPool(std::size_t threads, std::size_t most_queued);
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;
  ~WorkPool();

  // False if the queue is full: the job was not taken.
  [[nodiscard]] bool try_post(std::function<void()> job);

  // Jobs that wait for a thread.
  std::size_t queued() const;

 private:
  void work();

  const std::size_t most_queued_;
  mutable std::mutex mutex_;  // guards queue_ and ending_
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rms::cloud

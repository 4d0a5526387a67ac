// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/work_pool.h"

namespace rms::cloud {

WorkPool::WorkPool(std::size_t threads, std::size_t most_queued) : most_queued_(most_queued) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool WorkPool::try_post(std::function<void()> job) {
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= most_queued_) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::size_t WorkPool::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void WorkPool::work() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace rms::cloud

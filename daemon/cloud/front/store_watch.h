// SPDX-License-Identifier: Apache-2.0
//
// Whether there is a store to ask. While there is none, calls are told so at once instead of each waiting for it in
// vain, and our health says NOT_SERVING; both end by themselves when it can be written again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "cloud/front/health.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// A thread of its own probes the store: at once when a call suspects it, again and again while it is away, and now and
// then besides, so that health is right without calls. Any thread may ask. What it is given outlives it.
class StoreWatch {
 public:
  struct Times {
    std::chrono::milliseconds look_every{5'000};
    std::chrono::milliseconds while_away{1'000};
  };
  StoreWatch(ProbedStore& store, HealthFront& health, Log& log) : StoreWatch(store, health, log, Times{}) {}
  StoreWatch(ProbedStore& store, HealthFront& health, Log& log, Times times);
  StoreWatch(const StoreWatch&) = delete;
  StoreWatch& operator=(const StoreWatch&) = delete;
  ~StoreWatch();

  // False from suspect() on, until the store has been found to be good.
  bool is_usable() const { return usable_.load(std::memory_order_acquire); }
  // The store failed a call in this way. Never blocks.
  void suspect(const Error& why);

 private:
  void watch();
  void found(const Result<void>& state);

  ProbedStore& store_;
  HealthFront& health_;
  Log& log_;
  const Times times_;
  std::atomic<bool> usable_ = true;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::optional<Error> suspected_;
  bool ending_ = false;
  bool away_ = false;  // the thread's alone
  std::thread thread_;
};

}  // namespace rms::cloud

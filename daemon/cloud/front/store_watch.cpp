// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/store_watch.h"

#include <utility>

namespace rms::cloud {

StoreWatch::StoreWatch(ProbedStore& store, HealthFront& health, Log& log, Times times)
    : store_(store), health_(health), log_(log), times_(times), thread_([this] { watch(); }) {}

StoreWatch::~StoreWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StoreWatch::suspect(const Error& why) {
  {
    const std::scoped_lock lock(mutex_);
    usable_.store(false, std::memory_order_release);
    suspected_ = why;
  }
  changed_.notify_all();
}

void StoreWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    // A suspicion while it is away tells nothing new.
    changed_.wait_for(lock, away_ ? times_.while_away : times_.look_every,
                      [&] { return ending_ || (suspected_ && !away_); });
    if (ending_) return;
    const auto how = suspected_ || away_ ? ProbedStore::Probe::write : ProbedStore::Probe::look;
    suspected_.reset();
    lock.unlock();
    const auto state = store_.probe(how);
    lock.lock();
    found(state);
  }
}

void StoreWatch::found(const Result<void>& state) {
  const bool good = state.has_value();
  if (good != away_) {
    // No news. But who suspected it, and was wrong or is answered now, keeps nobody away any longer.
    if (good && !suspected_) usable_.store(true, std::memory_order_release);
    return;
  }
  away_ = !good;
  suspected_.reset();
  usable_.store(good, std::memory_order_release);
  health_.set_serving(good);
  if (good)
    log_.event(Level::info, Event::store_back, "the store can be written again");
  else
    log_.event(Level::error, Event::store_away, "the store is away: nothing is answered until it is back",
               {{"error", state.error().to_string()}});
}

}  // namespace rms::cloud

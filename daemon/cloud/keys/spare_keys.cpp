// SPDX-License-Identifier: Apache-2.0
#include "cloud/keys/spare_keys.h"

#include <exception>
#include <optional>
#include <utility>

#include "base/process.h"
#include "base/what.h"

namespace rms::cloud {

SpareKeys::SpareKeys(std::size_t most, Log& log, Make make) : most_(most), log_(log), make_(std::move(make)) {
  ready_.reserve(most);
  if (most > 0) maker_ = std::thread([this] { make_ahead(); });
}

SpareKeys::~SpareKeys() {
  stop_making();
  if (maker_.joinable()) maker_.join();
}

Result<xrml::PrivateKey> SpareKeys::take() {
  std::optional<xrml::PrivateKey> key;
  {
    const std::scoped_lock lock(mutex_);
    failed_ = false;
    if (!ready_.empty()) {
      key = std::move(ready_.back());
      ready_.pop_back();
    }
  }
  changed_.notify_one();
  if (key) return *std::move(key);
  return make_();
}

void SpareKeys::stop_making() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
}

std::size_t SpareKeys::ready() const {
  const std::scoped_lock lock(mutex_);
  return ready_.size();
}

void SpareKeys::make_ahead() {
  lower_thread_priority();
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ending_ || (!failed_ && ready_.size() < most_); });
      if (ending_) return;
    }
    auto key = make_one();
    {
      const std::scoped_lock lock(mutex_);
      if (key)
        ready_.push_back(*std::move(key));
      else
        failed_ = true;
    }
    if (!key) log_.error("no key could be made ahead", {{"error", key.error().to_string()}});
  }
}

Result<xrml::PrivateKey> SpareKeys::make_one() const {
  try {
    return make_();
  } catch (...) {
    return Error(Errc::unavailable, what(std::current_exception()));
  }
}

}  // namespace rms::cloud

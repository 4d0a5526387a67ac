// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "xrml/keys.h"

namespace rms::cloud {

// RSA-2048 pairs that one thread makes ahead, when hardly anything else wants to run: whoever needs a new key does not
// wait the hundred milliseconds that it takes. A key is given out once. Docs: docs/decisions/0031.
//
// They are nobody's yet, and secret all the same: kept in memory only (never in the store or any file; the program
// forbids core dumps before it makes the first), and wiped when they are not taken until the end.
//
// Any thread may call. The destructor waits for the key that is being made, and for no other.
class SpareKeys {
 public:
  using Make = std::function<Result<xrml::PrivateKey>()>;

  // Holds up to `most`, and starts to make them; 0: none is made ahead, and there is no thread.
  // `make`: called by the thread and by take(), at once too.
  SpareKeys(
      std::size_t most, Log& log, Make make = [] { return xrml::PrivateKey::generate(); });
  SpareKeys(const SpareKeys&) = delete;
  SpareKeys& operator=(const SpareKeys&) = delete;
  ~SpareKeys();

  // One that is ready, or if there is none, one that is made now. Fails and throws as `make` does.
  Result<xrml::PrivateKey> take();

  // No further one is made ahead; what is ready can be taken. Does not wait.
  void stop_making();

  // How many are ready.
  std::size_t ready() const;

 private:
  void make_ahead();
  Result<xrml::PrivateKey> make_one() const;  // what is thrown is an Error: nobody above the thread would catch it

  const std::size_t most_;
  Log& log_;
  const Make make_;
  mutable std::mutex mutex_;  // guards what follows, but for maker_
  std::condition_variable changed_;
  std::vector<xrml::PrivateKey> ready_;
  bool ending_ = false;
  bool failed_ = false;  // making one did: not again before somebody takes one, or we would do nothing else
  std::thread maker_;
};

}  // namespace rms::cloud

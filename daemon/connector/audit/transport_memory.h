// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace rms::connector {

// Which accounts were seen to use plain HTTP, so that each is told of once. Loop thread.
// Bounded: when there are `most`, and another one comes, all are forgotten; those that still use plain HTTP are told of
// once more then, and a move to HTTPS of one that is forgotten is not told of.
class TransportMemory {
 public:
  enum class News {
    none,
    plain_http,  // the account uses it for the first time, or again after it had used HTTPS
    secured,     // the account used plain HTTP before, and has moved
  };

  // REQUIRES: most > 0
  explicit TransportMemory(std::size_t most = 10'000) : most_(most) {}

  // The account has asked for something.
  News saw(std::string_view account, bool tls);

  std::size_t size() const { return plain_now_.size(); }

 private:
  const std::size_t most_;
  std::map<std::string, bool, std::less<>> plain_now_;  // of those who ever used plain HTTP: whether they did last time
};

}  // namespace rms::connector

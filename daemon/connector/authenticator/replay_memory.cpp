// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/replay_memory.h"

#include <openssl/sha.h>

namespace rms::connector {

ReplayMemory::Seen ReplayMemory::remember(std::string_view authenticator, SteadyTime now) {
  if (now - turned_ >= window_) {
    // Longer than two windows without a caller: what was the younger one is old enough to go, too.
    const bool long_ago = now - turned_ >= 2 * window_;
    elder_ = long_ago ? std::unordered_set<Digest, Hash>() : std::move(younger_);
    younger_ = {};
    turned_ = now;
  }
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(authenticator.data()), authenticator.size(), hash.data());
  Digest digest;
  std::memcpy(digest.data(), hash.data(), sizeof digest);
  if (elder_.contains(digest) || younger_.contains(digest)) return Seen::before;
  if (elder_.size() + younger_.size() >= most_) return Seen::no_room;
  younger_.insert(digest);
  return Seen::never;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "base/clock.h"

namespace rms::connector {

// Remembers each authenticator for at least `window`: for as long as its time stamp could be accepted. In memory, one
// thread, no I/O; MIT's own cache locks and syncs a file (docs/decisions/0050-negotiate.md).
//
// Two generations: what is new goes to the younger one; when that is `window` old it becomes the elder, and the elder
// is forgotten. So nothing is forgotten early, and forgetting costs nothing per entry.
class ReplayMemory {
 public:
  enum class Seen { never, before, no_room };

  // `most`: how many it may hold; beyond them nobody is let in.
  ReplayMemory(std::chrono::seconds window, std::size_t most) : window_(window), most_(most) {}

  // Remembers `authenticator` unless it is known already.
  Seen remember(std::string_view authenticator, SteadyTime now);

 private:
  using Digest = std::array<std::uint64_t, 2>;  // half of a SHA-256
  struct Hash {
    std::size_t operator()(const Digest& digest) const { return digest[0]; }
  };

  const std::chrono::seconds window_;
  const std::size_t most_;
  std::unordered_set<Digest, Hash> younger_, elder_;
  SteadyTime turned_{};
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/replay_memory.h"

#include <gtest/gtest.h>

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using Seen = ReplayMemory::Seen;

constexpr SteadyTime kNow = SteadyTime(10h);

TEST(ReplayMemory, RemembersForAtLeastItsWindow) {
  for (const auto first : {0s, 1s, 300s, 599s}) {
    ReplayMemory memory(600s, 100);
    EXPECT_EQ(memory.remember("other", kNow), Seen::never);
    EXPECT_EQ(memory.remember("token", kNow + first), Seen::never);
    EXPECT_EQ(memory.remember("token", kNow + first + 1s), Seen::before);
    EXPECT_EQ(memory.remember("token", kNow + first + 599s), Seen::before) << first.count();
  }
}

TEST(ReplayMemory, ForgetsWhatIsTwiceAsOld) {
  ReplayMemory memory(600s, 1);
  EXPECT_EQ(memory.remember("token", kNow), Seen::never);
  EXPECT_EQ(memory.remember("token", kNow + 1200s), Seen::never);
  EXPECT_EQ(memory.remember("token", kNow + 1201s), Seen::before);
}

TEST(ReplayMemory, LetsNobodyInOnceItIsFull) {
  ReplayMemory memory(600s, 2);
  EXPECT_EQ(memory.remember("a", kNow), Seen::never);
  EXPECT_EQ(memory.remember("b", kNow + 601s), Seen::never);
  EXPECT_EQ(memory.remember("c", kNow + 601s), Seen::no_room);
  EXPECT_EQ(memory.remember("a", kNow + 601s), Seen::before);
  EXPECT_EQ(memory.remember("c", kNow + 1201s), Seen::never) << "a is forgotten";
}

}  // namespace
}  // namespace rms::connector

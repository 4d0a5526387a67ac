// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/fair_queue.h"

#include <deque>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rms::connector {
namespace {

using testing::ElementsAre;

// Calls are named by their flow and a number: "a1".
class FairQueueTest : public testing::Test {
 protected:
  struct Call : FairQueue::Entry {
    explicit Call(std::string call) : Entry(call.substr(0, 1)), name(std::move(call)) {}
    const std::string name;
  };

  Call& make(std::string name) { return calls_.emplace_back(std::move(name)); }
  // Waits; says who was crowded out.
  std::string join(std::string name) { return name_of(queue_.join(make(std::move(name)))); }
  void join_all(const std::vector<std::string>& names) {
    for (const std::string& name : names) EXPECT_EQ(join(name), "") << name;
  }
  // Whose turn it is; it is then on its way.
  std::string go() {
    FairQueue::Entry* const next = queue_.next();
    if (next != nullptr) queue_.went(next->flow());
    return name_of(next);
  }
  std::vector<std::string> go_all() {
    std::vector<std::string> order;
    for (std::string name = go(); !name.empty(); name = go()) order.push_back(name);
    return order;
  }
  static std::string name_of(const FairQueue::Entry* entry) {
    return entry == nullptr ? "" : static_cast<const Call*>(entry)->name;
  }

  void TearDown() override {
    while (queue_.any() != nullptr) {
    }
    EXPECT_EQ(queue_.size(), 0u);
  }

  std::deque<Call> calls_;  // they outlive the queue
  FairQueue queue_{{.in_flight = 100, .per_flow_in_flight = 50, .entries = 10}};
};

TEST_F(FairQueueTest, IsFirstComeFirstServedWithinAFlow) {
  join_all({"a1", "a2", "a3"});
  EXPECT_THAT(go_all(), ElementsAre("a1", "a2", "a3"));
}

TEST_F(FairQueueTest, LetsFlowsTakeTurns) {
  join_all({"a1", "a2", "a3", "a4", "b1", "b2", "c1"});
  EXPECT_THAT(go_all(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3", "a4"));
}

TEST_F(FairQueueTest, ANewcomerWaitsForOneRoundWhateverOthersHaveWaiting) {
  join_all({"a1", "a2", "a3", "a4", "b1", "b2", "b3"});
  EXPECT_EQ(go(), "a1");
  join_all({"c1"});
  EXPECT_EQ(go(), "b1");
  EXPECT_EQ(go(), "a2");
  EXPECT_EQ(go(), "c1");
}

TEST_F(FairQueueTest, AFlowThatComesAgainAtOnceGetsNoMoreThanItsTurn) {
  join_all({"a1", "a2", "a3", "b1"});
  EXPECT_EQ(go(), "a1");
  EXPECT_EQ(go(), "b1");
  join_all({"b2"});
  EXPECT_THAT(go_all(), ElementsAre("a2", "b2", "a3"));
}

TEST_F(FairQueueTest, WhoComesMayGoAtOnceUnlessOneOfItsFlowWaits) {
  EXPECT_TRUE(queue_.may_go("a"));
  join_all({"a1"});
  EXPECT_FALSE(queue_.may_go("a"));
  EXPECT_TRUE(queue_.may_go("b"));
}

TEST_F(FairQueueTest, AFlowAtItsLimitWaitsAndOthersPassIt) {
  queue_.change({.in_flight = 100, .per_flow_in_flight = 2, .entries = 10});
  queue_.went("a");
  EXPECT_TRUE(queue_.may_go("a"));
  queue_.went("a");
  EXPECT_FALSE(queue_.may_go("a"));
  EXPECT_TRUE(queue_.may_go("b"));
  join_all({"a1", "a2", "b1"});
  EXPECT_EQ(go(), "b1");
  EXPECT_EQ(go(), "");
  queue_.came_back("a");
  EXPECT_EQ(go(), "a1");
  EXPECT_EQ(go(), "");
  EXPECT_EQ(queue_.in_flight("a"), 2u);
  EXPECT_EQ(queue_.in_flight("b"), 1u);
}

TEST_F(FairQueueTest, AtTheLimitOfAllNobodyGoes) {
  queue_.change({.in_flight = 2, .per_flow_in_flight = 2, .entries = 10});
  queue_.went("a");
  queue_.went("b");
  EXPECT_FALSE(queue_.may_go("c"));
  join_all({"c1"});
  EXPECT_EQ(go(), "");
  queue_.came_back("b");
  EXPECT_EQ(go(), "c1");
}

TEST_F(FairQueueTest, AHigherLimitCountsAtOnceAndALowerOneTakesNobodyBack) {
  queue_.change({.in_flight = 1, .per_flow_in_flight = 1, .entries = 2});
  join_all({"a1", "a2"});
  EXPECT_THAT(go_all(), ElementsAre("a1"));
  queue_.change({.in_flight = 2, .per_flow_in_flight = 2, .entries = 2});
  EXPECT_THAT(go_all(), ElementsAre("a2"));
  queue_.change({.in_flight = 1, .per_flow_in_flight = 1, .entries = 2});
  EXPECT_EQ(queue_.in_flight(), 2u);
  queue_.came_back("a");
  EXPECT_FALSE(queue_.may_go("b"));
}

TEST_F(FairQueueTest, TheLongestFlowLosesItsNewestWhenThereIsNoRoom) {
  queue_.change({.in_flight = 100, .per_flow_in_flight = 50, .entries = 4});
  join_all({"a1", "a2", "a3", "b1"});
  EXPECT_EQ(join("b2"), "a3");
  EXPECT_EQ(queue_.size(), 4u);
  EXPECT_EQ(join("a4"), "a4") << "whose own flow is the longest";
  EXPECT_EQ(join("c1"), "a2") << "of two that are equal, one";
  EXPECT_THAT(go_all(), ElementsAre("a1", "b1", "c1", "b2"));
}

TEST_F(FairQueueTest, AmongEqualsWhoeverWasThereFirstStays) {
  queue_.change({.in_flight = 100, .per_flow_in_flight = 50, .entries = 2});
  join_all({"a1", "b1"});
  EXPECT_EQ(join("c1"), "c1");
  EXPECT_THAT(go_all(), ElementsAre("a1", "b1"));
}

TEST_F(FairQueueTest, WhoLeavesIsNotCalled) {
  join_all({"a1", "b1"});
  Call& second = make("a2");
  queue_.join(second);
  EXPECT_TRUE(second.waiting());
  queue_.leave(second);
  queue_.leave(second);
  queue_.leave(calls_.front());
  EXPECT_FALSE(second.waiting());
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_THAT(go_all(), ElementsAre("b1"));
}

TEST_F(FairQueueTest, WhoeverWaitsCanBeHadWhateverTheLimits) {
  queue_.change({.in_flight = 1, .per_flow_in_flight = 1, .entries = 10});
  queue_.went("a");
  join_all({"a1", "b1", "a2"});
  std::vector<std::string> all;
  while (const FairQueue::Entry* entry = queue_.any()) all.push_back(name_of(entry));
  EXPECT_THAT(all, testing::UnorderedElementsAre("a1", "a2", "b1"));
}

// Many flows come and go at random: both limits hold, counts add up, and nobody is called twice or forgotten.
TEST_F(FairQueueTest, StaysFairAndCompleteWhateverComes) {
  queue_.change({.in_flight = 6, .per_flow_in_flight = 3, .entries = 10});
  std::vector<std::string> on_their_way;
  std::size_t joined = 0, called = 0, crowded_out = 0;
  unsigned random = 1;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 1664525 + 1013904223;
    const char flow = static_cast<char>('a' + (random >> 16) % 7);
    if ((random >> 24) % 3 != 0) {
      ++joined;
      crowded_out += join(std::string(1, flow) + std::to_string(step)).empty() ? 0 : 1;
    } else if (!on_their_way.empty()) {
      queue_.came_back(on_their_way.front());
      on_their_way.erase(on_their_way.begin());
    }
    for (std::string name = go(); !name.empty(); name = go()) {
      ++called;
      on_their_way.push_back(name.substr(0, 1));
    }
    ASSERT_LE(queue_.in_flight(), 6u);
    ASSERT_LE(queue_.size(), 10u);
    for (char each = 'a'; each < 'h'; ++each) ASSERT_LE(queue_.in_flight(std::string(1, each)), 3u);
    ASSERT_EQ(joined, called + crowded_out + queue_.size());
  }
  EXPECT_GT(crowded_out, 0u);
  for (const std::string& flow : on_their_way) queue_.came_back(flow);
  EXPECT_EQ(queue_.in_flight(), 0u);
}

}  // namespace
}  // namespace rms::connector

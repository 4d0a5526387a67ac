// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool_machine.h"

#include <array>
#include <map>

#include <gtest/gtest.h>

namespace rms::connector {
namespace {

using Choice = PoolMachine::Choice;
using Change = PoolMachine::Change;

CloudEndpoint endpoint(unsigned priority = 1, unsigned weight = 1) {
  return {{"rights.example.com", 8443}, priority, weight};
}

PoolMachine machine_of(std::size_t slots, std::size_t per_slot) {
  return PoolMachine(std::array{endpoint()}, slots, per_slot);
}

void all_ready(PoolMachine& machine) {
  for (std::size_t i = 0; i < machine.size(); ++i) machine.on_state(i, ChannelState::ready);
}
PoolMachine all_ready(std::size_t slots, std::size_t per_slot) {
  PoolMachine machine = machine_of(slots, per_slot);
  all_ready(machine);
  return machine;
}

Avoid avoiding(std::initializer_list<std::size_t> slots) {
  Avoid avoid;
  for (const std::size_t slot : slots) avoid.add(slot);
  return avoid;
}

// Takes a place as the pool does, and says where.
std::size_t take(PoolMachine& machine) {
  const auto pick = machine.pick();
  EXPECT_EQ(pick.choice, Choice::use);
  machine.take(pick.slot);
  return pick.slot;
}

TEST(PoolMachine, TakesTheReadySlotWithTheLeastInFlight) {
  PoolMachine machine = all_ready(3, 10);
  machine.take(0);
  machine.take(1);
  machine.take(1);
  machine.take(2);
  machine.take(2);
  EXPECT_EQ(machine.pick().slot, 0u);
  machine.on_state(0, ChannelState::failing);
  machine.give_back(2);
  EXPECT_EQ(machine.pick().slot, 2u);
}

TEST(PoolMachine, LetsEqualSlotsTakeTurns) {
  PoolMachine machine = all_ready(3, 10);
  std::vector<std::size_t> order;
  for (int i = 0; i < 6; ++i) {
    const std::size_t slot = take(machine);
    order.push_back(slot);
    machine.give_back(slot);
  }
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 0, 1, 2}));
}

TEST(PoolMachine, AvoidsTheSlotThatFailedTheCallBefore) {
  PoolMachine machine = all_ready(2, 10);
  machine.take(1);
  machine.take(1);
  EXPECT_EQ(machine.pick(avoiding({0})).slot, 1u);
  EXPECT_EQ(machine.pick(avoiding({1})).slot, 0u);
}

TEST(PoolMachine, TakesTheAvoidedSlotIfThereIsNoOther) {
  PoolMachine machine = all_ready(2, 1);
  machine.take(1);
  const auto pick = machine.pick(avoiding({0}));
  EXPECT_EQ(pick.choice, Choice::use);
  EXPECT_EQ(pick.slot, 0u);
}

TEST(PoolMachine, IsFullWhenEveryReadySlotIsAtItsLimit) {
  PoolMachine machine = all_ready(2, 2);
  for (int i = 0; i < 4; ++i) take(machine);
  EXPECT_EQ(machine.pick().choice, Choice::full);
  EXPECT_EQ(machine.in_flight(), 4u);
  machine.give_back(1);
  EXPECT_EQ(machine.pick().choice, Choice::use);
  EXPECT_EQ(machine.pick().slot, 1u);
}

TEST(PoolMachine, IsFullEvenIfAnotherSlotIsConnecting) {
  PoolMachine machine = machine_of(2, 1);
  machine.on_state(0, ChannelState::ready);
  machine.on_state(1, ChannelState::connecting);
  take(machine);
  EXPECT_EQ(machine.pick().choice, Choice::full);
}

TEST(PoolMachine, IsConnectingUntilTheLastSlotHasFailed) {
  PoolMachine machine = machine_of(2, 1);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);  // nothing has been tried yet
  machine.on_state(0, ChannelState::connecting);
  machine.on_state(1, ChannelState::failing);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);
  machine.on_state(0, ChannelState::failing);
  EXPECT_EQ(machine.pick().choice, Choice::away);
  EXPECT_FALSE(machine.ready());
}

TEST(PoolMachine, StaysAwayWhileItTriesAgain) {
  PoolMachine machine = machine_of(1, 1);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::failed);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.pick().choice, Choice::away);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::none);
  EXPECT_EQ(machine.on_state(0, ChannelState::ready), Change::up);
  EXPECT_EQ(machine.pick().choice, Choice::use);
}

TEST(PoolMachine, TellsAClosedConnectionFromALostOne) {
  PoolMachine machine = machine_of(1, 1);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.on_state(0, ChannelState::ready), Change::up);
  EXPECT_EQ(machine.on_state(0, ChannelState::idle), Change::dropped);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::failed);
}

TEST(PoolMachine, CountsConnects) {
  PoolMachine machine = machine_of(1, 1);
  machine.on_state(0, ChannelState::ready);
  EXPECT_EQ(machine.on_state(0, ChannelState::ready), Change::none);
  machine.on_state(0, ChannelState::failing);
  machine.on_state(0, ChannelState::ready);
  EXPECT_EQ(machine.slot(0).connects, 2u);
}

TEST(PoolMachine, KeepsCountingCallsOfASlotThatWasLost) {
  PoolMachine machine = all_ready(1, 2);
  take(machine);
  machine.on_state(0, ChannelState::failing);
  machine.on_state(0, ChannelState::ready);
  EXPECT_EQ(machine.slot(0).in_flight, 1u);
  machine.give_back(0);
  EXPECT_EQ(machine.in_flight(), 0u);
}

// Two endpoints of two slots each: 0 and 1, 2 and 3.
PoolMachine two_endpoints(CloudEndpoint one, CloudEndpoint other, std::size_t per_slot = 2) {
  PoolMachine machine(std::array{one, other}, 2, per_slot);
  all_ready(machine);
  return machine;
}

TEST(PoolMachine, AsksTheNextPriorityOnlyWhenNothingOfTheFirstIsUsable) {
  PoolMachine machine = two_endpoints(endpoint(2), endpoint(1));
  for (int i = 0; i < 4; ++i) EXPECT_GE(take(machine), 2u);
  EXPECT_EQ(machine.pick().choice, Choice::full) << "the other priority is for failures, not for load";
  machine.on_state(2, ChannelState::failing);
  EXPECT_EQ(machine.pick().choice, Choice::full);
  machine.on_state(3, ChannelState::idle);
  EXPECT_LT(take(machine), 2u);
  machine.on_state(3, ChannelState::ready);
  machine.give_back(3);
  EXPECT_EQ(machine.pick().slot, 3u) << "and back, as soon as there is one again";
}

TEST(PoolMachine, SharesByWeightWhenNobodyWaits) {
  PoolMachine machine = two_endpoints(endpoint(1, 1), endpoint(1, 3));
  std::map<std::size_t, int> calls;
  for (int i = 0; i < 400; ++i) {
    const std::size_t slot = take(machine);
    ++calls[slot];
    machine.give_back(slot);
  }
  EXPECT_EQ(calls[0] + calls[1], 100);
  EXPECT_EQ(calls[0], calls[1]) << "slots of an endpoint take turns";
  EXPECT_EQ(calls[2], calls[3]);
}

TEST(PoolMachine, SharesByWeightUnderLoad) {
  PoolMachine machine = two_endpoints(endpoint(1, 1), endpoint(1, 3), 100);
  for (int i = 0; i < 80; ++i) take(machine);
  EXPECT_NEAR(static_cast<double>(machine.slot(0).in_flight + machine.slot(1).in_flight), 20, 2);
}

TEST(PoolMachine, LetsNobodyCatchUpWhoWasAway) {
  PoolMachine machine = two_endpoints(endpoint(), endpoint());
  machine.on_state(2, ChannelState::failing);
  machine.on_state(3, ChannelState::failing);
  for (int i = 0; i < 100; ++i) machine.give_back(take(machine));
  machine.on_state(2, ChannelState::ready);
  machine.on_state(3, ChannelState::ready);
  int back = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t slot = take(machine);
    back += slot >= 2 ? 1 : 0;
    machine.give_back(slot);
  }
  EXPECT_NEAR(back, 10, 1);
}

TEST(PoolMachine, AvoidsTheEndpointThatFailedTheCallIfAnotherHasItsPriority) {
  PoolMachine machine = two_endpoints(endpoint(), endpoint());
  machine.take(2);
  machine.take(3);
  EXPECT_GE(machine.pick(avoiding({0})).slot, 2u) << "though it has more in flight";
  EXPECT_EQ(machine.pick(avoiding({0, 2})).slot, 1u) << "both failed once: the slots that did not";
}

TEST(PoolMachine, GoesToTheNextPriorityOnlyWhenTheFirstHasFailedTheCallTwice) {
  PoolMachine machine(std::array{endpoint(1), endpoint(2)}, 3, 2);
  all_ready(machine);
  EXPECT_LT(machine.pick(avoiding({0})).slot, 3u);
  EXPECT_NE(machine.pick(avoiding({0})).slot, 0u);
  EXPECT_GE(machine.pick(avoiding({0, 1})).slot, 3u);
}

TEST(PoolMachine, LeavesAnEjectedSlotAloneAndLetsOneCallTryIt) {
  PoolMachine machine = all_ready(2, 10);
  EXPECT_TRUE(machine.eject(0));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(machine), 1u);
  machine.try_again(0);
  EXPECT_EQ(take(machine), 0u);
  EXPECT_EQ(take(machine), 1u) << "one call tries it, no more";
  machine.restore(0);
  EXPECT_EQ(take(machine), 0u);
}

TEST(PoolMachine, LetsAnotherCallTryIfTheFirstTaughtNothing) {
  PoolMachine machine = all_ready(2, 10);
  EXPECT_TRUE(machine.eject(0));
  machine.try_again(0);
  EXPECT_EQ(take(machine), 0u);
  machine.give_back(0);  // its caller went away
  EXPECT_EQ(take(machine), 1u) << "they take turns";
  EXPECT_EQ(take(machine), 0u);
}

TEST(PoolMachine, ThatIsTriedHoldsUpNobody) {
  PoolMachine machine = two_endpoints(endpoint(1), endpoint(2));
  EXPECT_TRUE(machine.eject(0));
  EXPECT_TRUE(machine.eject(1));
  machine.try_again(0);
  EXPECT_EQ(take(machine), 0u);
  EXPECT_GE(take(machine), 2u) << "while it is tried, the next priority serves";
}

TEST(PoolMachine, NeverEjectsTheLastThatIsUsable) {
  PoolMachine machine = all_ready(3, 10);
  EXPECT_TRUE(machine.eject(0));
  machine.on_state(1, ChannelState::failing);
  EXPECT_FALSE(machine.eject(2));
  EXPECT_EQ(machine.pick().slot, 2u);
}

TEST(PoolMachine, UsesWhatIsEjectedRatherThanNothing) {
  PoolMachine machine = all_ready(2, 10);
  EXPECT_TRUE(machine.eject(0));
  machine.on_state(1, ChannelState::failing);
  EXPECT_EQ(take(machine), 0u);
  EXPECT_TRUE(machine.ready());
}

TEST(PoolMachine, DoesNotAskWhoIsNotServing) {
  PoolMachine machine = all_ready(2, 10);
  machine.set_serving(0, false);
  EXPECT_EQ(take(machine), 1u);
  EXPECT_EQ(take(machine), 1u);
  machine.set_serving(1, false);
  EXPECT_EQ(machine.pick().choice, Choice::away);
  EXPECT_FALSE(machine.ready());
  machine.set_serving(0, true);
  EXPECT_EQ(take(machine), 0u);
}

TEST(PoolMachine, StartsAfreshWithAnotherConnection) {
  PoolMachine machine = all_ready(2, 1);
  take(machine);
  EXPECT_TRUE(machine.eject(0));
  machine.set_serving(0, false);
  machine.renew(0, SlotState::ready);
  EXPECT_EQ(machine.slot(0).in_flight, 0u);
  EXPECT_EQ(machine.slot(0).connects, 2u);
  EXPECT_EQ(take(machine), 1u) << "who was asked longest ago comes first";
  EXPECT_EQ(take(machine), 0u);
  machine.renew(1, SlotState::failing);
  EXPECT_EQ(machine.on_state(1, ChannelState::connecting), Change::none) << "nobody waits for it";
  EXPECT_EQ(machine.on_state(1, ChannelState::ready), Change::up);
}

TEST(PoolMachine, IsSettledWhenEverySlotHasComeToSomething) {
  PoolMachine machine = machine_of(2, 1);
  EXPECT_FALSE(machine.settled());
  machine.on_state(0, ChannelState::ready);
  machine.on_state(1, ChannelState::connecting);
  EXPECT_FALSE(machine.settled());
  machine.on_state(1, ChannelState::failing);
  EXPECT_TRUE(machine.settled());
  machine.on_state(0, ChannelState::idle);
  EXPECT_TRUE(machine.settled()) << "it was ready";
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/pool_machine.h"

#include <gtest/gtest.h>

#include "connector/pool/retry.h"

namespace rms::connector {
namespace {

using Choice = PoolMachine::Choice;
using Change = PoolMachine::Change;

PoolMachine all_ready(std::size_t slots, std::size_t per_slot) {
  PoolMachine machine(slots, per_slot);
  for (std::size_t i = 0; i < slots; ++i) machine.on_state(i, ChannelState::ready);
  return machine;
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
  EXPECT_EQ(machine.pick(0).slot, 1u);
  EXPECT_EQ(machine.pick(1).slot, 0u);
}

TEST(PoolMachine, TakesTheAvoidedSlotIfThereIsNoOther) {
  PoolMachine machine = all_ready(2, 1);
  machine.take(1);
  const auto pick = machine.pick(0);
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
  PoolMachine machine(2, 1);
  machine.on_state(0, ChannelState::ready);
  machine.on_state(1, ChannelState::connecting);
  take(machine);
  EXPECT_EQ(machine.pick().choice, Choice::full);
}

TEST(PoolMachine, IsConnectingUntilTheLastSlotHasFailed) {
  PoolMachine machine(2, 1);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);  // nothing has been tried yet
  machine.on_state(0, ChannelState::connecting);
  machine.on_state(1, ChannelState::failing);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);
  machine.on_state(0, ChannelState::failing);
  EXPECT_EQ(machine.pick().choice, Choice::away);
  EXPECT_FALSE(machine.ready());
}

TEST(PoolMachine, StaysAwayWhileItTriesAgain) {
  PoolMachine machine(1, 1);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::failed);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.pick().choice, Choice::away);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::none);
  EXPECT_EQ(machine.on_state(0, ChannelState::ready), Change::up);
  EXPECT_EQ(machine.pick().choice, Choice::use);
}

TEST(PoolMachine, TellsAClosedConnectionFromALostOne) {
  PoolMachine machine(1, 1);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.on_state(0, ChannelState::ready), Change::up);
  EXPECT_EQ(machine.on_state(0, ChannelState::idle), Change::dropped);
  EXPECT_EQ(machine.on_state(0, ChannelState::connecting), Change::none);
  EXPECT_EQ(machine.pick().choice, Choice::connecting);
  EXPECT_EQ(machine.on_state(0, ChannelState::failing), Change::failed);
}

TEST(PoolMachine, CountsConnects) {
  PoolMachine machine(1, 1);
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

TEST(Retry, RepeatsOnceAndOnlyWhatWasNotReached) {
  constexpr auto ask = soap::Operation::acquire_license;
  EXPECT_FALSE(may_repeat(ask, 14, 2));
  for (int code = 0; code <= 16; ++code) EXPECT_EQ(may_repeat(ask, code, 1), code == 14) << code;
}

TEST(Retry, RepeatsOnlyOperationsThatSomebodyThoughtAbout) {
  for (std::size_t i = 0; i < soap::kOperationCount; ++i)
    EXPECT_TRUE(is_idempotent(static_cast<soap::Operation>(i))) << soap::to_string(static_cast<soap::Operation>(i));
  EXPECT_FALSE(is_idempotent(static_cast<soap::Operation>(soap::kOperationCount)));
}

}  // namespace
}  // namespace rms::connector

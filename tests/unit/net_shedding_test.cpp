// SPDX-License-Identifier: Apache-2.0
#include "net/shedding.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/record_log.h"

namespace rms::net {
namespace {

using namespace std::chrono_literals;

TEST(Shedding, IsSaidAtOnceAndThenOnceAMinuteWithHowManyThereWere) {
  test::RecordLog log;
  test::FakeClock clock{WallTime()};
  Shedding shedding(log, clock);
  for (int i = 0; i < 10; ++i) shedding.refused("limits.queue", "dns:exchange.contoso.test");
  ASSERT_EQ(log.lines(Event::shedding).size(), 1U);
  EXPECT_EQ(log.lines().back().level, Level::warning);
  EXPECT_EQ(log.lines().back().field("refused"), "1");
  EXPECT_EQ(log.lines().back().field("principal"), "dns:exchange.contoso.test");

  clock.advance(Shedding::kEvery - 1ms);
  shedding.refused("limits.queue", "a");
  EXPECT_EQ(log.lines().size(), 1U);
  clock.advance(1ms);
  shedding.refused("limits.queue_timeout", "b");
  ASSERT_EQ(log.lines().size(), 2U);
  EXPECT_EQ(log.lines().back().field("refused"), "11");
  EXPECT_EQ(log.lines().back().field("why"), "limits.queue_timeout");
}

}  // namespace
}  // namespace rms::net

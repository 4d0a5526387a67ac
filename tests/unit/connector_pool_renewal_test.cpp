// SPDX-License-Identifier: Apache-2.0
//
// Connections that make place for others: because they are old, or because the settings are. No call notices.
#include "support/pool_fixture.h"
#include "support/tcp_proxy.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;
using connector::CloudSettings;

class PoolRenewal : public PoolTest {
 protected:
  CloudSettings to(std::uint16_t port, std::size_t connections = 2) const {
    CloudSettings made = settings();
    made.endpoints[0].address.port = port;
    made.connections = connections;
    return made;
  }
  std::uint64_t least_connects() const {
    std::uint64_t least = ~0ULL;
    for (const auto& slot : pool->status().slots) least = std::min(least, slot.connects);
    return least;
  }

  TcpProxy wire{cloud.port()};
  TestCloud elsewhere{ca.server(), ca.certificate_pem()};
};

TEST_F(PoolRenewal, OfOldConnectionsFailsNoCall) {
  CloudSettings how = to(wire.port());
  how.rotate_every = 200ms;
  start_ready(how);
  EXPECT_EQ(load_until([&] { return least_connects() >= 4; }), 0u);
  EXPECT_EQ(log.count_from(Level::warning), 0u);
  wait_until([&] { return wire.open() <= 4; });  // two, and perhaps two that are being made
  EXPECT_GE(metric("renewals_total{reason=\"rotated\"}"), 6);
}

TEST_F(PoolRenewal, OfAnOldConnectionLetsItsCallsFinish) {
  CloudSettings how = to(wire.port(), 1);
  how.rotate_every = 300ms;
  cloud.hold();
  start_ready(how);
  const Asked* const asked = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  wait_until([&] { return least_connects() >= 2; });
  EXPECT_EQ(pool->status().slots[0].in_flight, 0u) << "of the new one";
  EXPECT_GE(wire.open(), 2u);
  EXPECT_FALSE(asked->done);
  cloud.release();
  wait_until([&] { return asked->done; });
  EXPECT_TRUE(*asked->answer) << asked->answer->error().to_string();
  EXPECT_EQ(cloud.calls(), 1u);
}

TEST_F(PoolRenewal, IsNotDoneIfItIsOff) {
  CloudSettings how = to(wire.port());
  how.rotate_every = 0ms;
  start_ready(how);
  EXPECT_EQ(load_until([&] { return cloud.calls() > 200; }), 0u);
  EXPECT_EQ(wire.accepted(), 2u);
}

TEST_F(PoolRenewal, ToAnotherEndpointFailsNoCall) {
  start_ready(to(wire.port()));
  bool asked = false;
  EXPECT_EQ(load_until([&] {
              if (cloud.calls() > 100 && !std::exchange(asked, true)) pool->reconfigure(to(elsewhere.port(), 3), pem());
              return elsewhere.calls() > 100;
            }),
            0u);
  wait_until([&] { return wire.open() == 0; });
  EXPECT_EQ(pool->status().slots.size(), 3u);
  EXPECT_EQ(pool->status().endpoints.at(0).address.port, elsewhere.port());
  EXPECT_EQ(log.count_from(Level::warning), 0u);
}

TEST_F(PoolRenewal, LetsCallsInHandFinishAndThoseThatWaitGoThere) {
  CloudSettings narrow = to(cloud.port(), 1);
  narrow.per_connection_in_flight = 1;
  limits.queue_timeout = kSoon;
  cloud.hold();
  start_ready(narrow);
  const Asked* const in_hand = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  const Asked* const waits = begin(a_call());
  wait_until([&] { return pool->status().queued == 1; });
  pool->reconfigure(to(elsewhere.port()), pem());
  wait_until([&] { return waits->done; });
  EXPECT_TRUE(*waits->answer) << waits->answer->error().to_string();
  EXPECT_EQ(elsewhere.calls(), 1u);
  EXPECT_FALSE(in_hand->done);
  cloud.release();
  wait_until([&] { return in_hand->done; });
  EXPECT_TRUE(*in_hand->answer) << in_hand->answer->error().to_string();
}

TEST_F(PoolRenewal, WithAnotherCertificateIsSeenByTheService) {
  TestCa other("Other CA");
  TestCloud strict(ca.server(), other.certificate_pem());  // knows the other CA's clients only
  start(to(strict.port()), pem());
  wait_until([&] { return all_failing(); });
  pool->reconfigure(to(strict.port()), pem(other.client("connector.contoso.test"), ca));
  wait_until([&] { return pool->ready(); });
  EXPECT_TRUE(call());
}

TEST_F(PoolRenewal, ToNobodyRefusesAsAStartWould) {
  elsewhere.stop();
  start_ready(to(wire.port()));
  pool->reconfigure(to(elsewhere.port()), pem());
  wait_until([&] { return all_failing(); });
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::unavailable) << answer.error().to_string();
  elsewhere.start();
  wait_until([&] { return pool->ready(); });
  EXPECT_TRUE(call());
}

TEST_F(PoolRenewal, AskedForTwiceTakesTheLast) {
  start_ready(to(wire.port()));
  elsewhere.stop();
  pool->reconfigure(to(elsewhere.port()), pem());
  pool->reconfigure(to(cloud.port(), 1), pem());
  wait_until([&] { return pool->status().slots.size() == 1 && pool->ready(); });
  EXPECT_TRUE(call());
  wait_until([&] { return wire.open() == 0; });
}

TEST_F(PoolRenewal, CanBeStoppedInTheMiddle) {
  start_ready(to(wire.port()));
  wire.freeze();
  pool->reconfigure(to(wire.port(), 3), pem());
  stop();
}

TEST_F(PoolRenewal, WaitsOnlySoLongForTheLastConnection) {
  // Both ways are open; nobody answers on the second, and nobody says no.
  start_ready(to(cloud.port()));
  wire.freeze();
  CloudSettings how = to(elsewhere.port());
  how.endpoints.push_back({{"127.0.0.1", wire.port()}, 2, 1});
  pool->reconfigure(how, pem());
  EXPECT_EQ(load_until([&] { return elsewhere.calls() > 0; }), 0u);
}

}  // namespace
}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/attributor.h"

#include <gtest/gtest.h>

#include "support/attribution.h"
#include "support/fake_clock.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using soap::Operation;

class AttributorTest : public testing::Test {
 protected:
  v1::Attribution words(Operation operation = Operation::acquire_license) {
    const auto& said = attributor_.words_for(identity_, operation);
    EXPECT_TRUE(net::verify_signature(own_.certificate_pem, kAttributionPurpose, said.attribution(), said.signature()));
    v1::Attribution read;
    EXPECT_TRUE(read.ParseFromString(said.attribution()));
    return read;
  }
  std::string signature(Operation operation = Operation::acquire_license) {
    return attributor_.words_for(identity_, operation).signature();
  }

  Identity identity_{"mail", Role::sharepoint, "sp@contoso.test", "S-1-5-21-1", "dns:sp.contoso.test", "tls"};
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  test::TestCa ca_;
  const test::Credentials own_ = ca_.client("connector.contoso.test");
  Attributor attributor_{net::Signer::from_pem(test::secret(own_.key_pem)).value(), clock_};
};

TEST_F(AttributorTest, SaysWhoAsksForWhat) {
  const auto said = words();
  EXPECT_EQ(said.caller().entry(), "mail");
  EXPECT_EQ(said.caller().role(), v1::ROLE_SHAREPOINT);
  EXPECT_EQ(said.caller().mail(), "sp@contoso.test");
  EXPECT_EQ(said.caller().sid(), "S-1-5-21-1");
  EXPECT_EQ(said.caller().principal(), "dns:sp.contoso.test");
  EXPECT_EQ(said.caller().mechanism(), "tls");
  EXPECT_FALSE(said.caller().own_identity());
  EXPECT_EQ(said.operation(), "AcquireLicense");
  EXPECT_EQ(said.not_before_ms(), test::to_ms(clock_.wall() - 5min));
  EXPECT_EQ(said.not_after_ms(), test::to_ms(clock_.wall() + 1h));
}

TEST_F(AttributorTest, SaysThatAnAddressWasMadeOfAName) {
  identity_.own = true;
  EXPECT_TRUE(words().caller().own_identity());
}

TEST_F(AttributorTest, SaysHowFarItsGrantsReach) {
  EXPECT_EQ(words().grants().ByteSizeLong(), 0u) << "no limit is not an empty list";
  identity_.scope = {
      {{"guid", "custom"}}, {{}}, {{"contoso.test"}}, clock_.wall(), OpenAny{"a reason", clock_.wall() + 1s}};
  const auto grants = words().grants();
  EXPECT_EQ(grants.templates().names(1), "custom");
  EXPECT_TRUE(grants.has_recipients()) << "an empty list is not no limit";
  EXPECT_EQ(grants.recipients().names_size(), 0);
  EXPECT_EQ(grants.owners().names(0), "contoso.test");
  EXPECT_EQ(grants.until_ms(), test::to_ms(clock_.wall()));
  EXPECT_EQ(grants.open_any().reason(), "a reason");
  EXPECT_EQ(grants.open_any().until_ms(), test::to_ms(clock_.wall() + 1s));
}

TEST_F(AttributorTest, SignsOnceForHalfALifetime) {
  const auto first = signature();
  clock_.advance(30min - 1ms);
  EXPECT_EQ(signature(), first);
  clock_.advance(1ms);
  EXPECT_NE(signature(), first);
}

TEST_F(AttributorTest, SignsEachSetOfWordsByItself) {
  const auto first = signature();
  EXPECT_NE(signature(Operation::certify), first);
  identity_.principal = "dns:sp2.contoso.test";
  EXPECT_NE(signature(), first);
  identity_.principal = "dns:sp.contoso.test";
  identity_.scope.owners.emplace();
  EXPECT_NE(signature(), first);
  identity_.scope.owners.reset();
  EXPECT_EQ(signature(), first);
}

TEST_F(AttributorTest, SaysNothingFromTheFutureAfterTheClockWasSetBack) {
  const auto first = signature();
  clock_.advance(-2h);
  EXPECT_NE(signature(), first);
  EXPECT_EQ(words().not_before_ms(), test::to_ms(clock_.wall() - 5min));
}

TEST_F(AttributorTest, KeepsABoundedNumber) {
  for (std::size_t i = 0; i < Attributor::kMostKept; ++i) {
    identity_.principal = std::to_string(i);
    signature();
  }
  EXPECT_EQ(attributor_.kept_for_test(), Attributor::kMostKept);
  identity_.principal = "one more";
  signature();
  EXPECT_EQ(attributor_.kept_for_test(), 1u);
}

}  // namespace
}  // namespace rms::connector

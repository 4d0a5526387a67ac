// SPDX-License-Identifier: Apache-2.0
#include "connector/relay/relay.h"

#include <gtest/gtest.h>

#include "base/guid.h"
#include "net/task_group.h"
#include "support/fake_cloud.h"
#include "support/loop.h"
#include "support/record_log.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPage = "/_wmcs/certification/ServerCertification.asmx";

class RelayTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(loop_.quiet()); }

  soap::RequestEnvelope certify() {
    const soap::CertifyRequest request{{"<XrML>machine</XrML>"}};
    auto read = soap::RequestEnvelope::parse(service_, soap::write_request(service_, request, {"1.0.0.0", "1.2.0.0"}),
                                             std::nullopt);
    if (auto* refused = std::get_if<soap::Refused>(&read)) throw std::runtime_error(refused->why.to_string());
    return std::get<soap::RequestEnvelope>(std::move(read));
  }

  RelayAnswer ask() {
    RelayCaller caller;
    caller.identity.entry = "exchange";
    caller.identity.mail = "exchange@contoso.test";
    caller.correlation_id = "correlation";
    caller.user_agent = "agent";
    caller.client_address = "192.0.2.7";
    const auto envelope = certify();
    return loop_.run(relay_.ask(service_, envelope, caller));
  }

  // The answer when nobody answered.
  RelayAnswer ask_in_vain(Errc why) {
    cloud_.failure = Error(why, "inside information");
    return ask();
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::FakeCloud cloud_;
  SystemClock clock_;
  Relay relay_{cloud_, clock_, log_, 30s};
  const soap::Service& service_ = *soap::find_service(kPage);
};

TEST_F(RelayTest, PassesTheQuestionOnAsItCameAndTheAnswerBack) {
  const auto before = clock_.steady();
  const RelayAnswer answer = ask();
  EXPECT_EQ(answer.http_status, 200U);
  EXPECT_EQ(answer.content_type, soap::kContentType);
  EXPECT_NE(answer.body.find("<XrML>certified</XrML>"), std::string::npos);
  EXPECT_EQ(answer.outcome, "");
  EXPECT_TRUE(answer.upstream);
  EXPECT_FALSE(answer.retry_after);

  ASSERT_EQ(cloud_.asked.size(), 1U);
  const auto& asked = cloud_.asked[0];
  EXPECT_EQ(asked.operation, soap::Operation::certify);
  EXPECT_EQ(asked.first_document, "<XrML>machine</XrML>");
  EXPECT_EQ(asked.maximum_version, "1.2.0.0");
  EXPECT_EQ(asked.call.identity.mail, "exchange@contoso.test");
  EXPECT_EQ(asked.call.correlation_id, "correlation");
  EXPECT_EQ(asked.call.client_address, "192.0.2.7");
  EXPECT_TRUE(asked.call.server_certification);
  EXPECT_TRUE(is_guid(asked.call.request_id));
  EXPECT_GE(asked.call.deadline, before + 30s);
  EXPECT_LE(asked.call.deadline, clock_.steady() + 30s);
}

TEST_F(RelayTest, SaysOnWhichOfItsTwoPagesCertifyWasAsked) {
  const auto envelope = certify();
  loop_.run(relay_.ask(*soap::find_service("/_wmcs/certification/certification.asmx"), envelope, {}));
  EXPECT_FALSE(cloud_.asked.at(0).call.server_certification);
}

TEST_F(RelayTest, SaysWhatToPublishOnlyIfItWasTold) {
  ask();
  EXPECT_EQ(cloud_.asked.at(0).call.published_base, "");
  Relay relay(cloud_, clock_, log_, 30s, "https://rms.contoso.test/_wmcs");
  const auto envelope = certify();
  loop_.run(relay.ask(service_, envelope, {}));
  EXPECT_EQ(cloud_.asked.at(1).call.published_base, "https://rms.contoso.test/_wmcs");
}

TEST_F(RelayTest, TheServicesFaultIsItsAnswerVerbatim) {
  cloud_.answer = soap::Fault{std::string(soap::exceptions::kUntrustedPersonaCert), "Nobody knows it."};
  const RelayAnswer answer = ask();
  EXPECT_EQ(answer.http_status, 500U);
  EXPECT_EQ(answer.outcome, soap::exceptions::kUntrustedPersonaCert);
  EXPECT_NE(answer.body.find(std::string(soap::exceptions::kUntrustedPersonaCert) + ": Nobody knows it."),
            std::string::npos);
}

TEST_F(RelayTest, OfManyAnswersTheFirstRefusalIsTheOutcome) {
  const soap::Fault no{std::string(soap::exceptions::kNoRightsForRequestedPrincipal), "No."};
  cloud_.answer = soap::AcquirePreLicenseResponse{{"<XrML>ul</XrML>", no}, {"<XrML>slc</XrML>"}};
  RelayAnswer answer = ask();
  EXPECT_EQ(answer.http_status, 200U);
  EXPECT_EQ(answer.outcome, no.exception);
  cloud_.answer = soap::AcquireLicenseResponse{{soap::Chain{"<XrML>ul</XrML>"}, no}};
  answer = ask();
  EXPECT_EQ(answer.http_status, 200U);
  EXPECT_EQ(answer.outcome, no.exception);
}

TEST_F(RelayTest, CouldNotAskIs503AndNeverAFault) {
  for (const Errc why :
       {Errc::unavailable, Errc::deadline_exceeded, Errc::overloaded, Errc::cancelled, Errc::malformed}) {
    const RelayAnswer answer = ask_in_vain(why);
    EXPECT_EQ(answer.http_status, 503U);
    EXPECT_TRUE(answer.retry_after);
    EXPECT_EQ(answer.outcome, make_error_code(why).message());
    EXPECT_EQ(answer.body.find("aultcode"), std::string::npos);
    EXPECT_EQ(answer.body.find("inside information"), std::string::npos);
  }
  EXPECT_EQ(log_.count_from(Level::warning), 0U);
}

TEST_F(RelayTest, AConnectorThatTheServiceRefusesSaysSoOnceAndWhatToDo) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_in_vain(Errc::denied).http_status, 503U);
  EXPECT_EQ(log_.count_from(Level::error), 1U);
  EXPECT_NE(log_.lines()[0].message.find("rms-cloudctl connector add"), std::string::npos);

  cloud_.failure.reset();
  EXPECT_EQ(ask().http_status, 200U);
  EXPECT_EQ(ask_in_vain(Errc::denied).http_status, 503U);
  EXPECT_EQ(log_.count_from(Level::error), 2U);
}

boost::asio::awaitable<void> ask_into(Relay& relay, const soap::Service& service, const soap::RequestEnvelope& envelope,
                                      std::optional<RelayAnswer>& answer) {
  answer = co_await relay.ask(service, envelope, RelayCaller());
}

TEST_F(RelayTest, CancellingItCancelsTheQuestionAndStillAnswers) {
  cloud_.silent = true;
  const auto envelope = certify();
  std::optional<RelayAnswer> answer;
  net::TaskGroup group(loop_.executor(), log_, "asking");
  group.spawn(ask_into(relay_, service_, envelope, answer));
  while (cloud_.asked.empty()) loop_.context().run_one();
  group.cancel();
  loop_.run(group.wait_empty());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->http_status, 503U);
  EXPECT_EQ(answer->outcome, "cancelled");
}

TEST_F(RelayTest, WhatCannotBeReadIsAFaultThatSaysWhatWasExpected) {
  auto read = soap::RequestEnvelope::parse(service_, "junk", std::nullopt);
  const RelayAnswer answer = Relay::refuse(std::get<soap::Refused>(read));
  EXPECT_EQ(answer.http_status, 500U);
  EXPECT_NE(answer.body.find("faultcode"), std::string::npos);
  EXPECT_FALSE(answer.retry_after);
  EXPECT_FALSE(answer.upstream);
}

}  // namespace
}  // namespace rms::connector

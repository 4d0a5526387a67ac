// SPDX-License-Identifier: Apache-2.0
//
// One call and what may become of it: answered, refused, in vain, too late, given up, cut off.
#include "support/pool_fixture.h"

#include <ostream>
#include "support/tcp_proxy.h"

namespace rms::test {
namespace {

using namespace std::chrono_literals;
using connector::PoolStatus;

class PoolCall : public PoolTest {};

TEST_F(PoolCall, BringsTheAnswer) {
  start_ready();
  const Answer answer = call();
  ASSERT_TRUE(answer) << answer.error().to_string();
  const auto& answers = std::get<soap::AcquireLicenseResponse>(*answer).answers;
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(std::get<soap::Chain>(answers[0]), soap::Chain{"licence for <rac/>"});
}

TEST_F(PoolCall, BringsTheAnswerOfEveryOperation) {
  start_ready();
  request = soap::CertifyRequest{{"<spc/>"}, true};
  const Answer certified = call();
  ASSERT_TRUE(certified) << certified.error().to_string();
  EXPECT_EQ(std::get<soap::CertifyResponse>(*certified).chain, soap::Chain{"rac"});

  request = soap::GetClientLicensorCertRequest{{{"<rac/>"}, {"<rac/>"}}};
  const Answer licensor = call();
  ASSERT_TRUE(licensor) << licensor.error().to_string();
  EXPECT_EQ(std::get<soap::GetClientLicensorCertResponse>(*licensor).chains,
            (std::vector<soap::Chain>{{"clc"}, {"clc"}}));

  request = soap::AcquirePreLicenseRequest{{"alice@contoso.test", "bob@contoso.test"}, {"<pl/>"}, ""};
  const Answer ahead = call();
  ASSERT_TRUE(ahead) << ahead.error().to_string();
  EXPECT_EQ(std::get<std::string>(std::get<soap::AcquirePreLicenseResponse>(*ahead).answers.at(1)),
            "licence for bob@contoso.test");

  request = soap::AcquireIssuanceLicenseRequest{"<unsigned/>"};
  const Answer published = call();
  ASSERT_TRUE(published) << published.error().to_string();
  EXPECT_EQ(std::get<soap::AcquireIssuanceLicenseResponse>(*published).chain, soap::Chain{"pl"});

  request = soap::AcquireTemplateInformationRequest{};
  const Answer information = call();
  ASSERT_TRUE(information) << information.error().to_string();
  EXPECT_EQ(std::get<soap::AcquireTemplateInformationResponse>(*information).templates.at(0).guid, "{guid}");

  request = soap::AcquireTemplatesRequest{{"{1}"}};
  const Answer templates = call();
  ASSERT_TRUE(templates) << templates.error().to_string();
  EXPECT_EQ(std::get<soap::AcquireTemplatesResponse>(*templates).templates.at(0).guid, "{1}");

  request = soap::GetLicensorCertificateRequest{};
  const Answer server = call();
  ASSERT_TRUE(server) << server.error().to_string();
  EXPECT_EQ(std::get<soap::GetLicensorCertificateResponse>(*server).chain, soap::Chain{"slc"});

  request = soap::FindServiceLocationsRequest{{"LicensingService"}};
  CloudCall where = a_call();
  where.published_base = "https://rms.contoso.test/_wmcs";
  const Answer found = call(where);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(std::get<soap::FindServiceLocationsResponse>(*found).locations.at(0).url,
            "https://rms.contoso.test/_wmcs/LicensingService");

  request = soap::GetServerInfoRequest{{{"VersionInfo", std::nullopt}}};
  const Answer info = call();
  ASSERT_TRUE(info) << info.error().to_string();
  EXPECT_EQ(std::get<soap::GetServerInfoResponse>(*info).results, "<Results/>");

  request = soap::PrecertifyRequest{"alice", "", "", {}};
  const Answer person = call();
  ASSERT_TRUE(person) << person.error().to_string();
  EXPECT_EQ(std::get<soap::PrecertifyResponse>(*person).certificate, "rac of a person");
}

TEST_F(PoolCall, CarriesABatchOfMegabytes) {
  cloud.on_acquire_license([](const auto& asked, auto& response) {
    for (const auto& item : asked.items())
      response.add_answers()->mutable_chain()->add_documents(std::string(64 * 1024, 'u') + item.application_data());
    return grpc::Status::OK;
  });
  start_ready();
  request = soap::AcquireLicenseRequest{std::vector<soap::AcquireLicenseItem>(80, {{"<rac/>"}, {"<pl/>"}, "<a/>"})};
  const Answer answer = call();  // 5 MiB: more than gRPC's own limit of 4
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(std::get<soap::AcquireLicenseResponse>(*answer).answers.size(), 80u);
}

TEST_F(PoolCall, RefusesAnAnswerAboveTheLimit) {
  cloud.on_acquire_license([](const auto&, auto& response) {
    response.add_answers()->mutable_chain()->add_documents(std::string(64 * 1024 * 1024, 'u'));
    return grpc::Status::OK;
  });
  start_ready();
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::overloaded) << answer.error().to_string();
}

TEST_F(PoolCall, BringsTheServicesRefusalAsAnAnswer) {
  cloud.on_acquire_license([](const auto&, auto& response) {
    response.mutable_fault()->set_exception("No.Rights");
    response.mutable_fault()->set_text("Not for you.");
    return grpc::Status::OK;
  });
  start_ready();
  const Answer answer = call();
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(std::get<soap::Fault>(*answer), (soap::Fault{"No.Rights", "Not for you."}));
}

TEST_F(PoolCall, TakesAnAnswerOfTheWrongShapeForNone) {
  cloud.on_acquire_license([](const auto&, auto&) { return grpc::Status::OK; });  // no answers to one item
  start_ready();
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::malformed) << answer.error().to_string();
}

struct StatusCase {
  grpc::StatusCode code;
  Errc errc;
  std::size_t calls;  // that the service sees
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const StatusCase& value, std::ostream* out) {
  *out << value.code;
}
class PoolStatusCode : public PoolTest, public ::testing::WithParamInterface<StatusCase> {};

TEST_P(PoolStatusCode, BecomesItsError) {
  cloud.on_acquire_license([](const auto&, auto&) { return grpc::Status(GetParam().code, "because"); });
  start_ready();
  const Answer answer = call();
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == GetParam().errc) << answer.error().to_string();
  EXPECT_NE(answer.error().context.find("because"), std::string::npos) << answer.error().context;
  EXPECT_EQ(cloud.calls(), GetParam().calls);
}

INSTANTIATE_TEST_SUITE_P(All, PoolStatusCode,
                         ::testing::Values(StatusCase{grpc::StatusCode::UNAVAILABLE, Errc::unavailable, 3},
                                           StatusCase{grpc::StatusCode::DEADLINE_EXCEEDED, Errc::deadline_exceeded, 1},
                                           StatusCase{grpc::StatusCode::RESOURCE_EXHAUSTED, Errc::overloaded, 1},
                                           StatusCase{grpc::StatusCode::CANCELLED, Errc::cancelled, 1},
                                           StatusCase{grpc::StatusCode::PERMISSION_DENIED, Errc::denied, 1},
                                           StatusCase{grpc::StatusCode::UNAUTHENTICATED, Errc::denied, 1},
                                           StatusCase{grpc::StatusCode::INTERNAL, Errc::unavailable, 1},
                                           StatusCase{grpc::StatusCode::UNIMPLEMENTED, Errc::unavailable, 1}),
                         [](const auto& one) { return "Code" + std::to_string(one.param.code); });

TEST_F(PoolCall, IsRepeatedOnAnotherConnectionWithTheSameRequestId) {
  std::mutex mutex;
  std::vector<v1::RequestContext> seen;
  cloud.on_acquire_license([&](const auto& asked, auto& response) {
    const std::lock_guard lock(mutex);
    seen.push_back(asked.context());
    if (seen.size() == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "going away");
    response.add_answers()->mutable_chain()->add_documents("licence");
    return grpc::Status::OK;
  });
  start_ready();
  const Answer answer = call();
  EXPECT_TRUE(answer) << answer.error().to_string();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].attempt(), 1u);
  EXPECT_EQ(seen[1].attempt(), 2u);
  EXPECT_EQ(seen[0].request_id(), seen[1].request_id());
  EXPECT_EQ(cloud.peers().size(), 2u);
}

TEST_F(PoolCall, EndsAtItsDeadlineWhenTheServiceIsSilent) {
  cloud.hold();
  start_ready();
  const CloudCall what = a_call(200ms);
  const auto asked = begin(what);
  wait_until([&] { return asked->done; });
  ASSERT_FALSE(*asked->answer);
  EXPECT_TRUE(asked->answer->error() == Errc::deadline_exceeded) << asked->answer->error().to_string();
  EXPECT_GE(asked->ended, what.deadline);
  EXPECT_LT(asked->ended, what.deadline + 2s);
  wait_until([&] { return cloud.cancelled() == 1; });  // and the service knows
}

TEST_F(PoolCall, IsNotSentWhenItsDeadlineHasPassed) {
  start_ready();
  const Answer answer = call(a_call(-1ms));
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error() == Errc::deadline_exceeded);
  EXPECT_EQ(cloud.calls(), 0u);
}

TEST_F(PoolCall, IsCancelledAtTheServiceWhenItsCallerGoesAway) {
  cloud.hold();
  start_ready();
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  asked->cancel.emit(boost::asio::cancellation_type::terminal);
  wait_until([&] { return asked->done && cloud.cancelled() == 1; });
  ASSERT_FALSE(asked->failure);
  EXPECT_TRUE(asked->answer->error() == Errc::cancelled) << asked->answer->error().to_string();
  EXPECT_EQ(cloud.calls(), 1u);
}

TEST_F(PoolCall, IsCancelledByStop) {
  cloud.hold();
  start_ready();
  const auto one = begin(a_call());
  const auto two = begin(a_call());
  wait_until([&] { return cloud.waiting() == 2; });
  stop();
  ASSERT_TRUE(one->done && two->done);
  EXPECT_TRUE(one->answer->error() == Errc::cancelled) << one->answer->error().to_string();
  EXPECT_TRUE(two->answer->error() == Errc::cancelled);
  EXPECT_EQ(log.count_from(Level::warning), 0u);
}

// Stops in the turn in which the end of its own call has made room for the next.
boost::asio::awaitable<void> ask_and_stop(Pool& pool, CloudCall first) {
  static_cast<void>(co_await pool.call(std::move(first)));
  co_await pool.stop();
}

TEST_F(PoolCall, DoesNotBeginWhenItsTurnComesWithTheStop) {
  cloud.hold();
  connector::CloudSettings narrow = settings();
  narrow.connections = narrow.per_connection_in_flight = 1;
  start_ready(narrow);
  bool stopped = false;
  boost::asio::co_spawn(loop.context(), ask_and_stop(*pool, a_call(200ms)),
                        [&](std::exception_ptr) { stopped = true; });
  wait_until([&] { return cloud.waiting() == 1; });
  const auto next = begin(a_call(2s));
  wait_until([&] { return pool->status().queued == 1; });
  wait_until([&] { return stopped; });
  pool.reset();
  ASSERT_TRUE(next->done);
  EXPECT_TRUE(next->answer->error() == Errc::cancelled) << next->answer->error().to_string();
  EXPECT_EQ(cloud.calls(), 1u);
}

TEST_F(PoolCall, HasAnAnswerSoonWhenTheServiceDiesUnderIt) {
  TcpProxy wire(cloud.port());
  connector::CloudSettings through = settings();
  through.endpoints[0].address.port = wire.port();
  cloud.hold();
  start_ready(through);
  std::vector<Asked*> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin(a_call()));
  wait_until([&] { return cloud.waiting() == all.size(); });
  const SteadyTime cut = clock.steady();
  wire.cut();
  for (const Asked* asked : all) {
    wait_until([&] { return asked->done; });
    ASSERT_FALSE(*asked->answer);
    EXPECT_TRUE(asked->answer->error() == Errc::unavailable) << asked->answer->error().to_string();
    EXPECT_LT(asked->ended - cut, 3s);  // limits.queue_timeout and a little
  }
}

TEST_F(PoolCall, SurvivesALossIfAnotherConnectionIsReady) {
  cloud.hold();
  TcpProxy wire(cloud.port());
  connector::CloudSettings through = settings();
  through.endpoints[0].address.port = wire.port();
  start_ready(through);
  const auto asked = begin(a_call());
  wait_until([&] { return cloud.waiting() == 1; });
  wire.cut();
  wire.mend();
  wait_until([&] { return cloud.waiting() == 1 && cloud.calls() == 2; });
  cloud.release();
  wait_until([&] { return asked->done; });
  EXPECT_TRUE(*asked->answer) << asked->answer->error().to_string();
}

}  // namespace
}  // namespace rms::test

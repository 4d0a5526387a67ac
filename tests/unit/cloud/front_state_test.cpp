// SPDX-License-Identifier: Apache-2.0
//
// Health, and what becomes of calls while the store is away or the service stops.
#include <future>

#include "base/guid.h"
#include "unit/cloud/served_rights.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using grpc::StatusCode;
namespace health = grpc::health::v1;
using Serving = health::HealthCheckResponse;

class FrontState : public FrontTest {
 protected:
  FrontState() : FrontTest(4, 100) { start(); }

  std::pair<StatusCode, Serving::ServingStatus> check(const std::string& service = "") {
    grpc::ClientContext context;
    health::HealthCheckRequest request;
    request.set_service(service);
    Serving response;
    const auto status = health::Health::NewStub(open_)->Check(&context, request, &response);
    return {status.error_code(), response.status()};
  }
  bool is_serving() { return check().second == Serving::SERVING; }

  std::shared_ptr<grpc::Channel> open_ = nullptr;
  void SetUp() override { open_ = channel(client_); }
};

TEST_F(FrontState, IsToldForTheWholeAndForEachService) {
  EXPECT_EQ(check(), std::pair(StatusCode::OK, Serving::SERVING));
  EXPECT_EQ(check("rms.v1.Licensing"), std::pair(StatusCode::OK, Serving::SERVING));
  EXPECT_EQ(check("rms.v1.Mail").first, StatusCode::NOT_FOUND);
  health_.set_serving(false);
  EXPECT_EQ(check(), std::pair(StatusCode::OK, Serving::NOT_SERVING));
  health_.set_serving(true);
  EXPECT_EQ(check(), std::pair(StatusCode::OK, Serving::SERVING));
}

TEST_F(FrontState, AWatchHearsEachChangeAndIsEndedByAStopThatWaitsForNothingElse) {
  grpc::ClientContext context;
  const auto stub = health::Health::NewStub(open_);
  const auto watch = stub->Watch(&context, {});
  Serving heard;
  ASSERT_TRUE(watch->Read(&heard));
  EXPECT_EQ(heard.status(), Serving::SERVING);
  health_.set_serving(false);
  ASSERT_TRUE(watch->Read(&heard));
  EXPECT_EQ(heard.status(), Serving::NOT_SERVING);
  health_.set_serving(true);
  ASSERT_TRUE(watch->Read(&heard));
  EXPECT_EQ(heard.status(), Serving::SERVING);
  EXPECT_TRUE(stop(30s)) << "with the library's own health service the watch would have to be cut off";
  ASSERT_TRUE(watch->Read(&heard));
  EXPECT_EQ(heard.status(), Serving::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&heard));
  EXPECT_EQ(watch->Finish().error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(FrontState, AWatchOfAServiceThatIsNoneSaysSoAndOneThatIsGivenUpIsForgotten) {
  const auto stub = health::Health::NewStub(open_);
  for (int i = 0; i < 50; ++i) {
    grpc::ClientContext context;
    health::HealthCheckRequest request;
    request.set_service("rms.v1.Mail");
    const auto watch = stub->Watch(&context, request);
    Serving heard;
    ASSERT_TRUE(watch->Read(&heard));
    EXPECT_EQ(heard.status(), Serving::SERVICE_UNKNOWN);
    context.TryCancel();
    EXPECT_EQ(watch->Finish().error_code(), StatusCode::CANCELLED);
  }
  EXPECT_TRUE(stop(30s));
}

TEST_F(FrontState, AFullDiskIsNobodyToAskAndNeverADenial) {
  must(store_->limit_pages_for_test(1));
  // The first that finds no room is told so; from then on all are, at once.
  grpc::Status status;
  for (int i = 0; i < 1'000 && status.ok(); ++i) status = call(open_, license_request());
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_EQ(status.error_message().find("disk"), std::string::npos) << "nothing from inside";
  EXPECT_TRUE(eventually([&] { return !is_serving(); }));
  EXPECT_EQ(log_.lines(Event::store_away).size(), 1u);
  EXPECT_NE(log_.lines(Event::store_away).at(0).field("error").find("disk is full"), std::string::npos);
  const auto before = rows().size();
  EXPECT_EQ(call(open_, license_request()).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(rows().size(), before) << "nothing is half written";

  must(store_->limit_pages_for_test(100'000));
  EXPECT_TRUE(eventually([&] { return is_serving(); }));
  EXPECT_TRUE(call(open_, license_request()).ok());
  EXPECT_EQ(log_.lines(Event::store_back).size(), 1u);
}

TEST_F(FrontState, AStoreThatIsNotInItsPlaceIsNobodyToAskAndNeverADenial) {
  // To the store that is there in its stead this connector is unknown: that is not the answer.
  // The whole directory: a write-ahead log that stays behind would be taken for the new file's.
  const auto place = directory_.path();
  const std::filesystem::path aside = place.string() + ".aside";
  std::filesystem::rename(place, aside);
  std::filesystem::create_directory(place);
  must(SqliteStore::open({place / "store.db"}));
  EXPECT_EQ(call(open_, license_request()).error_code(), StatusCode::UNAVAILABLE);
  const auto stranger = channel(ca_.client("stranger.contoso.test"));
  EXPECT_EQ(call(stranger, license_request()).error_code(), StatusCode::UNAVAILABLE) << "nobody knows that";
  EXPECT_TRUE(eventually([&] { return !is_serving(); }));
  std::filesystem::remove_all(place);
  std::filesystem::rename(aside, place);
  EXPECT_TRUE(eventually([&] { return is_serving(); }));
  EXPECT_TRUE(call(open_, license_request()).ok());
  EXPECT_EQ(call(stranger, license_request()).error_code(), StatusCode::PERMISSION_DENIED);
}

TEST_F(FrontState, SaysWhenToComeBack) {
  must(store_->limit_pages_for_test(1));
  for (int i = 0; i < 1'000; ++i) {
    v1::AcquireLicenseResponse response;
    grpc::ClientContext context;
    const auto status = v1::Licensing::NewStub(open_)->AcquireLicense(&context, license_request(), &response);
    if (status.ok()) continue;
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto found = trailers.find("grpc-retry-pushback-ms");
    ASSERT_NE(found, trailers.end());
    EXPECT_EQ(std::string(found->second.data(), found->second.size()), "1000");
    return;
  }
  FAIL() << "the disk was never full";
}

}  // namespace
}  // namespace rms::cloud

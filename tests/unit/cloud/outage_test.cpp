// SPDX-License-Identifier: Apache-2.0
//
// rms-cloudd as a process whose store is taken away, and which is told to stop: what its callers and its health hear,
// and its exit status.
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>

#include <boost/asio/io_context.hpp>

#include "cloud/store/sqlite_database.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "support/eventually.h"
#include "support/outcome.h"
#include "unit/cloud/programs.h"

namespace rms {
namespace {

using grpc::StatusCode;
using test::eventually;
using test::must;
namespace health = grpc::health::v1;

class CloudOutage : public CloudPrograms {
 protected:
  health::HealthCheckResponse::ServingStatus state() const {
    grpc::ClientContext context;
    health::HealthCheckResponse response;
    context.set_deadline(std::chrono::system_clock::now() + 10s);
    return health::Health::NewStub(channel())->Check(&context, {}, &response).ok()
               ? response.status()
               : health::HealthCheckResponse::UNKNOWN;
  }
  bool is_serving() const { return state() == health::HealthCheckResponse::SERVING; }
  bool says_not_serving() const { return state() == health::HealthCheckResponse::NOT_SERVING; }
  bool has_said(const std::string& what) const { return read_file(log_).find(what) != std::string::npos; }
  bool is_listening() const {
    boost::asio::io_context context;
    boost::system::error_code error;
    tcp::socket(context).connect(endpoint(), error);
    return !error;
  }

  // Another process that writes, and takes its time.
  struct Writer {
    cloud::Database database;
    cloud::Transaction transaction;
    explicit Writer(const std::filesystem::path& file)
        : database(must(cloud::Database::open(file, 5s))), transaction(must(cloud::Transaction::begin(database))) {}
  };
  std::filesystem::path store() const { return directory_.path() / "store.db"; }
};

TEST_F(CloudOutage, AStoreThatAnotherProcessKeepsLockedIsNobodyToAskUntilItLetsGo) {
  configure("", "  busy_timeout: 200ms\n", "");
  set_up();
  const auto process = serve();
  std::optional<Writer> writer(store());
  EXPECT_EQ(ask().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(eventually([&] { return says_not_serving(); }));
  EXPECT_EQ(ask().error_code(), StatusCode::UNAVAILABLE);
  writer.reset();
  EXPECT_TRUE(eventually([&] { return is_serving(); }));
  EXPECT_TRUE(ask().ok());
}

TEST_F(CloudOutage, AnotherProcessThatWritesForAMomentIsWaitedFor) {
  set_up();
  const auto process = serve();
  std::optional<Writer> writer(store());
  auto asked = std::async(std::launch::async, [&] { return ask(); });
  EXPECT_EQ(asked.wait_for(300ms), std::future_status::timeout) << "it waits";
  writer.reset();
  EXPECT_TRUE(asked.get().ok());
  EXPECT_TRUE(is_serving());
  EXPECT_FALSE(has_said("warning"));
  EXPECT_FALSE(has_said("error"));
}

// A full disk, as a limit on the size of files.
TEST_F(CloudOutage, ADiskThatIsFullIsNobodyToAskUntilThereIsRoom) {
  set_up();
  const auto process = serve();
  ASSERT_TRUE(ask().ok());
  rlimit limit{};
  ASSERT_EQ(::prlimit(process->id(), RLIMIT_FSIZE, nullptr, &limit), 0);
  rlimit none = limit;
  none.rlim_cur = 4096;
  ASSERT_EQ(::prlimit(process->id(), RLIMIT_FSIZE, &none, nullptr), 0);
  EXPECT_EQ(ask().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(eventually([&] { return says_not_serving(); }));
  ASSERT_TRUE(process->is_running());
  ASSERT_EQ(::prlimit(process->id(), RLIMIT_FSIZE, &limit, nullptr), 0);
  EXPECT_TRUE(eventually([&] { return is_serving(); }));
  EXPECT_TRUE(ask().ok());
}

TEST_F(CloudOutage, AStopFinishesTheCallInHandAndSaysNothingAboveInfo) {
  set_up();
  const auto process = serve();
  std::optional<Writer> writer(store());
  const auto stub = health::Health::NewStub(channel());
  grpc::ClientContext watching;
  const auto watch = stub->Watch(&watching, {});
  health::HealthCheckResponse heard;
  ASSERT_TRUE(watch->Read(&heard));
  auto in_hand = std::async(std::launch::async, [&] { return ask(); });
  ASSERT_EQ(in_hand.wait_for(300ms), std::future_status::timeout) << "it waits for the store";
  process->signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&heard));
  EXPECT_EQ(heard.status(), health::HealthCheckResponse::NOT_SERVING);
  EXPECT_TRUE(eventually([&] { return !is_listening(); }));
  EXPECT_TRUE(process->is_running());
  writer.reset();
  EXPECT_TRUE(in_hand.get().ok());
  EXPECT_EQ(process->wait(), 0);
  EXPECT_FALSE(has_said("warning")) << read_file(log_);
  EXPECT_FALSE(has_said("error")) << read_file(log_);
}

TEST_F(CloudOutage, AStopThatHasToCutCallsOffExitsWithOne) {
  configure("", "  busy_timeout: 2s\n", "shutdown: {drain_timeout: 100ms}\n");
  set_up();
  const auto process = serve();
  const Writer writer(store());
  auto in_hand = std::async(std::launch::async, [&] { return ask(); });
  ASSERT_EQ(in_hand.wait_for(300ms), std::future_status::timeout);
  process->signal(SIGTERM);
  EXPECT_FALSE(in_hand.get().ok());
  EXPECT_EQ(process->wait(), 1);
  EXPECT_TRUE(has_said("calls were cancelled because drain_timeout was over")) << read_file(log_);
}

TEST_F(CloudOutage, AStopDoesNotWaitForACallThatDoesNotEndThoughItWasCancelled) {
  configure("", "  busy_timeout: 1m\n", "shutdown: {drain_timeout: 100ms}\n");
  set_up();
  const auto process = serve();
  const Writer writer(store());
  auto in_hand = std::async(std::launch::async, [&] { return ask(); });
  ASSERT_EQ(in_hand.wait_for(300ms), std::future_status::timeout);
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 1);
  EXPECT_FALSE(in_hand.get().ok());
}

TEST_F(CloudOutage, ASecondSignalEndsItAtOnce) {
  configure("", "  busy_timeout: 1m\n", "shutdown: {drain_timeout: 10m}\n");
  set_up();
  const auto process = serve();
  const Writer writer(store());
  auto in_hand = std::async(std::launch::async, [&] { return ask(); });
  ASSERT_EQ(in_hand.wait_for(300ms), std::future_status::timeout);
  process->signal(SIGTERM);
  ASSERT_TRUE(eventually([&] { return has_said("stopping"); }));
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 1);
  EXPECT_FALSE(in_hand.get().ok());
}

TEST_F(CloudOutage, NoCallIsLostWhenConnectionsGrowOld) {
  configure("  connection_age: 1s\n", "", "");
  set_up();
  const auto process = serve();
  std::atomic<int> asked = 0, failed = 0;
  std::mutex mutex;
  std::string first;
  const auto until = std::chrono::steady_clock::now() + 4s;
  std::vector<std::thread> callers;
  v1::AcquireLicenseRequest request;
  *request.mutable_context()->mutable_attribution() = test::signed_by(
      client_,
      test::attribution("exchange", "exchange@contoso.test", "AcquireLicense", std::chrono::system_clock::now()));
  request.add_items();
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      const auto stub = v1::Licensing::NewStub(channel());
      while (std::chrono::steady_clock::now() < until) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + 10s);
        v1::AcquireLicenseResponse response;
        const auto status = stub->AcquireLicense(&context, request, &response);
        ++asked;
        if (!status.ok()) ++failed;
        const std::scoped_lock lock(mutex);
        if (!status.ok()) first = status.error_message();
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << asked << ", such as: " << first;
  EXPECT_GT(asked, 100);
}

}  // namespace
}  // namespace rms

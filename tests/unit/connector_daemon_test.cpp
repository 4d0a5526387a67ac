// SPDX-License-Identifier: Apache-2.0
//
// The daemon as a whole where something breaks that nobody foresaw; how it serves and drains is for tests/system.
#include "connector/daemon.h"

#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

class BrokenServiceManager final : public ServiceManager {
 public:
  void ready(std::string_view) override {
    if (on_ready) on_ready();
    if (ready_throws) throw std::runtime_error("ready() is broken");
  }
  void reloading() override {}
  void stopping() override { throw std::runtime_error("stopping() is broken"); }
  void status(std::string_view) override {}
  std::optional<std::chrono::microseconds> watchdog_interval() const override { return std::chrono::seconds(30); }
  void alive() override {}

  bool ready_throws = false;
  std::function<void()> on_ready;
};

class DaemonTest : public testing::Test {
 protected:
  // Runs a daemon until it ends by itself.
  bool run() {
    const test::Credentials own = ca_.server(), cloud = ca_.client("connector.contoso.test");
    auto settings = std::make_shared<Settings>();
    settings->listen.address = {"127.0.0.1", 0};
    settings->listen.certificate = own.certificate;
    settings->listen.key = own.key;
    settings->listen.client_ca = ca_.certificate();
    settings->listen.unsafe_http_address = plain_;
    settings->admin.address = {"127.0.0.1", 0};
    settings->cloud.endpoints = {{{"127.0.0.1", 1}}};  // nobody is there
    settings->cloud.ca = ca_.certificate();
    settings->cloud.certificate = cloud.certificate;
    settings->cloud.key = cloud.key;
    auto files = open_files(*settings, clock_);
    if (!files) throw std::runtime_error(files.error().to_string());
    Daemon daemon(loop_.executor(), settings, *std::move(files), ready_file_, service_, log_, clock_, metrics_);
    const bool good = loop_.run(daemon.run());
    EXPECT_TRUE(loop_.quiet()) << "nothing keeps the loop's thread";
    return good;
  }

  std::string only_bug() const {
    const auto lines = log_.lines(Event::unhandled);
    EXPECT_EQ(lines.size(), 1U);
    if (lines.empty()) return {};
    EXPECT_EQ(lines[0].level, Level::error);
    return lines[0].field("error");
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::TestCa ca_;
  SystemClock clock_;
  Metrics metrics_{BuildInfo()};
  BrokenServiceManager service_;
  std::optional<HostPort> plain_;
  const std::filesystem::path ready_file_ = ca_.directory().path() / "ready";
};

TEST_F(DaemonTest, AnExceptionWhileItStartsEndsItAndIsAnError) {
  service_.ready_throws = true;
  EXPECT_FALSE(run());
  EXPECT_EQ(only_bug(), "ready() is broken");
  EXPECT_FALSE(std::filesystem::exists(ready_file_));
}

TEST_F(DaemonTest, TellsWhereItListensWithoutTlsIfItDoes) {
  for (const bool unsafe : {false, true}) {
    std::string ready;
    service_.ready_throws = true;
    service_.on_ready = [&] {
      std::ifstream in(ready_file_);
      ready.assign(std::istreambuf_iterator<char>(in), {});
    };
    if (unsafe) plain_ = HostPort{"127.0.0.1", 0};
    EXPECT_FALSE(run());
    EXPECT_EQ(ready.find("\nhttp=http://127.0.0.1:") != ready.npos, unsafe) << ready;
    const auto lines = log_.lines(Event::started);
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.back().field("unsafe_http") != "off", unsafe);
  }
}

TEST_F(DaemonTest, AnExceptionWhileItStopsEndsItAndIsAnError) {
  // A directory stands where the ready file should be: the daemon cannot start, and stops.
  std::filesystem::create_directory(ready_file_);
  EXPECT_FALSE(run());
  EXPECT_EQ(only_bug(), "stopping() is broken");
}

}  // namespace
}  // namespace rms::connector

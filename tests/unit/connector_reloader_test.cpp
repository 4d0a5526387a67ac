// SPDX-License-Identifier: Apache-2.0
//
// Reloads as transactions: real files, real certificates; only the rooms are not there.
#include "connector/reload/reloader.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/authenticator/authenticator.h"
#include "connector/reload/events.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Result = ReloadAnswer::Result;

class Rooms final : public Reloadable {
 public:
  void use(Snapshot& snapshot) override { used.push_back(snapshot.settings); }
  void settle_ports(Settings&, const Settings&) const override {}
  std::string serving() const override { return "serving"; }
  std::vector<std::shared_ptr<const Settings>> used;
};

class Manager final : public ServiceManager {
 public:
  void ready(std::string_view status) override { said.push_back("ready " + std::string(status)); }
  void reloading() override { said.emplace_back("reloading"); }
  void stopping() override {}
  void status(std::string_view) override {}
  std::optional<std::chrono::microseconds> watchdog_interval() const override { return std::nullopt; }
  void alive() override {}
  std::vector<std::string> said;
};

class ReloaderTest : public testing::Test {
 protected:
  ReloaderTest() {
    const auto server = ca_.server(), client = ca_.client("connector.contoso.test");
    dir_.write("ca.pem", ca_.certificate_pem());
    dir_.write("server.pem", server.certificate_pem);
    dir_.write("server.key", server.key_pem);
    dir_.write("client.pem", client.certificate_pem);
    dir_.write("client.key", client.key_pem);
  }

  void SetUp() override {
    write();
    auto settings = load_settings(file_, clock_);
    ASSERT_TRUE(settings) << settings.error().to_string();
    auto files = open_files(*settings, clock_);
    ASSERT_TRUE(files) << files.error().to_string();
    reloader_ = std::make_unique<Reloader>(
        loop_.executor(),
        std::make_shared<Snapshot>(std::make_shared<const Settings>(*std::move(settings)), *std::move(files)), rooms_,
        manager_, log_, clock_, metrics_);
  }

  void TearDown() override {
    loop_.run(reloader_->stop());
    reloader_.reset();
    EXPECT_TRUE(loop_.quiet());
  }

  // The settings as the members say.
  void write() {
    std::string text = "version: 1\nlisten: {address: '" + address_ +
                       "', certificate: server.pem, key: server.key, client_ca: ca.pem}\n"
                       "cloud: {endpoint: 'localhost:8443', ca: ca.pem, certificate: client.pem, key: client.key}\n" +
                       more_ + "\nservers:\n";
    for (const std::string& name : servers_)
      text += "  - {name: " + name + ", role: exchange, match: {dns: " + name + ".contoso.test}, mail: " + name +
              "@contoso.test}\n";
    if (servers_.empty()) text = text.substr(0, text.size() - 1) + " []\n";
    dir_.write("rms.yaml", text);
  }

  ReloadAnswer reload(ReloadRequest request = {}) {
    request.by = "a test";
    return loop_.run(reloader_->reload(std::move(request)));
  }

  // A request of that server, refused by the settings in force.
  void refuse(const std::string& dns) {
    net::PeerCertificate certificate;
    certificate.dns.push_back(dns);
    certificate.fingerprint = std::string(64, 'a');
    const Principal who = principal_of(certificate);
    AccessRecord record;
    record.principal = &who;
    record.decision = Decision{Verdict::unknown_principal, nullptr, "no_entry"};
    record.status = 403;
    reloader_->saw(record);
  }

  template <class Condition>
  void until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "it never came to that";
      loop_.run(turn());
    }
  }
  static boost::asio::awaitable<void> turn() { co_await boost::asio::post(boost::asio::use_awaitable); }

  double metric(const std::string& series) const {
    const std::string text = metrics_.render();
    const std::size_t at = text.find("\n" + series + " ");
    return at == text.npos ? -1 : std::stod(text.substr(at + 2 + series.size()));
  }
  double reloads(const std::string& result) const {
    return metric("rms_connector_config_reloads_total{result=\"" + result + "\"}");
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::TestCa ca_{"Contoso"};
  test::TempDir dir_;
  const std::filesystem::path file_ = dir_.path() / "rms.yaml";
  SystemClock clock_;
  Metrics metrics_{BuildInfo()};
  Rooms rooms_;
  Manager manager_;
  std::string address_ = "127.0.0.1:0", more_;
  std::vector<std::string> servers_{"exchange", "sharepoint"};
  std::unique_ptr<Reloader> reloader_;
};

TEST_F(ReloaderTest, WhatIsTheSameChangesNothing) {
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::unchanged);
  EXPECT_EQ(answer.generation, 1U);
  EXPECT_THAT(rooms_.used, IsEmpty());
  EXPECT_THAT(manager_.said, ElementsAre("reloading", "ready serving"));
  EXPECT_EQ(reloads("unchanged"), 1);
}

TEST_F(ReloaderTest, AGoodFileComesIntoForceWhole) {
  servers_.push_back("fci");
  more_ = "limits: {in_flight: 7}";
  write();
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::reloaded);
  EXPECT_EQ(answer.generation, 2U);
  EXPECT_EQ(answer.watch_seconds, 60);
  ASSERT_THAT(rooms_.used, SizeIs(1));
  EXPECT_EQ(rooms_.used[0]->servers.size(), 3U);
  EXPECT_EQ(rooms_.used[0]->limits.in_flight, 7U);
  EXPECT_EQ(&*reloader_->in_force().settings, &*rooms_.used[0]);
  EXPECT_TRUE(reloader_->watching());
  const auto lines = log_.lines(kSettingsReloaded);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].field("by"), "a test");
  EXPECT_EQ(lines[0].field("changes"), "3");
  EXPECT_EQ(metric("rms_connector_config_last_reload_successful"), 1);
  EXPECT_EQ(reloads("reloaded"), 1);
}

TEST_F(ReloaderTest, EveryProblemIsNamedAndNothingChanges) {
  more_ = "limitz: {}\nlimits: {in_flight: 0}";
  servers_.push_back("exchange");
  write();
  dir_.write("server.key", "no key");
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::refused);
  EXPECT_THAT(answer.problems, SizeIs(testing::Ge(4U)));
  EXPECT_THAT(answer.problems, Contains(HasSubstr("rms.yaml:4:1: limitz")));
  EXPECT_THAT(answer.problems, Contains(AllOf(HasSubstr("rms.yaml:2:"), HasSubstr("server.key"))));
  EXPECT_THAT(rooms_.used, IsEmpty());
  EXPECT_EQ(answer.generation, 1U);
  const auto lines = log_.lines(kReloadRefused);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0].field("error"), HasSubstr("limitz"));
  ASSERT_THAT(manager_.said, SizeIs(2));
  EXPECT_THAT(manager_.said[1],
              AllOf(HasSubstr("ready serving; the reload of"), HasSubstr("listen.key"), HasSubstr(" more)")))
      << "systemd waits for READY for ever";
  EXPECT_EQ(metric("rms_connector_config_last_reload_successful"), 0);
  EXPECT_EQ(reloads("refused"), 1);
}

TEST_F(ReloaderTest, ABrokenCertificateOrCaChangesNothing) {
  servers_.push_back("fci");
  write();
  for (const char* name : {"server.pem", "ca.pem", "client.pem"}) {
    const auto path = dir_.path() / name;
    std::filesystem::rename(path, dir_.path() / "kept");
    dir_.write(name, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const ReloadAnswer answer = reload();
    EXPECT_EQ(answer.result, Result::refused) << name;
    EXPECT_THAT(answer.problems, Contains(HasSubstr(name)));
    std::filesystem::rename(dir_.path() / "kept", path);
  }
  EXPECT_THAT(rooms_.used, IsEmpty());
  EXPECT_EQ(reload().result, Result::reloaded);
}

TEST_F(ReloaderTest, NoFileAtAllChangesNothing) {
  std::filesystem::remove(file_);
  EXPECT_THAT(reload().problems, ElementsAre(HasSubstr("no such file")));
  std::filesystem::create_directory(file_);
  EXPECT_THAT(reload().problems, ElementsAre(HasSubstr("must be a regular file")));
}

TEST_F(ReloaderTest, WhatNeedsARestartIsNamedWithItsPlaceAndChangesNothing) {
  address_ = "127.0.0.1:444";
  more_ = "limits: {in_flight: 7}\nlog: {format: json}";
  write();
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::refused);
  EXPECT_THAT(answer.problems, ElementsAre(HasSubstr("rms.yaml:2:19: listen.address: a reload cannot change it "
                                                     "(127.0.0.1:0 -> 127.0.0.1:444)"),
                                           HasSubstr("rms.yaml:5:15: log.format: ")));
  EXPECT_THAT(answer.changes, ElementsAre(testing::Field(&Change::text, "limits.in_flight: 256 -> 7")));
  EXPECT_THAT(rooms_.used, IsEmpty());
}

TEST_F(ReloaderTest, ADryRunSaysTheSameAndDoesNothing) {
  servers_ = {"exchange"};
  write();
  ReloadRequest dry;
  dry.dry_run = true;
  const ReloadAnswer answer = reload(dry);
  EXPECT_EQ(answer.result, Result::reloaded);
  EXPECT_TRUE(answer.dry_run);
  EXPECT_THAT(answer.changes, ElementsAre(testing::Field(&Change::text, "sharepoint is removed: it loses everything")));
  EXPECT_THAT(rooms_.used, IsEmpty());
  EXPECT_THAT(manager_.said, IsEmpty());
  EXPECT_THAT(log_.lines(), IsEmpty());
  EXPECT_EQ(reloads("reloaded"), 0);
}

TEST_F(ReloaderTest, LoudChangesAreWarnings) {
  servers_ = {"exchange"};
  more_ = "limits: {in_flight: 7}";
  write();
  reload();
  EXPECT_EQ(log_.count_from(Level::warning), 1U);
  for (const auto& line : log_.lines()) {
    if (line.level == Level::warning) {
      EXPECT_EQ(line.field("what"), "sharepoint is removed: it loses everything");
    }
  }
}

TEST_F(ReloaderTest, TheSameTextWithAnotherCertificateIsAChange) {
  const auto other = ca_.server();
  dir_.write("server.pem", other.certificate_pem);
  dir_.write("server.key", other.key_pem);
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::reloaded);
  EXPECT_THAT(answer.changes,
              ElementsAre(testing::Field(&Change::text, HasSubstr("listen.certificate: another certificate"))));
}

TEST_F(ReloaderTest, OneAfterTheOther) {
  net::TaskGroup tasks(loop_.executor(), log_, "tasks");
  std::vector<std::uint64_t> generations;
  const auto one = [](Reloader& reloader, std::vector<std::uint64_t>& done) -> boost::asio::awaitable<void> {
    ReloadRequest request;
    const ReloadAnswer answer = co_await reloader.reload(std::move(request));
    done.push_back(answer.generation);
  };
  servers_.push_back("fci");
  write();
  for (int i = 0; i < 3; ++i) tasks.spawn(one(*reloader_, generations));
  loop_.run(tasks.wait_empty());
  EXPECT_THAT(generations, ElementsAre(2, 2, 2)) << "the first changes something, the others find that nothing does";
  EXPECT_THAT(manager_.said,
              ElementsAre("reloading", "ready serving", "reloading", "ready serving", "reloading", "ready serving"));
}

TEST_F(ReloaderTest, NothingIsReloadedWhileStopping) {
  servers_.push_back("fci");
  write();
  reloader_->refuse_from_now_on();
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.result, Result::refused);
  EXPECT_THAT(answer.problems, ElementsAre(HasSubstr("stopping")));
  EXPECT_THAT(rooms_.used, IsEmpty());
  EXPECT_THAT(manager_.said, IsEmpty());
  EXPECT_EQ(log_.count_from(Level::warning), 0U) << "a stop is no trouble";
}

// ---- what does harm goes by itself

class ReloaderRollbackTest : public ReloaderTest {
 protected:
  static constexpr const char* kShort = "reload: {watch: 1s}";

  // Takes settings in which sharepoint's name is misspelt, and has it refused.
  void do_harm() {
    more_ = kShort;
    write();
    // The last entry keeps its name and is recognized by something else.
    std::string text;
    {
      std::ifstream in(file_);
      text.assign(std::istreambuf_iterator<char>(in), {});
    }
    const std::string right = "match: {dns: sharepoint.";
    text.replace(text.find(right), right.size(), "match: {dns: sharepiont.");
    dir_.write("rms.yaml", text);
    ASSERT_EQ(reload().result, Result::reloaded);
    for (int i = 0; i < 10; ++i) refuse("sharepoint.contoso.test");
  }
};

TEST_F(ReloaderRollbackTest, TheSettingsBeforeReturnWhole) {
  const auto first = reloader_->in_force().settings;
  do_harm();
  until([&] { return reloader_->returned().has_value(); });
  ASSERT_THAT(rooms_.used, SizeIs(2));
  EXPECT_EQ(rooms_.used[1], first);
  EXPECT_EQ(reloader_->in_force().settings, first);
  EXPECT_EQ(reloader_->in_force().generation, 3U);
  EXPECT_FALSE(reloader_->watching());
  const auto lines = log_.lines(kSettingsReturned);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].level, Level::error);
  EXPECT_THAT(lines[0].field("why"), HasSubstr("sharepoint"));
  EXPECT_THAT(manager_.said.back(), HasSubstr("went by themselves"));
  EXPECT_EQ(reloads("returned"), 1);
  EXPECT_EQ(metric("rms_connector_config_last_reload_successful"), 0);
}

TEST_F(ReloaderRollbackTest, TheSameSettingsAreNotTakenAgainUnlessForced) {
  do_harm();
  until([&] { return reloader_->returned().has_value(); });
  const ReloadAnswer again = reload();
  EXPECT_EQ(again.result, Result::refused);
  EXPECT_THAT(again.problems, ElementsAre(AllOf(HasSubstr("went by themselves"), HasSubstr("--force"))));
  ReloadRequest forced;
  forced.force = true;
  EXPECT_EQ(reload(forced).result, Result::reloaded);
  EXPECT_FALSE(reloader_->watching()) << "whoever insists is believed";
  EXPECT_FALSE(reloader_->returned());
}

TEST_F(ReloaderRollbackTest, OthersAreTaken) {
  do_harm();
  until([&] { return reloader_->returned().has_value(); });
  more_ = "limits: {in_flight: 9}";
  write();
  EXPECT_EQ(reload().result, Result::reloaded);
}

TEST_F(ReloaderRollbackTest, NotIfTheyAreNotToReturn) {
  more_ = "reload: {rollback: false, watch: 1s}";
  servers_ = {"exchange"};
  write();
  const ReloadAnswer answer = reload();
  EXPECT_EQ(answer.watch_seconds, 0);
  EXPECT_FALSE(reloader_->watching());
}

TEST_F(ReloaderRollbackTest, WhatDoesNoHarmProvesItself) {
  more_ = kShort;
  write();
  ASSERT_EQ(reload().result, Result::reloaded);
  ASSERT_TRUE(reloader_->watching());
  for (int i = 0; i < 1000; ++i) refuse("stranger.contoso.test");
  until([&] { return !reloader_->watching(); });
  EXPECT_FALSE(reloader_->returned());
  EXPECT_EQ(reloader_->in_force().generation, 2U);
}

TEST_F(ReloaderRollbackTest, OfTwoThatHaveNotProvenThemselvesBothGo) {
  const auto first = reloader_->in_force().settings;
  more_ = "reload: {watch: 1m}\nlimits: {in_flight: 9}";
  write();
  ASSERT_EQ(reload().result, Result::reloaded);
  do_harm();
  until([&] { return reloader_->returned().has_value(); });
  EXPECT_EQ(reloader_->in_force().settings, first);
}

TEST_F(ReloaderRollbackTest, AStopEndsTheWatching) {
  do_harm();
  loop_.run(reloader_->stop());
  EXPECT_FALSE(reloader_->returned());
}

}  // namespace
}  // namespace rms::connector

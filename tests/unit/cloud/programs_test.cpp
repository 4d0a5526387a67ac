// SPDX-License-Identifier: Apache-2.0
//
// rms-cloudd and rms-cloudctl as processes: exit codes, signals, and what a flood does to them.
#include "unit/cloud/programs.h"

#include <list>

#include <boost/asio/io_context.hpp>

namespace rms {
namespace {

TEST_F(CloudPrograms, ServeStopOnSigtermWithStatusZeroAndNothingAboveInfo) {
  set_up();
  auto process = serve();
  const auto status = ask();
  EXPECT_TRUE(status.ok()) << status.error_message();
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 0);
  const auto log = read_file(log_);
  EXPECT_EQ(log.find("warning"), std::string::npos) << log;
  EXPECT_EQ(log.find("error"), std::string::npos) << log;
}

TEST_F(CloudPrograms, CtlWorksWhileTheServiceRuns) {
  set_up();
  auto process = serve();
  ASSERT_TRUE(ask().ok());
  EXPECT_EQ(ctl_config({"usage-log", "--tenant", "contoso.test", "--format", "w3c"}), 0);
  EXPECT_NE(read_file(output_).find("AcquireLicense\t'exchange@contoso.test'\t'UnexpectedPersonaCertException'"),
            std::string::npos)
      << read_file(output_);
  EXPECT_EQ(ctl_config({"connector", "remove", "c1", "--tenant", "contoso.test"}), 0);
  EXPECT_EQ(ask().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ctl_config({"connector", "add", "again", "--tenant", "CONTOSO.test", "--certificate",
                        client_.certificate.string()}),
            0);
  EXPECT_TRUE(ask().ok());
  EXPECT_EQ(ctl_config({"tenant", "create", "later.test", "--url", "https://rms.later.test"}), 0);
  EXPECT_EQ(ctl_config({"tenant", "list"}), 0);
  EXPECT_NE(read_file(output_).find("later.test"), std::string::npos);
}

TEST_F(CloudPrograms, CtlShowsTheHeadsOfJournalsAndSaysWhetherAllOfThem) {
  set_up();
  auto process = serve();
  ASSERT_TRUE(ask().ok());
  for (const std::uint64_t sequence : {7, 9}) {
    const auto kept = keep_head(sequence);
    ASSERT_TRUE(kept.ok()) << kept.error_message();
  }
  const auto shown = [&](std::vector<std::string> more) {
    std::vector<std::string> command{"audit-heads", "--tenant", "contoso.test"};
    command.insert(command.end(), more.begin(), more.end());
    EXPECT_EQ(ctl_config(command), 0) << read_file(output_);
    return read_file(output_);
  };
  const std::string nine = "9:" + std::string(64, 'a');
  EXPECT_NE(shown({}).find(nine), std::string::npos);
  const auto all = shown({"--format", "json"});
  EXPECT_NE(all.find("\"complete\":true"), std::string::npos) << all;
  EXPECT_NE(all.find("\"connector\":\"c1\""), std::string::npos) << all;
  EXPECT_NE(all.find("\"sequence\":7"), std::string::npos) << all;
  const auto newest = shown({"--format", "json", "--last", "1"});
  EXPECT_NE(newest.find("\"complete\":false"), std::string::npos) << newest;
  EXPECT_EQ(newest.find("\"sequence\":7"), std::string::npos) << newest;
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--connector", "c2"}), 1);
  EXPECT_NE(read_file(output_).find("there is no connector c2 of tenant contoso.test"), std::string::npos)
      << read_file(output_);
  EXPECT_NE(shown({"--connector", "c1"}).find(nine), std::string::npos);
}

TEST_F(CloudPrograms, CtlShowsNoHeadsOfAConnectorThatHasNone) {
  set_up();
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--connector", "C1"}), 0);
  EXPECT_EQ(ctl_config({"connector", "remove", "c1", "--tenant", "contoso.test"}), 0);
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--connector", "c1"}), 1);
}

TEST_F(CloudPrograms, CtlForgetsOldJournalsOnly) {
  set_up();
  auto process = serve();
  ASSERT_TRUE(ask().ok());
  const std::string other = "11111111-1111-4111-8111-111111111111", first = kJournal;
  ASSERT_TRUE(keep_head(7).ok());
  ASSERT_TRUE(keep_head(1, other).ok());
  const auto forget = [&](const std::string& journal) {
    return ctl_config({"journal", "forget", journal, "--connector", "c1", "--tenant", "contoso.test"});
  };
  EXPECT_EQ(forget("journal"), 2);
  EXPECT_EQ(forget(other), 1);
  EXPECT_NE(read_file(output_).find("is the newest journal of c1"), std::string::npos) << read_file(output_);
  EXPECT_EQ(forget(first), 0) << read_file(output_);
  EXPECT_EQ(forget(first), 1) << "it has gone";
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test"}), 0);
  EXPECT_EQ(read_file(output_).find(first), std::string::npos);
  EXPECT_EQ(ctl_config({"usage-log", "--format", "json"}), 0);
  EXPECT_NE(read_file(output_).find("\"request-type\":\"AdminForgetJournal\""), std::string::npos)
      << read_file(output_);
}

TEST_F(CloudPrograms, ConsentToOpenAnyIsOnRecordAndNoRowThatAConnectorShouldHaveSigned) {
  set_up();
  auto process = serve();
  ASSERT_TRUE(ask().ok());
  const auto consent = [&](const char* to) {
    EXPECT_EQ(ctl_config({"connector", "open-any", "c1", to, "--tenant", "contoso.test"}), 0) << read_file(output_);
    return read_file(output_);
  };
  EXPECT_NE(consent("off").find("is off already: nothing has changed"), std::string::npos);
  EXPECT_NE(consent("on").find("may open everything"), std::string::npos);
  EXPECT_NE(consent("on").find("is on already: nothing has changed"), std::string::npos);
  EXPECT_EQ(ctl_config({"usage-log", "--format", "json", "--tenant", "contoso.test"}), 0);
  const auto log = read_file(output_);
  EXPECT_NE(log.find("\"request-type\":\"AdminOpenAnyOn\",\"user-id\":\""), std::string::npos) << log;
  EXPECT_NE(log.find("\"principal\":\"uid:" + std::to_string(::getuid())), std::string::npos) << log;
  EXPECT_EQ(log.find("AdminOpenAnyOff"), std::string::npos) << log;
  EXPECT_EQ(ctl_config({"usage-log", "--verify"}), 0) << read_file(output_);
  EXPECT_NE(read_file(output_).find("1 rows are of administrators"), std::string::npos) << read_file(output_);
}

// gRPC's own listener would be gone for good after this (CVE-2023-4785).
TEST_F(CloudPrograms, ServeAgainAfterAFloodThatUsedUpAllFiles) {
  set_up();
  auto process = serve("ulimit -n 80");
  {
    boost::asio::io_context context;
    std::list<tcp::socket> flood;
    for (int i = 0; i < 200; ++i) flood.emplace_back(context).connect(endpoint());
    // It says so when it has no file left: then the flood has done what it can.
    while (read_file(log_).find("Too many open files") == std::string::npos && process->is_running())
      std::this_thread::yield();
  }
  const auto status = ask();
  EXPECT_TRUE(status.ok()) << status.error_message() << "\n" << read_file(log_);
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 0);
}

TEST_F(CloudPrograms, DaemonTellsBadSettingsFromBadUsage) {
  const auto daemon = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RMS_CLOUDD);
    return Process(arguments, output_).wait();
  };
  EXPECT_EQ(daemon({}), 2);
  EXPECT_EQ(daemon({"--config", config_.string(), "--no-such-option"}), 2);
  EXPECT_TRUE(read_file(output_).starts_with("rms-cloudd: ")) << read_file(output_);
  EXPECT_EQ(daemon({"--help"}), 0);
  EXPECT_EQ(daemon({"--version"}), 0);
  EXPECT_TRUE(read_file(output_).starts_with("rms-cloudd ")) << read_file(output_);
  EXPECT_EQ(daemon({"--config", config_.string(), "--check"}), 78) << "the key file is missing";
  EXPECT_NE(read_file(output_).find("keys.encryption_key"), std::string::npos) << read_file(output_);
  ASSERT_EQ(ctl({"key", "create", (directory_.path() / "kek").string()}), 0);
  EXPECT_EQ(daemon({"--config", config_.string(), "--check"}), 0) << read_file(output_);
  const auto bad = directory_.write(
      "bad.yaml", "version: 1\nlisten: {address: nowhere}\nlimits: {connections: 0, queue: 5s}\nstroe: 1\n");
  EXPECT_EQ(daemon({"--config", bad.string()}), 78);
  for (const auto* key :
       {"listen.address", "listen.certificate", "limits.connections", "limits.queue", "stroe", "keys"})
    EXPECT_NE(read_file(output_).find(key), std::string::npos) << key << " in\n" << read_file(output_);
}

TEST_F(CloudPrograms, TheWrongKeyNeitherServesNorMakesTenantsThatTheRightOneCouldNotOpen) {
  set_up();
  std::filesystem::remove(directory_.path() / "kek");
  ASSERT_EQ(ctl({"key", "create", (directory_.path() / "kek").string()}), 0);
  EXPECT_EQ(ctl_config({"tenant", "create", "other.test", "--url", "https://rms.other.test"}), 1);
  EXPECT_NE(read_file(output_).find("contoso.test"), std::string::npos) << read_file(output_);
  ASSERT_EQ(ctl_config({"tenant", "list"}), 0);
  EXPECT_EQ(read_file(output_).find("other.test"), std::string::npos) << read_file(output_);
  EXPECT_EQ(Process({RMS_CLOUDD, "--config", config_.string(), "--check"}, output_).wait(), 78);
  EXPECT_NE(read_file(output_).find("keys.encryption_key"), std::string::npos) << read_file(output_);
  EXPECT_EQ(Process({RMS_CLOUDD, "--config", config_.string()}, output_).wait(), 1);
  EXPECT_NE(read_file(output_).find("contoso.test"), std::string::npos) << read_file(output_);
}

TEST_F(CloudPrograms, DaemonSaysThatTheReadyFileCannotBeWritten) {
  set_up();
  EXPECT_EQ(
      Process({RMS_CLOUDD, "--config", config_.string(), "--ready-file", "/no/such/directory/ready"}, output_).wait(),
      1);
  EXPECT_NE(read_file(output_).find("/no/such/directory/ready"), std::string::npos) << read_file(output_);
  EXPECT_EQ(read_file(output_).find("stopped"), std::string::npos) << "what never served did not stop";
}

TEST_F(CloudPrograms, CtlNamesACommandThatItDoesNotKnowAndThoseThatItDoes) {
  EXPECT_EQ(ctl({"frob"}), 2);
  EXPECT_TRUE(read_file(output_).starts_with("rms-cloudctl: there is no command 'frob'")) << read_file(output_);
  EXPECT_NE(read_file(output_).find("key, tenant, connector"), std::string::npos) << read_file(output_);
  EXPECT_EQ(ctl({"tenant", "creat", "contoso.test"}), 2);
  EXPECT_TRUE(read_file(output_).starts_with("rms-cloudctl: there is no command 'tenant creat'")) << read_file(output_);
}

TEST_F(CloudPrograms, OnlyTheFirstTenantMakesTheStore) {
  const auto store = directory_.path() / "store.db";
  const std::vector<std::vector<std::string>> commands{
      {"usage-log"},
      {"audit-heads", "--tenant", "contoso.test"},
      {"tenant", "list"},
      {"tenant", "export-root", "contoso.test"},
      {"connector", "list"},
      {"connector", "remove", "c1", "--tenant", "contoso.test"},
      {"connector", "add", "c1", "--tenant", "contoso.test", "--certificate", client_.certificate.string()}};
  for (const auto& command : commands) {
    EXPECT_EQ(ctl_config(command), 1) << command[0];
    EXPECT_NE(read_file(output_).find("there is no store"), std::string::npos) << read_file(output_);
  }
  EXPECT_FALSE(std::filesystem::exists(store));
  set_up();
  EXPECT_TRUE(std::filesystem::exists(store));
}

TEST_F(CloudPrograms, ATenantIsServedWithTlsOnly) {
  ASSERT_EQ(ctl({"key", "create", (directory_.path() / "kek").string()}), 0) << read_file(output_);
  EXPECT_EQ(ctl_config({"tenant", "create", "contoso.test", "--url", "http://rms.contoso.test"}), 2);
  EXPECT_NE(read_file(output_).find("https://"), std::string::npos) << read_file(output_);
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "store.db"));
}

TEST_F(CloudPrograms, CtlTellsUsageFromFailure) {
  EXPECT_EQ(ctl({}), 2);
  EXPECT_EQ(ctl({"tenant"}), 2);
  EXPECT_EQ(ctl({"tenant", "list"}), 2) << "--config is missing";
  EXPECT_EQ(ctl_config({"usage-log", "--format", "csv"}), 2);
  EXPECT_EQ(ctl_config({"audit-heads"}), 2) << "of which tenant?";
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--last", "0"}), 2);
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--last", "1000001"}), 2);
  EXPECT_EQ(ctl_config({"audit-heads", "--tenant", "contoso.test", "--format", "w3c"}), 2);
  EXPECT_EQ(ctl({"--help"}), 0);
  EXPECT_EQ(ctl({"--version"}), 0);
  EXPECT_TRUE(read_file(output_).starts_with("rms-cloudctl ")) << read_file(output_);
  EXPECT_EQ(ctl({"connector", "add", "--help"}), 0);
  EXPECT_EQ(ctl_config({"tenant", "export-root", "nobody.test"}), 1);
  EXPECT_EQ(ctl_config({"connector", "add", "c", "--tenant", "nobody.test", "--certificate", "x"}), 1);
  set_up();
  EXPECT_EQ(ctl({"key", "create", (directory_.path() / "kek").string()}), 1) << "a key is never overwritten";
  EXPECT_EQ(ctl_config({"connector", "add", "c2", "--tenant", "contoso.test", "--certificate", config_.string()}), 1);
  EXPECT_EQ(ctl_config({"tenant", "export-root", "contoso.test"}), 0);
  EXPECT_TRUE(read_file(output_).starts_with("<XrML")) << read_file(output_).substr(0, 80);
}

}  // namespace
}  // namespace rms

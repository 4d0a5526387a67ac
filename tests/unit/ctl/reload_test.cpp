// SPDX-License-Identifier: Apache-2.0
//
// What rms-connectorctl reload says; the daemon that it talks to is in tests/system.
#include "ctl/reload/command.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/test_ca.h"

namespace rms::ctl {
namespace {

using testing::HasSubstr;

nlohmann::json answer() {
  return {{"result", "reloaded"},
          {"dry_run", false},
          {"problems", nlohmann::json::array()},
          {"changes",
           {{{"kind", "server"}, {"what", "fci is removed"}, {"loud", true}},
            {{"kind", "limit"}, {"what", "limits.in_flight: 1 -> 2"}, {"loud", false}}}},
          {"warnings", nlohmann::json::array()},
          {"generation", 2},
          {"digest", "ab"},
          {"watch_seconds", 60}};
}

TEST(ReloadText, ShowsTheDifferenceAndWhatIsWatched) {
  EXPECT_EQ(
      reload_text(answer().dump()).value(),
      "! fci is removed\n  limits.in_flight: 1 -> 2\nreloaded: generation 2\nwatched for 60 s: if too many requests "
      "are refused or fail, the settings before return\n");
}

TEST(ReloadText, SaysThatADryRunDidNothing) {
  auto dry = answer();
  dry["dry_run"] = true;
  EXPECT_THAT(reload_text(dry.dump()).value(), testing::EndsWith("nothing has changed yet\n"));
  dry["result"] = "unchanged";
  dry["changes"].clear();
  EXPECT_EQ(reload_text(dry.dump()).value(), "nothing changes\n");
}

TEST(ReloadText, NamesEveryProblem) {
  auto refused = answer();
  refused["result"] = "refused";
  refused["changes"].clear();
  refused["problems"] = {"f:1:1: a: b", "f:2:2: c: d\x1b[31m"};
  EXPECT_EQ(reload_text(refused.dump()).value(), "f:1:1: a: b\nf:2:2: c: d?[31m\nrefused: nothing has changed\n");
}

TEST(ReloadText, RefusesWhatIsNoAnswer) {
  for (const char* text : {"", "{}", "[]", "{\"result\": 1}", "no json"})
    EXPECT_EQ(reload_text(text).error(), Errc::malformed) << text;
}

class RunReload : public testing::Test {
 protected:
  ReloadEnd run(const std::string& settings) {
    ReloadOptions options;
    options.config = dir.write("rms.yaml", settings);
    return run_reload(options, out, err);
  }
  test::TempDir dir;
  std::ostringstream out, err;
};

TEST_F(RunReload, SaysWhatToDoWithoutASocket) {
  EXPECT_EQ(run("version: 1\n"), ReloadEnd::refused);
  EXPECT_THAT(err.str(),
              testing::AllOf(HasSubstr("systemctl reload"), HasSubstr("kill -HUP"), HasSubstr("admin.socket")));
}

TEST_F(RunReload, FindsTheSocketWhateverElseIsWrongAndThatNobodyIsThere) {
  EXPECT_EQ(run("limitz: 3\nadmin: {socket: run.sock, what: 1}\n"), ReloadEnd::not_running);
  EXPECT_THAT(err.str(), HasSubstr((dir.path() / "run.sock").string()));
}

TEST_F(RunReload, SaysWhatIsWrongWithAFileThatIsNone) {
  EXPECT_EQ(run("admin: [\n"), ReloadEnd::refused);
  EXPECT_THAT(err.str(), HasSubstr("rms.yaml:"));
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace rms::ctl

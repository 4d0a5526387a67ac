// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace rms {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;
using testing::MatchesRegex;

// What `use` writes to standard error.
template <class Use>
std::string written(LogFormat format, Level least, Use use) {
  const auto log = make_stderr_log(least, format);
  testing::internal::CaptureStderr();
  use(*log);
  return testing::internal::GetCapturedStderr();
}

// What a caller could put into a name, a header or an error message.
const std::string kHostile[] = {"two\nlines",         "\r\n2026-01-01T00:00:00.000Z info forged",
                                "\x1b[31mred",        "\"quoted\" \\",
                                "name=value",         "\x7f\x01\0"s,
                                "bad \xff\xc0 utf-8", "",
                                "\xe2\x80\xa8line"};

TEST(Log, TextIsOneLineWithTimeLevelMessageEventAndFields) {
  const std::string line = written(LogFormat::text, Level::info, [](Log& log) {
    log.event(Level::warning, Event::unauthorized, "refused",
              {{"peer", "192.0.2.1"}, {"bytes", 7}, {"why", "not listed"}});
  });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z warning refused event=2001 "
                                 "peer=192\\.0\\.2\\.1 bytes=7 why=\"not listed\"\n"));
}

TEST(Log, JsonIsOneObjectALine) {
  const std::string line = written(LogFormat::json, Level::info, [](Log& log) {
    log.event(Level::error, Event::unhandled, "failed", {{"what", "x y"}});
  });
  const auto record = nlohmann::json::parse(line);
  EXPECT_EQ(record.at("level"), "error");
  EXPECT_EQ(record.at("message"), "failed");
  EXPECT_EQ(record.at("event"), 3000);
  EXPECT_EQ(record.at("what"), "x y");
  EXPECT_THAT(record.at("time").get<std::string>(), MatchesRegex(".*T.*Z"));
}

TEST(Log, HostileValuesMakeNoLinesAndSteerNoTerminal) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json})
    for (const std::string& value : kHostile) {
      const std::string line = written(format, Level::info, [&](Log& log) { log.info("m", {{"v", value}}); });
      EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
      ASSERT_FALSE(line.empty());
      EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](unsigned char c) { return c >= 0x20 && c < 0x7f; }))
          << line;
    }
}

TEST(Log, HostileValuesReadBackFromJson) {
  for (const std::string& value : kHostile) {
    const std::string line = written(LogFormat::json, Level::info, [&](Log& log) { log.info("m", {{"v", value}}); });
    const auto read = nlohmann::json::parse(line).at("v").get<std::string>();
    if (value.find('\xff') == std::string::npos)
      EXPECT_EQ(read, value);
    else
      EXPECT_EQ(read, "bad \xef\xbf\xbd\xef\xbf\xbd utf-8");
  }
}

TEST(Log, HostileValuesAreQuotedInText) {
  const auto value = [](std::string v) {
    const std::string line = written(LogFormat::text, Level::info, [&](Log& log) { log.info("m", {{"v", v}}); });
    return line.substr(line.find(" v=") + 3);
  };
  EXPECT_EQ(value("two\nlines"), "\"two\\nlines\"\n");
  EXPECT_EQ(value("\x1b[31m"), "\"\\u001b[31m\"\n");
  EXPECT_EQ(value("say \"yes\""), "\"say \\\"yes\\\"\"\n");
  EXPECT_EQ(value("a=b"), "\"a=b\"\n");
  EXPECT_EQ(value(""), "\"\"\n");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const std::string lines = written(LogFormat::text, Level::warning, [](Log& log) {
    EXPECT_FALSE(log.enabled(Level::info));
    log.debug("no");
    log.info("no");
    log.warning("yes");
    log.error("yes");
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_THAT(lines, testing::Not(HasSubstr("no")));
}

TEST(Log, LevelsReadBack) {
  for (const Level level : {Level::debug, Level::info, Level::warning, Level::error})
    EXPECT_EQ(*parse_level(to_string(level)), level);
  const auto wrong = parse_level("Info");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error(), Errc::invalid_setting);
  EXPECT_THAT(wrong.error().context, HasSubstr("debug, info, warning or error"));
}

}  // namespace
}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/log_journal.h"
#include "support/test_ca.h"

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

// ---- records of the systemd journal

using testing::ElementsAre;

TEST(JournalRecord, HasTheLineForReadersAndEachFactForMachines) {
  const Field fields[] = {{"peer", "192.0.2.1"}, {"total_us", 7}, {"why", "not listed"}};
  EXPECT_THAT(journal_record("rms-connectord", Level::warning, Event::unauthorized, "refused", fields),
              ElementsAre("MESSAGE=refused event=2001 peer=192.0.2.1 total_us=7 why=\"not listed\"", "PRIORITY=4",
                          "SYSLOG_IDENTIFIER=rms-connectord", "RMS_EVENT=2001", "RMS_PEER=192.0.2.1", "RMS_TOTAL_US=7",
                          "RMS_WHY=not listed"));
  EXPECT_THAT(journal_record("p", Level::debug, Event::none, "m", {}),
              ElementsAre("MESSAGE=m", "PRIORITY=7", "SYSLOG_IDENTIFIER=p"));
  EXPECT_EQ(journal_record("p", Level::info, Event::none, "m", {})[1], "PRIORITY=6");
  EXPECT_EQ(journal_record("p", Level::error, Event::none, "m", {})[1], "PRIORITY=3");
}

TEST(JournalRecord, NamesAreWhatTheJournalTakes) {
  EXPECT_EQ(journal_name("correlation_id"), "RMS_CORRELATION_ID");
  EXPECT_EQ(journal_name("limits.connections"), "RMS_LIMITS_CONNECTIONS");
  EXPECT_EQ(journal_name("a=b\nMESSAGE"), "RMS_A_B_MESSAGE");
  EXPECT_EQ(journal_name("\xc3\xa4"), "RMS___");
  EXPECT_EQ(journal_name(std::string(60, 'n')).size(), kMostJournalNameBytes);
  EXPECT_EQ(journal_name(std::string(61, 'n')).size(), kMostJournalNameBytes);
}

TEST(JournalRecord, KeepsHostileValuesInTheirField) {
  for (const std::string& value : kHostile) {
    const Field field("v", value);
    const auto record = journal_record("p", Level::info, Event::none, "m", {&field, 1});
    ASSERT_EQ(record.size(), 4U);
    EXPECT_EQ(record[3], "RMS_V=" + value);
    EXPECT_TRUE(std::ranges::all_of(record[0], [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) << record[0];
  }
}

TEST(JournalRecord, CutsWhatIsTooLong) {
  const Field just("v", std::string(kMostJournalValueBytes, 'v')),
      over("v", std::string(kMostJournalValueBytes + 1, 'v'));
  for (const Field& field : {just, over})
    EXPECT_EQ(journal_record("p", Level::info, Event::none, "m", {&field, 1})[3].size(),
              std::string("RMS_V=").size() + kMostJournalValueBytes);
  const Field between("v", std::string(kMostJournalValueBytes - 1, 'v') + "\xc3\xa4");
  EXPECT_TRUE(journal_record("p", Level::info, Event::none, "m", {&between, 1})[3].ends_with("vvv"))
      << "not in the middle of a character";
  const std::string message(kMostJournalMessageBytes + 1, 'm');
  EXPECT_EQ(journal_record("p", Level::info, Event::none, message, {})[0].size(),
            std::string("MESSAGE=").size() + kMostJournalMessageBytes);
  const std::vector<Field> many(kMostJournalFields + 1, Field("n", "v"));
  EXPECT_EQ(journal_record("p", Level::info, Event::none, "m", many).size(), 3 + kMostJournalFields);
}

TEST(JournalStream, IsOursIfDeviceAndInodeAre) {
  const test::TempDir dir;
  const int fd = ::open(dir.write("stream", "").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  struct stat info {};
  ASSERT_EQ(::fstat(fd, &info), 0);
  const std::string device = std::to_string(info.st_dev), inode = std::to_string(info.st_ino);
  EXPECT_TRUE(is_journal_stream(device + ":" + inode, fd));
  EXPECT_FALSE(is_journal_stream(device + ":" + std::to_string(info.st_ino + 1), fd));
  EXPECT_FALSE(is_journal_stream(std::to_string(info.st_dev + 1) + ":" + inode, fd));
  for (const std::string wrong : {"", ":", "1:", ":1", "x:y", "-1:-1"}) EXPECT_FALSE(is_journal_stream(wrong, fd));
  EXPECT_FALSE(is_journal_stream(device + ":" + inode + " ", fd));
  EXPECT_FALSE(is_journal_stream(device + ":" + inode, -1));
  ::close(fd);
}

TEST(JournalStream, AVariableThatSpeaksOfAnotherStreamIsNotHeard) {
  ::setenv("JOURNAL_STREAM", "1:1", 1);
  EXPECT_FALSE(stderr_is_journal());
  const std::string line = written(LogFormat::text, Level::info, [](Log&) {
    make_log(Level::info, LogFormat::automatic, "p")->info("on standard error");
  });
  ::unsetenv("JOURNAL_STREAM");
  EXPECT_THAT(line, HasSubstr("info on standard error"));
}

TEST(Events, AreAllInTheirTable) {
  std::ifstream in(std::string(RMS_SOURCE_DIR) + "/docs/events.md");
  const std::string table{std::istreambuf_iterator<char>(in), {}};
  for (const Event event : {Event::started,           Event::stopped,      Event::first_access,   Event::client_secured,
                            Event::list_loaded,       Event::upstream_up,  Event::journal_back,   Event::heads_kept,
                            Event::unauthenticated,   Event::unauthorized, Event::plain_http,     Event::empty_list,
                            Event::upstream_lost,     Event::shedding,     Event::journal_failed, Event::heads_not_kept,
                            Event::head_contradicted, Event::journal_anew, Event::unhandled,      Event::list_failed})
    EXPECT_THAT(table, HasSubstr("\n| " + std::to_string(static_cast<int>(event)) + " |"));
}

// ---- a journal that stands still

class JournalSocket : public testing::Test {
 protected:
  JournalSocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path_, address.sun_path);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot bind " + path_);
  }
  ~JournalSocket() override { ::close(socket_); }
  // The next record; empty: there is none. What came as a file is read from it.
  std::string read() {
    std::string bytes(1024 * 1024, '\0');
    iovec part{bytes.data(), bytes.size()};
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    auto got = ::recvmsg(socket_, &message, 0);
    if (const cmsghdr* header = got < 0 ? nullptr : CMSG_FIRSTHDR(&message)) {
      int file = -1;
      std::memcpy(&file, CMSG_DATA(header), sizeof file);
      got = ::pread(file, bytes.data(), bytes.size(), 0);
      ::close(file);
    }
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }

  const test::TempDir directory_;
  const std::string path_ = (directory_.path() / "socket").string();
  const int socket_;
};

TEST_F(JournalSocket, GetsRecordsInTheJournalsOwnFormat) {
  JournalSender sender(path_);
  EXPECT_EQ(sender.send({"MESSAGE=two\nlines", "PRIORITY=6"}), JournalSend::taken);
  EXPECT_EQ(read(), "MESSAGE\n\x09\0\0\0\0\0\0\0"s + "two\nlines\nPRIORITY=6\n");
}

TEST_F(JournalSocket, WhatIsTooLongForItComesAsAFile) {
  JournalSender sender(path_);
  const std::string longest = "MESSAGE=" + std::string(900'000, 'm');
  std::vector<std::string> record{longest};
  for (int i = 0; i < 4; ++i) record.push_back("RMS_N" + std::to_string(i) + "=" + std::string(20'000, 'v'));
  ASSERT_EQ(sender.send(record), JournalSend::taken);
  EXPECT_TRUE(read().starts_with(longest + "\nRMS_N0=v"));
}

TEST_F(JournalSocket, ThatIsNeverReadCostsRecordsAndNotTheDaemon) {
  const auto log = make_journal_log(Level::info, "p", path_);
  for (int i = 0; i < 20'000; ++i) log->info("m " + std::to_string(i));  // far more than any socket holds
  std::size_t kept = 0;
  while (!read().empty()) ++kept;
  ASSERT_GT(kept, 0u);
  ASSERT_LT(kept, 20'000u);
  log->info("again");
  EXPECT_THAT(read(), testing::HasSubstr("MESSAGE=again"));
  EXPECT_THAT(read(), testing::HasSubstr("RMS_LOST=" + std::to_string(20'000 - kept)));
  log->info("and on");
  EXPECT_THAT(read(), testing::HasSubstr("MESSAGE=and on"));
  EXPECT_EQ(read(), "") << "told once";
}

}  // namespace
}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
//
// The journal on the disk: what is written, what survives, and that whatever is done to it afterwards is found.
#include <sys/resource.h>

#include <fstream>
#include <functional>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/audit/chain_writer.h"
#include "connector/audit/verify.h"
#include "net/signing.h"
#include "support/fake_clock.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream in(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write_lines(const fs::path& path, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  write_file(path, text);
}

class ChainTest : public testing::Test {
 protected:
  ChainTest() {
    settings_.directory = directory_.path() / "audit";
    fs::create_directory(settings_.directory);
  }

  void open() {
    auto writer = ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
    ASSERT_TRUE(writer) << writer.error().to_string();
    writer_ = *std::move(writer);
  }

  Result<void> write(std::string_view reason = "allowed", std::uint64_t dropped = 0) {
    const std::vector<std::string> one{
        JournalMembers(clock_.wall(), "decision").add("reason", reason).add("status", std::uint64_t{200}).take()};
    return writer_->write(one, dropped);
  }
  // A journal of `decisions` and the line that it was started, which is number 1.
  void journal(int decisions) {
    open();
    for (int i = 0; i < decisions; ++i) ASSERT_TRUE(write());
  }

  fs::path file(std::uint64_t first = 1) const { return settings_.directory / journal_file_name(first); }

  JournalCheck check(const std::optional<JournalHead>& known = std::nullopt) const {
    const auto files = list_journal(settings_.directory);
    EXPECT_TRUE(files);
    auto checked = check_journal(*files, true, known);
    EXPECT_TRUE(checked);
    return *std::move(checked);
  }
  void expect_good(std::uint64_t decisions) const {
    const JournalCheck found = check();
    for (const JournalProblem& problem : found.problems)
      ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.what;
    EXPECT_EQ(found.decisions, decisions);
  }
  // The only problem: of that line, saying that.
  void expect_problem(std::size_t line, const std::string& what, std::uint64_t first = 1) const {
    const JournalCheck found = check();
    ASSERT_GE(found.problems.size(), 1U) << "nothing was found";
    EXPECT_EQ(found.problems[0].file, file(first));
    EXPECT_EQ(found.problems[0].line, line);
    EXPECT_THAT(found.problems[0].what, HasSubstr(what));
    EXPECT_EQ(found.problems.size(), 1U) << found.problems[1].what;
  }

  test::TempDir directory_;
  test::RecordLog log_;
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  AuditSettings settings_;
  std::unique_ptr<ChainWriter> writer_;
};

TEST_F(ChainTest, ALineIsWhatTheDocumentationSays) {
  open();
  ASSERT_TRUE(write());
  const auto lines = lines_of(file());
  ASSERT_EQ(lines.size(), 2U);
  const std::string first =
      R"({"seq":1,"time":"2027-01-15T08:00:00.000Z","kind":"started","connector":"connector-1","version":"1.2.3","journal":")" +
      writer_->mark().id + "\",\"prev\":\"" + std::string(64, '0') + "\"";
  EXPECT_EQ(lines[0], first + ",\"hash\":\"" + net::sha256_hex(first) + "\"}");
  const std::string second =
      R"({"seq":2,"time":"2027-01-15T08:00:00.000Z","kind":"decision","reason":"allowed","status":200,"prev":")" +
      net::sha256_hex(first) + "\"";
  EXPECT_EQ(lines[1], second + ",\"hash\":\"" + net::sha256_hex(second) + "\"}");
}

TEST_F(ChainTest, HostileValuesStayOneLineOfAscii) {
  open();
  ASSERT_TRUE(write("a\"b\\c\n{\"seq\":9}\r\x1b[2J\xff\xe2\x80\xa8"));
  const std::string text = read_file(file());
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
  expect_good(1);
}

TEST_F(ChainTest, GoesOnWhereItWasAfterARestart) {
  journal(3);
  writer_.reset();
  open();
  ASSERT_TRUE(write());
  expect_good(4);
  EXPECT_EQ(check().head, writer_->head());
  EXPECT_EQ(writer_->head().sequence, 6U) << "two starts, four decisions";
}

TEST_F(ChainTest, OneProcessWritesAtATime) {
  open();
  const auto second = ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), Errc::unavailable);
}

TEST_F(ChainTest, ADirectoryThatIsNotThereIsNotMade) {
  settings_.directory /= "none";
  const auto writer = ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error(), Errc::not_found);
}

// --- rotation

TEST_F(ChainTest, AFullFileIsFollowedByAnotherOneOfTheSameChain) {
  settings_.rotate_bytes = 1024;
  journal(30);
  const auto files = list_journal(settings_.directory);
  ASSERT_TRUE(files);
  EXPECT_GT(files->size(), 3U);
  for (std::size_t i = 0; i + 1 < files->size(); ++i) EXPECT_GE(fs::file_size(files->at(i).path), 1024U);
  expect_good(30);
}

TEST_F(ChainTest, AnOldFileIsFollowedByAnotherOne) {
  settings_.rotate_age = 1h;
  journal(1);
  clock_.advance(59min);
  ASSERT_TRUE(write());
  EXPECT_EQ(list_journal(settings_.directory)->size(), 1U);
  writer_.reset();
  open();  // how old a file is does not begin anew with the process
  clock_.advance(1min);
  ASSERT_TRUE(write());
  EXPECT_EQ(list_journal(settings_.directory)->size(), 2U);
  expect_good(3);
}

TEST_F(ChainTest, FilesBeyondKeepAreRemovedAndTheChainSaysSo) {
  settings_.rotate_bytes = 1024;
  settings_.keep = 2;
  journal(30);
  const auto files = list_journal(settings_.directory);
  ASSERT_EQ(files->size(), 2U);
  EXPECT_GT(files->front().first_sequence, 1U);
  EXPECT_TRUE(check().problems.empty()) << check().problems[0].what;
  // Somebody removes one more.
  fs::remove(files->front().path);
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(found.problems[0].what, HasSubstr("nothing in it says that what came before was removed"));
}

TEST_F(ChainTest, WithoutKeepNothingIsRemoved) {
  settings_.rotate_bytes = 1024;
  journal(30);
  fs::remove(file(1));
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(found.problems[0].what, HasSubstr("nothing in it says that what came before was removed"));
}

// --- ends of kills

TEST_F(ChainTest, ATornLineIsClosedAndTheChainGoesOn) {
  journal(2);
  writer_.reset();
  const std::string text = read_file(file());
  write_file(file(), text + text.substr(0, 70));
  expect_problem(4, "is cut short");
  open();
  ASSERT_TRUE(write());
  expect_good(3);
  const JournalCheck found = check();
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_EQ(found.notes[0].line, 4U);
  EXPECT_EQ(log_.count_from(Level::warning), 1U);
  EXPECT_TRUE(read_file(file()).starts_with(text + text.substr(0, 70) + "\n")) << "nothing is taken away";
}

TEST_F(ChainTest, ALineThatLacksOnlyItsEndCounts) {
  journal(2);
  writer_.reset();
  std::string text = read_file(file());
  text.pop_back();
  write_file(file(), text);
  expect_good(2);
  open();
  ASSERT_TRUE(write());
  expect_good(3);
}

TEST_F(ChainTest, AFileThatWasOnlyBegunIsUsed) {
  settings_.rotate_bytes = 64;
  journal(1);
  const auto next = writer_->head().sequence + 1;
  writer_.reset();
  write_file(file(next), "");
  open();
  ASSERT_TRUE(write());
  expect_good(2);
  EXPECT_GT(fs::file_size(file(next)), 0U);
}

TEST_F(ChainTest, ATornLineInAFileThatWasOnlyBegunIsClosedThere) {
  settings_.rotate_bytes = 64;
  journal(1);
  const auto next = writer_->head().sequence + 1;
  writer_.reset();
  write_file(file(next), "{\"seq\":");
  open();
  ASSERT_TRUE(write());
  expect_good(2);
}

TEST_F(ChainTest, NothingIsAddedToAJournalThatEndsWithSomethingElse) {
  journal(1);
  writer_.reset();
  write_file(file(), read_file(file()) + "{}\n");
  const auto writer = ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error(), Errc::corrupt);
}

// --- a full disk

// No file may grow beyond so much: for write() that is as a full disk, but for the number of the error.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ChainTest, WhatAFullDiskDoesNotTakeLeavesNoTraceButItsNumber) {
  journal(2);
  const std::string before = read_file(file());
  {
    const FullDisk full(before.size() + 50);  // room for a part of a line
    EXPECT_FALSE(write());
    EXPECT_EQ(read_file(file()), before);
    EXPECT_FALSE(write());
    EXPECT_EQ(log_.count_from(Level::error), 1U) << "said once, not for each request";
  }
  ASSERT_TRUE(write());
  expect_good(3);
  const JournalCheck found = check();
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_THAT(found.notes[0].what, HasSubstr("2 decisions"));
}

TEST_F(ChainTest, AStartOnAFullDiskIsToldOnceThereIsRoom) {
  open();
  {
    const FullDisk full(0);
    EXPECT_FALSE(writer_->write({}, 0));
  }
  ASSERT_TRUE(write());
  expect_good(1);
  EXPECT_THAT(lines_of(file()).at(0), HasSubstr("\"kind\":\"started\""));
}

TEST_F(ChainTest, AGroupIsWrittenWholeOrNotAtAll) {
  journal(1);
  const std::string before = read_file(file());
  const std::string one = JournalMembers(clock_.wall(), "decision").add("reason", "allowed").take();
  const std::vector<std::string> group(5, one);
  {
    const FullDisk full(before.size() + 700);  // two or three of the five
    EXPECT_FALSE(writer_->write(group, 0));
  }
  EXPECT_EQ(read_file(file()), before);
  ASSERT_TRUE(writer_->write(group, 0));
  expect_good(6);
}

TEST_F(ChainTest, DecisionsThatWereDroppedAreCounted) {
  journal(1);
  ASSERT_TRUE(write("allowed", 7));
  const JournalCheck found = check();
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_THAT(found.notes[0].what, HasSubstr("7 decisions"));
  expect_good(2);
}

// --- tampering. Line n of the file is line n of the journal; line 1 says that it was started.

TEST_F(ChainTest, AChangedLineIsNamed) {
  journal(5);
  auto lines = lines_of(file());
  lines[2].replace(lines[2].find("allowed"), 7, "refused");
  write_lines(file(), lines);
  expect_problem(3, "was changed");
}

TEST_F(ChainTest, ALineThatWasChangedAndSealedAnewIsNamed) {
  journal(5);
  auto lines = lines_of(file());
  const auto read = read_journal_line(lines[2]);
  ASSERT_TRUE(read);
  JournalHead forged{2, read->previous};
  lines[2] = chain(forged, JournalMembers(clock_.wall(), "decision").add("reason", "no_entry").take());
  lines[2].pop_back();
  write_lines(file(), lines);
  expect_problem(4, "does not follow line 3");
}

TEST_F(ChainTest, AMissingLineIsNamed) {
  journal(5);
  auto lines = lines_of(file());
  lines.erase(lines.begin() + 2);
  write_lines(file(), lines);
  expect_problem(3, "line 3 of the journal is missing before it");
}

TEST_F(ChainTest, MissingLinesAreNamedBesideAChangedOne) {
  journal(6);
  auto lines = lines_of(file());
  lines[1][40] ^= 1;
  lines.erase(lines.begin() + 2, lines.begin() + 4);
  write_lines(file(), lines);
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].line, 2U);
  EXPECT_THAT(found.problems[1].what, HasSubstr("lines 3 to 4 of the journal are missing"));
}

TEST_F(ChainTest, LinesInAnotherOrderAreNamed) {
  journal(5);
  auto lines = lines_of(file());
  std::swap(lines[2], lines[3]);
  write_lines(file(), lines);
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].line, 3U);
  EXPECT_THAT(found.problems[0].what, HasSubstr("line 3 of the journal is missing before it"));
  EXPECT_EQ(found.problems[1].line, 4U);
  EXPECT_THAT(found.problems[1].what, HasSubstr("out of order"));
}

TEST_F(ChainTest, ALineThatStandsThereTwiceIsNamed) {
  journal(5);
  auto lines = lines_of(file());
  lines.insert(lines.begin() + 3, lines[2]);
  write_lines(file(), lines);
  expect_problem(4, "there twice");
}

TEST_F(ChainTest, AnAddedLineIsNamed) {
  journal(3);
  auto lines = lines_of(file());
  lines.insert(lines.begin() + 2, R"({"seq":3,"kind":"decision"})");
  write_lines(file(), lines);
  expect_problem(3, "not a line of the journal");
}

TEST_F(ChainTest, ARestThatNoKillLeftIsNamed) {
  journal(2);
  writer_.reset();
  write_file(file(), read_file(file()) + "{\"seq\":4,");
  open();
  ASSERT_TRUE(write());
  auto lines = lines_of(file());
  lines[3] = "{\"seq\":4 ";
  write_lines(file(), lines);
  expect_problem(4, "not a line of the journal");
}

TEST_F(ChainTest, AFileThatWasCutShortIsNamed) {
  settings_.rotate_bytes = 1024;
  journal(12);
  const auto files = *list_journal(settings_.directory);
  ASSERT_GT(files.size(), 2U);
  const fs::path cut = files[0].path;
  const std::string text = read_file(cut);
  write_file(cut, text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].file, files[1].path);
  EXPECT_THAT(found.problems[0].what, HasSubstr("is missing before it"));

  write_file(cut, text.substr(0, text.size() - 10));
  found = check();
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].file, cut);
  EXPECT_THAT(found.problems[0].what, HasSubstr("is cut short"));
}

TEST_F(ChainTest, TheEndThatWasCutOffIsNamedByAHeadThatWasNoted) {
  journal(4);
  const JournalHead noted = writer_->head();
  EXPECT_TRUE(check(noted).problems.empty());
  auto lines = lines_of(file());
  lines.pop_back();
  write_lines(file(), lines);
  expect_good(3);  // nothing else could tell
  const JournalCheck found = check(noted);
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(found.problems[0].what, HasSubstr("line 5 with the hash that was noted is not here"));
}

TEST_F(ChainTest, AFileThatIsMissingIsNamed) {
  settings_.rotate_bytes = 1024;
  journal(12);
  const auto files = *list_journal(settings_.directory);
  ASSERT_GT(files.size(), 2U);
  fs::remove(files[1].path);
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].file, files[2].path);
  EXPECT_THAT(found.problems[0].what, HasSubstr("are missing before it"));
}

TEST_F(ChainTest, AFileOfAnotherJournalIsNamed) {
  journal(3);
  const std::string mine = read_file(file());
  writer_.reset();
  fs::remove(file());
  clock_.advance(1s);
  journal(5);
  // Lines 1 to 4 of one journal, 5 and 6 of the other.
  const auto others = lines_of(file());
  write_file(file(), mine + others[4] + "\n" + others[5] + "\n");
  expect_problem(5, "comes from another journal");
}

TEST_F(ChainTest, ARenamedFileIsNamed) {
  journal(3);
  fs::rename(file(1), file(7));
  expect_problem(1, "the name of its file says 7", 7);
}

TEST_F(ChainTest, APieceOfAJournalCanBeCheckedAlone) {
  settings_.rotate_bytes = 1024;
  journal(12);
  const auto files = *list_journal(settings_.directory);
  const auto piece = check_journal({files[1]}, false);
  ASSERT_TRUE(piece);
  EXPECT_TRUE(piece->problems.empty());
}

TEST(JournalHeadText, IsWhatChecksShow) {
  const JournalHead head{42, net::sha256_hex("x")};
  const auto read = parse_journal_head(to_string(head));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, head);
  for (const char* wrong : {"", "42", "42:", "0:", "x:y", "42:abc"}) EXPECT_FALSE(parse_journal_head(wrong)) << wrong;
  EXPECT_FALSE(parse_journal_head(to_string(head) + "0"));
}

}  // namespace
}  // namespace rms::connector

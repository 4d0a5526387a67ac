// SPDX-License-Identifier: Apache-2.0
//
// Which journal a journal is, and how it is held against the heads that the rights service kept of it.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/guid.h"
#include "connector/audit/chain_writer.h"
#include "connector/audit/verify.h"
#include "support/fake_clock.h"
#include "support/outcome.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// What stands between a line's number and its place in the chain.
std::string members_of(const std::string& line) {
  const std::size_t begin = line.find(',') + 1;
  return line.substr(begin, line.rfind(",\"prev\":") - begin);
}

// A journal whose head the service kept now and then, and what may be done to either.
class AuditHeadsTest : public testing::Test {
 protected:
  AuditHeadsTest() {
    settings_.directory = directory_.path() / "audit";
    fs::create_directory(settings_.directory);
    service_.file = "heads.json";
    service_.complete = true;
    open();
  }

  void open() {
    writer_.reset();
    writer_ = *ChainWriter::open(settings_, "connector-1", "1.2.3", clock_, log_);
  }
  void write(JournalMembers members) {
    const std::vector<std::string> one{members.take()};
    ASSERT_TRUE(writer_->write(one, 0));
    clock_.advance(1min);
  }
  void decide(std::string_view reason = "allowed") {
    write(JournalMembers(clock_.wall(), "decision").add("reason", reason));
  }
  // The service keeps the head, and the journal gets the receipt.
  void keep() {
    const JournalHead head = writer_->head();
    const std::string now = journal_time(clock_.wall());
    service_.heads.push_back({"connector-1", writer_->mark().id, head, now, service_.heads.empty()});
    write(JournalMembers(clock_.wall(), "kept")
              .add("journal", writer_->mark().id)
              .add("kept_seq", head.sequence)
              .add("kept_hash", head.hash)
              .add("kept_time", now));
    service_.taken = journal_time(clock_.wall());
  }
  // started, 9 decisions and a receipt after each third: heads of lines 4, 8 and 12.
  void journal() {
    for (int i = 1; i <= 9; ++i) {
      decide();
      if (i % 3 == 0) keep();
    }
  }

  fs::path file() const { return settings_.directory / journal_file_name(1); }
  // Writes all anew from the line `number` on, which becomes another; the chain is good.
  void rewrite(std::size_t number, bool with_receipts = true) {
    const auto lines = lines_of(file());
    JournalHead head;
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::string members = members_of(lines[i]);
      if (i + 1 == number) members.replace(members.find("allowed"), 7, "refused");
      if (!with_receipts && i + 1 > number && members.find("\"kept\"") != members.npos) continue;
      text += chain(head, members);
    }
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << text;
  }
  void cut_after(std::size_t number) {
    std::string text;
    auto lines = lines_of(file());
    for (std::size_t i = 0; i < number; ++i) text += lines[i] + "\n";
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << text;
  }

  JournalCheck check(bool with_heads = true, bool whole = true) const {
    auto checked =
        check_journal(*list_journal(settings_.directory), whole, std::nullopt, with_heads ? &service_ : nullptr);
    EXPECT_TRUE(checked);
    return *std::move(checked);
  }
  void expect_good() const {
    for (const JournalProblem& problem : check().problems)
      ADD_FAILURE() << problem.file << ":" << problem.line << ": " << problem.what;
  }
  // The only problem.
  void expect_problem(const fs::path& where, std::size_t line, const std::string& what) const {
    const JournalCheck found = check();
    ASSERT_EQ(found.problems.size(), 1U) << (found.problems.empty() ? "" : found.problems.back().what);
    EXPECT_EQ(found.problems[0].file, where);
    EXPECT_EQ(found.problems[0].line, line);
    EXPECT_THAT(found.problems[0].what, HasSubstr(what));
  }

  test::TempDir directory_;
  test::RecordLog log_;
  test::FakeClock clock_{WallTime(std::chrono::seconds(1'800'000'000))};
  AuditSettings settings_;
  ServiceHeads service_;
  std::unique_ptr<ChainWriter> writer_;
};

// --- which journal it is

TEST_F(AuditHeadsTest, AJournalIsTheSameAfterARestartAndKnowsWhatWasKept) {
  const std::string id = writer_->mark().id;
  EXPECT_TRUE(is_guid(id));
  EXPECT_FALSE(writer_->mark().kept);
  journal();
  open();
  EXPECT_EQ(writer_->mark().id, id);
  EXPECT_EQ(writer_->mark().kept, service_.heads.back().head);
}

TEST_F(AuditHeadsTest, SoItIsWhenItsFirstFilesAreGone) {
  settings_.rotate_bytes = 1024;
  settings_.keep = 2;
  open();
  const std::string id = writer_->mark().id;
  for (int i = 0; i < 30; ++i) decide();
  ASSERT_GT(list_journal(settings_.directory)->front().first_sequence, 1U);
  for (int i = 0; i < 2; ++i) {
    open();
    EXPECT_EQ(writer_->mark().id, id);
    decide();
  }
  EXPECT_TRUE(check(false).problems.empty());
}

TEST_F(AuditHeadsTest, OneThatIsBegunAnewIsAnother) {
  const std::string id = writer_->mark().id;
  decide();
  fs::remove(file());
  open();
  EXPECT_NE(writer_->mark().id, id);
}

TEST_F(AuditHeadsTest, ValuesOfCallersDoNotNameIt) {
  const std::string id = writer_->mark().id;
  decide("x\",\"journal\":\"11111111-1111-4111-8111-111111111111");
  decide("\\\",\"journal\":\"11111111-1111-4111-8111-111111111111");
  open();
  EXPECT_EQ(writer_->mark().id, id);
}

// --- held against the service's heads

TEST_F(AuditHeadsTest, AJournalThatWasLeftAloneIsGood) {
  journal();
  expect_good();
  EXPECT_EQ(check().heads, 3U);
  decide();  // written since
  keep();    // and kept after the list was taken
  service_.heads.pop_back();
  service_.taken = service_.heads.back().kept + "Z";
  expect_good();
}

TEST_F(AuditHeadsTest, AChainWrittenAnewIsFoundFromTheFirstHeadThatDisagrees) {
  journal();
  rewrite(7);
  EXPECT_TRUE(check(false).problems.empty()) << "by itself nobody can tell";
  const JournalCheck found = check();
  ASSERT_GE(found.problems.size(), 1U);
  EXPECT_EQ(found.problems[0].file, file());
  EXPECT_EQ(found.problems[0].line, 8U);
  EXPECT_THAT(found.problems[0].what, HasSubstr("written anew after line 4, the last that agrees"));
  EXPECT_THAT(found.problems[0].what, HasSubstr("(1 more"));
}

TEST_F(AuditHeadsTest, ACutEndIsFound) {
  journal();
  cut_after(9);
  EXPECT_TRUE(check(false).problems.empty());
  expect_problem(file(), 9, "the service kept line 12 at 2027-01-15T08:11:00.000Z: the end was cut off");
}

TEST_F(AuditHeadsTest, APieceIsHeldAgainstTheHeadsOfItsOwnLines) {
  journal();
  cut_after(9);
  EXPECT_TRUE(check(true, false).problems.empty()) << "what comes after it is not asked for";
  EXPECT_EQ(check(true, false).heads, 2U);
}

TEST_F(AuditHeadsTest, AHeadThatTheServiceLostIsFoundByItsReceipt) {
  journal();
  service_.heads.erase(service_.heads.begin() + 1);
  expect_problem(file(), 9, "the receipt of 2027-01-15T08:07:00.000Z for line 8, which heads.json does not have");
}

TEST_F(AuditHeadsTest, AHeadThatTheServiceChangedIsFoundFromBothSides) {
  journal();
  service_.heads[1].head.hash = std::string(64, 'b');
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].line, 8U);
  EXPECT_EQ(found.problems[1].line, 9U);
  EXPECT_THAT(found.problems[1].what, HasSubstr("whose hash is another in heads.json"));
}

TEST_F(AuditHeadsTest, WhatTheServiceMayHaveLetGoOfIsNotMissing) {
  journal();
  service_.heads.erase(service_.heads.begin() + 1);  // the first is pinned, the third the oldest of the others
  service_.complete = false;
  expect_good();
  service_.heads.insert(service_.heads.begin() + 1, {"connector-1", writer_->mark().id, {2, ""}, "", false});
  service_.heads[1].head.hash = read_journal_line(lines_of(file())[1])->own.hash;
  expect_problem(file(), 9, "which heads.json does not have");
}

TEST_F(AuditHeadsTest, AJournalThatTheServiceHasNeverSeenIsNotGood) {
  journal();
  for (ServiceHead& head : service_.heads) head.journal = new_guid();
  const JournalCheck found = check();
  ASSERT_EQ(found.problems.size(), 2U);
  EXPECT_EQ(found.problems[0].file, "heads.json");
  EXPECT_THAT(found.problems[0].what, HasSubstr("has no head of this journal, which is " + writer_->mark().id));
  EXPECT_THAT(found.problems[1].what, HasSubstr("(2 more"));
}

TEST_F(AuditHeadsTest, AnotherJournalOfTheConnectorIsToldOf) {
  journal();
  const std::string before = new_guid();
  service_.heads.push_back({"connector-1", before, {77, std::string(64, 'c')}, "2026-01-01T00:00:00.000Z", true});
  service_.heads.push_back({"connector-2", new_guid(), {5, std::string(64, 'd')}, "2026-01-01T00:00:00.000Z", true});
  expect_good();
  const JournalCheck found = check();
  ASSERT_EQ(found.notes.size(), 1U) << "other connectors are nothing to it";
  EXPECT_THAT(found.notes[0].what, HasSubstr(before + ", kept up to line 77"));
}

TEST_F(AuditHeadsTest, LinesThatWereRemovedByKeepAreNotAskedFor) {
  settings_.rotate_bytes = 1024;
  settings_.keep = 2;
  open();
  for (int i = 0; i < 20; ++i) {
    decide();
    keep();
  }
  ASSERT_GT(list_journal(settings_.directory)->front().first_sequence, 1U);
  expect_good();
  EXPECT_LT(check().heads, service_.heads.size());
}

TEST_F(AuditHeadsTest, ManyFindingsAreToldAsFew) {
  for (int i = 0; i < 200; ++i) {
    decide();
    keep();
  }
  const auto first = service_.heads.front();
  service_.heads = {first};
  expect_problem(file(), 5, "(198 more receipts");
}

// --- the file

class HeadsFileTest : public testing::Test {
 protected:
  Result<ServiceHeads> read(const std::string& text) {
    return read_service_heads(directory_.write("heads.json", text));
  }
  static std::string one(const std::string& what, const std::string& with) {
    std::string text = R"({"tenant":"contoso.test","taken":"2027-01-15T08:00:00.000Z","complete":true,"heads":[
{"connector":"c1","journal":"0f45fd50-383b-43ee-90a4-ed013cd0cfe5","sequence":7,"hash":")" +
                       std::string(64, 'a') + R"(","kept":"2027-01-15T07:00:00.000Z","pinned":true}
]})";
    const auto at = text.find(what);
    EXPECT_NE(at, text.npos) << what;
    return text.replace(at, what.size(), with);
  }

  test::TempDir directory_;
};

TEST_F(HeadsFileTest, IsReadAsItWasWritten) {
  const auto heads = read(one("c1", "c1"));
  ASSERT_TRUE(heads) << heads.error().to_string();
  EXPECT_TRUE(heads->complete);
  EXPECT_EQ(heads->taken, "2027-01-15T08:00:00.000Z");
  ASSERT_EQ(heads->heads.size(), 1U);
  EXPECT_EQ(heads->heads[0].connector, "c1");
  EXPECT_EQ(heads->heads[0].head, (JournalHead{7, std::string(64, 'a')}));
  EXPECT_EQ(heads->heads[0].kept, "2027-01-15T07:00:00.000Z");
  EXPECT_TRUE(heads->heads[0].pinned);
}

TEST_F(HeadsFileTest, AnythingElseIsRefused) {
  EXPECT_TRUE(fails_with(read(""), Errc::malformed));
  EXPECT_TRUE(fails_with(read("[]"), Errc::malformed));
  EXPECT_TRUE(fails_with(read("KEPT (UTC)  CONNECTOR"), Errc::malformed)) << "the table is for people";
  EXPECT_TRUE(fails_with(read(one("\"taken\"", "\"taken?\"")), Errc::malformed));
  EXPECT_TRUE(fails_with(read(one("\"heads\"", "\"heads?\"")), Errc::malformed));
  EXPECT_TRUE(fails_with(read(one(":7", ":0")), Errc::malformed));
  EXPECT_TRUE(fails_with(read(one(":7", ":\"7\"")), Errc::malformed));
  EXPECT_TRUE(fails_with(read(one("aaaa", "AAAA")), Errc::malformed));
  EXPECT_TRUE(fails_with(read(one("0f45", "0g45")), Errc::malformed));
  EXPECT_TRUE(fails_with(read_service_heads(directory_.path() / "none"), Errc::not_found));
}

TEST_F(HeadsFileTest, HasALimit) {
  const fs::path file = directory_.write("heads.json", "");
  fs::resize_file(file, kMaxHeadsFileBytes + 1);  // sparse
  EXPECT_TRUE(fails_with(read_service_heads(file), Errc::too_large));
}

}  // namespace
}  // namespace rms::connector

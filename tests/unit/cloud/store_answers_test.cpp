// SPDX-License-Identifier: Apache-2.0
//
// A question is answered once, whoever asks it how often, in one process or in two; and what a store says that is away.
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "base/guid.h"
#include "cloud/store/sqlite_store.h"
#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using test::succeeds;

const WallTime kNow = WallTime(std::chrono::seconds(1'790'000'000));

class StoreAnswers : public testing::Test {
 protected:
  StoreAnswers() { must(store_->add_tenant({tenant_, "contoso.test", "https://rms", "<XrML/>", {1}, {2}, {3}, kNow})); }

  static QuestionRecord question(const std::string& id = "11111111-1111-4111-8111-111111111111") {
    return {"c1", "AcquireLicense", id, std::string(64, 'd')};
  }
  static UsageRow row(const std::string& id) {
    UsageRow row;
    row.time = kNow;
    row.row_id = id;
    return row;
  }
  // Books one row and an answer; the answer that there was, or "".
  static std::string book(SqliteStore& store, const std::string& tenant, const QuestionRecord& question,
                          const std::string& answer, WallTime now = kNow) {
    const std::vector rows{row(answer)};
    const auto earlier = must(store.book(tenant, {rows, nullptr, {}, &question, answer, now}));
    return earlier ? earlier->answer : "";
  }
  std::string book(const QuestionRecord& question, const std::string& answer, WallTime now = kNow) {
    return book(*store_, tenant_, question, answer, now);
  }
  std::optional<AnswerRecord> kept(const QuestionRecord& question) {
    return must(store_->find_answer(tenant_, question));
  }
  std::size_t rows() { return must(store_->last_usage(std::nullopt, 100'000)).size(); }
  std::int64_t answers() { return must(must(Database::open(file_, 5s)).number("SELECT count(*) FROM answers")); }
  void open(const SqliteStore::Options& options) {
    store_.reset();
    store_ = must(SqliteStore::open(options));
  }

  test::TempDir directory_;
  std::filesystem::path room_ =
      (std::filesystem::create_directory(directory_.path() / "room"), directory_.path() / "room");
  std::filesystem::path file_ = room_ / "store.db";
  const std::string tenant_ = new_guid();
  std::unique_ptr<SqliteStore> store_ = must(SqliteStore::open({file_}));
};

TEST_F(StoreAnswers, TheFirstIsKeptAndTheSecondWritesNothing) {
  const std::string bytes("a\0b", 3);
  EXPECT_EQ(book(question(), bytes), "");
  EXPECT_EQ(book(question(), "second"), bytes);
  EXPECT_EQ(kept(question())->answer, bytes);
  EXPECT_EQ(kept(question())->digest, std::string(64, 'd'));
  EXPECT_EQ(rows(), 1u);
}

TEST_F(StoreAnswers, AreOfOneConnectorOneOperationAndOneTenant) {
  book(question(), "first");
  auto other = question();
  other.connector = "c2";
  EXPECT_EQ(book(other, "of c2"), "");
  other = question();
  other.method = "Certify";
  EXPECT_EQ(book(other, "of Certify"), "");
  const auto tenant = new_guid();
  must(store_->add_tenant({tenant, "fabrikam.test", "https://rms", "<XrML/>", {1}, {2}, {3}, kNow}));
  EXPECT_EQ(book(*store_, tenant, question(), "of fabrikam"), "");
  EXPECT_EQ(kept(question())->answer, "first");
  EXPECT_FALSE(kept(question(new_guid())));
}

TEST_F(StoreAnswers, AnAttemptWithoutOneLeavesItsRowUnlessThereIsOne) {
  const std::vector rows_of_it{row("not answered")};
  const auto asked = question();
  EXPECT_FALSE(must(store_->book(tenant_, {rows_of_it, nullptr, {}, &asked})));
  EXPECT_EQ(rows(), 1u);
  EXPECT_FALSE(kept(asked)) << "an accident is no answer";
  EXPECT_EQ(book(asked, "answer"), "");
  EXPECT_EQ(must(store_->book(tenant_, {rows_of_it, nullptr, {}, &asked}))->answer, "answer");
  EXPECT_EQ(rows(), 2u);
}

TEST_F(StoreAnswers, ComeWithAllThatIsBookedOrWithNothing) {
  const std::vector<LicensorRecord> licensors{{"key", "S-1-5-21-1", "<XrML/>", kNow}};
  const std::vector rows_of_it{row("1")};
  const auto first = question(), second = question(new_guid());
  must(store_->book(tenant_, {rows_of_it, nullptr, licensors, &first, "answer", kNow}));
  EXPECT_TRUE(must(store_->find_licensor(tenant_, "key")));
  EXPECT_TRUE(fails_with(store_->book(tenant_, {rows_of_it, nullptr, licensors, &second, "answer", kNow}),
                         Errc::already_exists))
      << "the key is taken";
  EXPECT_EQ(rows(), 1u);
  EXPECT_FALSE(kept(second));
}

TEST_F(StoreAnswers, GoWhenTheyAreOldAFewAtATime) {
  for (int i = 0; i < 20; ++i) book(question(new_guid()), "x");
  const auto later = kNow + 10min + 1ms;
  book(question(), "new", later);
  EXPECT_EQ(answers(), 13) << "eight, so that nobody waits";
  book(question(new_guid()), "new", later);
  book(question(new_guid()), "new", later);
  EXPECT_EQ(answers(), 3) << "the new ones stay";
  EXPECT_EQ(kept(question())->answer, "new");
  EXPECT_EQ(rows(), 23u) << "rows of the usage log stay for good";
}

TEST_F(StoreAnswers, AreBoundedInNumberAndBytes) {
  open({file_, 5s, {}, {10min, 5, 1'000}});
  const auto first = question();
  book(first, "x");
  for (int i = 0; i < 5; ++i) book(question(new_guid()), "x");
  EXPECT_EQ(answers(), 5);
  EXPECT_FALSE(kept(first)) << "the oldest goes";
  book(question(new_guid()), std::string(999, 'x'));
  EXPECT_EQ(answers(), 2) << "1,000 bytes are allowed";
  book(question(), std::string(5'000, 'x'));
  EXPECT_EQ(answers(), 1) << "too large by itself, and needed all the same";
  EXPECT_EQ(kept(question())->answer.size(), 5'000u);
}

// As two services do that share one store, when a connector asks the second because the first is slow.
TEST_F(StoreAnswers, TwoProcessesAnswerEachQuestionOnceAndAlike) {
  constexpr int kQuestions = 300;
  std::vector<QuestionRecord> asked;
  for (int i = 0; i < kQuestions; ++i) asked.push_back(question(new_guid()));
  store_.reset();  // nothing of SQLite's goes over the fork
  const auto ask_all = [&](const std::string& who) {
    auto store = must(SqliteStore::open({file_, 30s}));
    for (const auto& each : asked) {
      const auto earlier = book(*store, tenant_, each, who + each.request_id);
      const auto answer = must(store->find_answer(tenant_, each))->answer;
      if (answer != (earlier.empty() ? who + each.request_id : earlier)) throw std::runtime_error("another answer");
    }
  };
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      ask_all("child");
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  ask_all("parent");
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  store_ = must(SqliteStore::open({file_}));
  EXPECT_EQ(rows(), static_cast<std::size_t>(kQuestions));
  EXPECT_EQ(answers(), kQuestions);
}

TEST_F(StoreAnswers, NothingIsReadOrWrittenWhileTheFileIsNotInItsPlace) {
  must(store_->add_connector({tenant_, "c1", std::string(64, 'a'), kNow, false}));
  const auto elsewhere = directory_.path() / "elsewhere";
  std::filesystem::rename(room_, elsewhere);
  const std::vector rows_of_it{row("1")};
  EXPECT_TRUE(fails_with(store_->append_usage(tenant_, rows_of_it), Errc::io_error));
  EXPECT_TRUE(fails_with(store_->find_connector(std::string(64, 'b')), Errc::io_error)) << "not: there is none";
  EXPECT_TRUE(fails_with(store_->probe(ProbedStore::Probe::look), Errc::io_error));
  // Another file under the same name is another store.
  std::filesystem::create_directory(room_);
  must(SqliteStore::open({file_}));
  EXPECT_TRUE(fails_with(store_->find_connector(std::string(64, 'a')), Errc::io_error));
  std::filesystem::remove_all(room_);

  std::filesystem::rename(elsewhere, room_);
  EXPECT_TRUE(succeeds(store_->probe(ProbedStore::Probe::write)));
  EXPECT_EQ(must(store_->find_connector(std::string(64, 'a'))).name, "c1");
  EXPECT_EQ(rows(), 0u);
  EXPECT_TRUE(succeeds(store_->append_usage(tenant_, rows_of_it)));
}

TEST_F(StoreAnswers, AProbeTellsWhetherOthersHoldTheLockAndWhetherThereIsRoom) {
  EXPECT_TRUE(succeeds(store_->probe(ProbedStore::Probe::look)));
  must(store_->limit_pages_for_test(1));  // first: later a probe finds the pages that the one before it gave back
  EXPECT_TRUE(fails_with(store_->probe(ProbedStore::Probe::write), Errc::io_error));
  must(store_->limit_pages_for_test(100'000));
  EXPECT_TRUE(succeeds(store_->probe(ProbedStore::Probe::write)));
  open({file_, 10ms});
  auto database = must(Database::open(file_, 5s));
  {
    auto holder = must(Transaction::begin(database));
    EXPECT_TRUE(fails_with(store_->probe(ProbedStore::Probe::look), Errc::unavailable));
    EXPECT_TRUE(fails_with(store_->probe(ProbedStore::Probe::write), Errc::unavailable));
  }
  EXPECT_TRUE(succeeds(store_->probe(ProbedStore::Probe::write)));
}

// Who waits behind others for the same lock does not wait anew when it is their turn.
TEST_F(StoreAnswers, TheTimeToWaitBeginsWithTheCall) {
  open({file_, 300ms});
  auto database = must(Database::open(file_, 5s));
  auto holder = must(Transaction::begin(database));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&] {
      const std::vector rows_of_it{row("1")};
      EXPECT_TRUE(fails_with(store_->append_usage(tenant_, rows_of_it), Errc::unavailable));
    });
  for (auto& writer : writers) writer.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8 * 300ms) << "one after the other";
}

}  // namespace
}  // namespace rms::cloud

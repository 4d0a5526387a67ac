// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/answers.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;

class AnswersTest : public testing::Test {
 protected:
  static QuestionRecord question(const std::string& id = "1", const std::string& digest = "d") {
    return {"c1", "AcquireLicense", id, digest};
  }
  Answers::Begun begin(const QuestionRecord& question) {
    return answers_.begin("t", question, [this](const Answers::Ending& ending) { heard_.push_back(ending); });
  }
  void answer(const QuestionRecord& question, const std::string& bytes) {
    answers_.end("t", question, Answers::Answered{std::make_shared<const std::string>(bytes)});
  }
  static std::string bytes(const Answers::Begun& begun) {
    const auto* answered = std::get_if<Answers::Answered>(&begun);
    return answered ? *answered->answer : "none";
  }

  test::FakeClock clock_{WallTime(std::chrono::seconds(1'790'000'000))};
  Answers answers_{clock_, {2, 3, 100, 10min}};
  std::vector<Answers::Ending> heard_;
};

TEST_F(AnswersTest, OneWorksAndTheOthersGetWhatItGot) {
  EXPECT_TRUE(std::holds_alternative<Answers::Ours>(begin(question())));
  EXPECT_TRUE(std::holds_alternative<Answers::Waits>(begin(question())));
  EXPECT_TRUE(std::holds_alternative<Answers::Waits>(begin(question())));
  EXPECT_TRUE(std::holds_alternative<Answers::TooMany>(begin(question()))) << "two may wait";
  EXPECT_TRUE(heard_.empty());
  answer(question(), "bytes");
  ASSERT_EQ(heard_.size(), 2u);
  for (const auto& each : heard_) EXPECT_EQ(*std::get<Answers::Answered>(each).answer, "bytes");
  EXPECT_EQ(bytes(begin(question())), "bytes") << "and so does who comes later";
}

TEST_F(AnswersTest, AnotherQuestionUnderTheSameIdGetsNoAnswer) {
  begin(question());
  EXPECT_TRUE(std::holds_alternative<Answers::OtherQuestion>(begin(question("1", "other")))) << "while it is at work";
  answer(question(), "bytes");
  EXPECT_TRUE(std::holds_alternative<Answers::OtherQuestion>(begin(question("1", "other"))));
}

TEST_F(AnswersTest, AnAccidentIsToldAndNotKept) {
  begin(question());
  begin(question());
  answers_.end("t", question(), Answers::Failed{{grpc::StatusCode::UNAVAILABLE, "away"}});
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(std::get<Answers::Failed>(heard_[0]).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(std::holds_alternative<Answers::Ours>(begin(question())));
}

TEST_F(AnswersTest, WhenTheOneAtWorkGivesUpTheOthersBeginAnew) {
  begin(question());
  begin(question());
  answers_.end("t", question(), Answers::Abandoned{});
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Answers::Abandoned>(heard_[0]));
  EXPECT_TRUE(std::holds_alternative<Answers::Ours>(begin(question())));
}

TEST_F(AnswersTest, AreBoundedInNumberBytesAndAge) {
  const auto ask = [&](const std::string& id, const std::string& bytes) {
    begin(question(id));
    answer(question(id), bytes);
  };
  for (const auto* id : {"1", "2", "3"}) ask(id, "x");
  EXPECT_EQ(answers_.kept_for_test(), 3u);
  ask("4", "x");
  EXPECT_EQ(answers_.kept_for_test(), 3u);
  EXPECT_TRUE(std::holds_alternative<Answers::Ours>(begin(question("1")))) << "the oldest has gone";
  ask("5", std::string(98, 'x'));
  EXPECT_EQ(answers_.kept_for_test(), 3u);
  ask("6", std::string(99, 'x'));
  EXPECT_EQ(answers_.kept_for_test(), 1u) << "100 bytes in all";
  ask("7", std::string(101, 'x'));
  EXPECT_EQ(answers_.kept_for_test(), 0u) << "too large to be kept in memory";
  ask("8", "x");
  clock_.advance(10min + 1s);
  ask("9", "x");
  EXPECT_EQ(answers_.kept_for_test(), 1u);
  EXPECT_EQ(bytes(begin(question("9"))), "x");
}

}  // namespace
}  // namespace rms::cloud

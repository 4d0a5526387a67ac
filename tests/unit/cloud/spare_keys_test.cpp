// SPDX-License-Identifier: Apache-2.0
#include "cloud/keys/spare_keys.h"

#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <optional>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "support/eventually.h"
#include "support/outcome.h"
#include "support/record_log.h"

namespace rms::cloud {
namespace {

using test::eventually;
using test::fails_with;
using test::must;
using xrml::PrivateKey;

// Where keys come from. Those that the test's own thread asks for are made at once; the others wait for the test if it
// says so. Small keys: their length is not the point.
class SpareKeysTest : public testing::Test {
 protected:
  SpareKeys::Make maker() {
    return [this]() -> Result<PrivateKey> {
      if (std::this_thread::get_id() == here_) return make();
      ++begun_;
      if (gate_) gate_->wait();
      priority_ = ::getpriority(PRIO_PROCESS, 0);
      if (throws_) throw std::runtime_error("no randomness");
      ++made_ahead_;
      return make();
    };
  }
  Result<PrivateKey> make() {
    if (fails_) return Error(Errc::unavailable, "no randomness");
    return PrivateKey::generate(1024);
  }
  // Errors that the log has.
  std::size_t errors() const { return log_.count_from(Level::error); }

  const std::thread::id here_ = std::this_thread::get_id();
  std::optional<std::latch> gate_;
  std::atomic<int> begun_ = 0, made_ahead_ = 0, priority_ = -100;
  std::atomic<bool> fails_ = false, throws_ = false;
  test::RecordLog log_;
};

TEST_F(SpareKeysTest, AreMadeAgainWhenTakenAndNeverMoreThanTold) {
  {
    SpareKeys keys(3, log_, maker());
    for (int taken = 0; taken < 20; ++taken) {
      ASSERT_TRUE(eventually([&] { return keys.ready() == 3; }));
      EXPECT_EQ(made_ahead_, 3 + taken);
      must(keys.take());
    }
    ASSERT_TRUE(eventually([&] { return keys.ready() == 3; }));
  }
  EXPECT_EQ(made_ahead_, 23);
}

TEST_F(SpareKeysTest, AreMadeByAThreadThatLetsAllOthersGoFirst) {
  const int mine = ::getpriority(PRIO_PROCESS, 0);
  SpareKeys keys(1, log_, maker());
  ASSERT_TRUE(eventually([&] { return keys.ready() == 1; }));
  EXPECT_EQ(priority_, 19);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), mine);
}

TEST_F(SpareKeysTest, AreMadeAtOnceWhereNoneIsReady) {
  gate_.emplace(1);
  SpareKeys keys(2, log_, maker());
  EXPECT_TRUE(test::succeeds(keys.take()));
  EXPECT_TRUE(test::succeeds(keys.take()));
  EXPECT_EQ(made_ahead_, 0);
  gate_->count_down();
}

TEST_F(SpareKeysTest, AreNotMadeAheadWhereNoneAreWanted) {
  {
    SpareKeys keys(0, log_, maker());
    EXPECT_TRUE(test::succeeds(keys.take()));
    EXPECT_EQ(keys.ready(), 0u);
  }
  EXPECT_EQ(begun_, 0);
}

TEST_F(SpareKeysTest, StopWithTheOneThatIsBeingMade) {
  gate_.emplace(1);
  {
    SpareKeys keys(100, log_, maker());
    ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
    keys.stop_making();
    EXPECT_EQ(made_ahead_, 0) << "it did not wait";
    EXPECT_TRUE(test::succeeds(keys.take())) << "calls in hand are answered";
    gate_->count_down();
  }
  EXPECT_EQ(begun_, 1);
}

TEST_F(SpareKeysTest, CanBeTakenAfterTheStop) {
  SpareKeys keys(2, log_, maker());
  ASSERT_TRUE(eventually([&] { return keys.ready() == 2; }));
  keys.stop_making();
  for (std::size_t left : {1u, 0u, 0u}) {
    EXPECT_TRUE(test::succeeds(keys.take()));
    EXPECT_EQ(keys.ready(), left);
  }
}

TEST_F(SpareKeysTest, ThatCannotBeMadeAreTriedAgainWhenSomebodyAsks) {
  fails_ = true;
  SpareKeys keys(2, log_, maker());
  for (std::size_t asked = 0; asked < 10; ++asked) {
    ASSERT_TRUE(eventually([&] { return errors() == asked + 1; })) << errors();
    throws_ = asked % 2 == 0;
    EXPECT_TRUE(fails_with(keys.take(), Errc::unavailable));
  }
  ASSERT_TRUE(eventually([&] { return errors() == 11; })) << errors();
  EXPECT_EQ(keys.ready(), 0u);
  fails_ = throws_ = false;
  must(keys.take());
  EXPECT_TRUE(eventually([&] { return keys.ready() == 2; }));
  EXPECT_EQ(errors(), 11u);
}

TEST_F(SpareKeysTest, AreGivenOutOnceWhoeverTakesThem) {
  SpareKeys keys(4, log_, [] { return PrivateKey::generate(1024); });
  std::vector<std::vector<std::string>> taken(4);
  std::vector<std::thread> threads;
  for (auto& names : taken)
    threads.emplace_back([&] {
      for (int i = 0; i < 8; ++i) names.push_back(must(keys.take()).public_key().fingerprint());
    });
  for (auto& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& names : taken) all.insert(names.begin(), names.end());
  EXPECT_EQ(all.size(), 32u);
  EXPECT_TRUE(eventually([&] { return keys.ready() == 4; }));
}

TEST_F(SpareKeysTest, HaveTheLengthOfAccountKeys) {
  SpareKeys keys(1, log_);
  ASSERT_TRUE(eventually([&] { return keys.ready() == 1; }));
  EXPECT_EQ(must(keys.take()).public_key().bits(), 2048u);
}

}  // namespace
}  // namespace rms::cloud

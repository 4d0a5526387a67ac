// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <boost/system/system_error.hpp>

#include "base/result.h"

namespace rms {
namespace {

TEST(Error, EveryCodeHasItsOwnName) {
  constexpr int kLast = static_cast<int>(Errc::invalid_setting);
  std::set<std::string> names;
  for (int value = 1; value <= kLast; ++value) names.insert(error_category().message(value));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast));
  EXPECT_EQ(error_category().message(kLast + 1), "unknown error " + std::to_string(kLast + 1));
  EXPECT_STREQ(error_category().name(), "rms");
}

TEST(Error, ComparesByCode) {
  EXPECT_TRUE(Error(Errc::denied, "x") == Errc::denied);
  EXPECT_FALSE(Error(Errc::denied, "x") == Errc::unavailable);
  EXPECT_FALSE(Error(boost::system::error_code(static_cast<int>(Errc::denied), boost::system::generic_category()),
                     "x") == Errc::denied);
}

TEST(Error, SaysWhereFromOutsideIn) {
  EXPECT_EQ(Error(Errc::malformed, "bad base64").in("the digest").in("the licence").to_string(),
            "malformed: the licence: the digest: bad base64");
  EXPECT_EQ(Error(Errc::too_large, "").to_string(), "too large");
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error(Errc::malformed, std::to_string(n) + " is odd");
  return n / 2;
}
Result<std::string> quarter(int n) {
  RMS_TRY(const int h, half(n));
  RMS_TRY(const int q, half(h));
  return std::to_string(q);
}
Result<void> must_be_even(int n) {
  RMS_CHECK(half(n));
  return {};
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(*quarter(8), "2");
  EXPECT_EQ(quarter(7).error().context, "7 is odd");
  EXPECT_EQ(quarter(6).error().context, "3 is odd");
}

TEST(Result, CheckReturnsTheErrorOnly) {
  EXPECT_TRUE(must_be_even(2));
  ASSERT_FALSE(must_be_even(3));
  EXPECT_EQ(must_be_even(3).error(), Errc::malformed);
}

TEST(Result, TryMovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  const auto use = [&]() -> Result<int> {
    RMS_TRY(const auto pointer, make());
    return *pointer;
  };
  EXPECT_EQ(*use(), 7);
}

TEST(Result, ValueOfAFailureThrowsItsCode) {
  try {
    std::ignore = half(1).value();
    FAIL() << "nothing was thrown";
  } catch (const boost::system::system_error& e) {
    EXPECT_EQ(e.code(), make_error_code(Errc::malformed));
  }
}

}  // namespace
}  // namespace rms

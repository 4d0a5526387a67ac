// SPDX-License-Identifier: Apache-2.0
#include "base/what.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace rms {
namespace {

TEST(What, SaysWhatTheExceptionSays) {
  EXPECT_EQ(what(std::make_exception_ptr(std::runtime_error("a bug"))), "a bug");
}

TEST(What, IsUnknownOfWhatIsNoException) {
  EXPECT_EQ(what(std::make_exception_ptr(7)), "unknown");
}

}  // namespace
}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

namespace rms {
namespace {

// In a process of its own: the change cannot be taken back, and leak checkers need a process that can be traced.
TEST(Process, LeavesNoCoreAndCannotBeTraced) {
  EXPECT_EXIT(
      {
        const bool done = forbid_core_dumps().has_value();
        struct rlimit limit {};
        ::getrlimit(RLIMIT_CORE, &limit);
        const bool no_core = limit.rlim_cur == 0 && limit.rlim_max == 0;
        std::_Exit(done && no_core && ::prctl(PR_GET_DUMPABLE) == 0 ? 42 : 1);
      },
      testing::ExitedWithCode(42), "");
}

TEST(Process, LowersThePriorityOfTheThreadThatAsksAlone) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  int lowered = before;
  std::thread([&] {
    lower_thread_priority();
    lowered = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_EQ(lowered, 19);
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace rms

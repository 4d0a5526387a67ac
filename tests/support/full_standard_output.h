// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace rms::test {

// Standard output on a disk that is full, for as long as it lives.
class FullStandardOutput {
 public:
  FullStandardOutput() : kept_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    ::dup2(full, STDOUT_FILENO);
    ::close(full);
  }
  FullStandardOutput(const FullStandardOutput&) = delete;
  FullStandardOutput& operator=(const FullStandardOutput&) = delete;
  ~FullStandardOutput() {
    std::fflush(stdout);  // what could not be written is lost here, and not in the test's own output
    ::dup2(kept_, STDOUT_FILENO);
    ::close(kept_);
    std::clearerr(stdout);
  }

 private:
  int kept_;
};

}  // namespace rms::test

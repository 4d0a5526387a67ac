// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/front/log_budget.h"

namespace rms::cloud {

// While it lives, what gRPC itself has to say goes to `log` instead of standard error, at info at most and a bounded
// number of lines: it speaks of peers that misbehave, which is nothing an administrator here could mend. One per
// process: of several the youngest wins. Make it before gRPC is used. gRPC's threads, which may outlive every server,
// call `log` until the destructor returns, never after.
class GrpcLog {
 public:
  GrpcLog(Log& log, const Clock& clock);
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
  ~GrpcLog();

 private:
  struct Hook;
  void write(Level level, std::string_view said);

  Log& log_;
  LogBudget budget_;
};

}  // namespace rms::cloud

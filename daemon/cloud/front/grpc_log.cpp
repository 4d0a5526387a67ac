// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/grpc_log.h"

#include <array>

#include <grpc/support/log.h>

#include "base/clock.h"
#include "cloud/front/log_budget.h"

namespace rms::cloud {
namespace {

// gRPC's log function is a plain pointer: what it writes to must be reachable without one.
Log* target = nullptr;

LogBudget& budget() {
  static const SystemClock clock;
  static LogBudget budget(clock);
  return budget;
}

void write(gpr_log_func_args* line) {
  const auto level = line->severity == GPR_LOG_SEVERITY_ERROR ? Level::info : Level::debug;
  if (!target->enabled(level)) return;
  if (const auto kept_back = budget().spend())
    target->write(level, Event::none, "gRPC",
                  std::array{Field("said", line->message), Field("not_logged", *kept_back)});
}

}  // namespace

void route_grpc_log_to(Log& log) {
  target = &log;
  gpr_set_log_function(write);
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/grpc_log.h"

#include <array>
#include <mutex>

#include <grpc/support/log.h>

namespace rms::cloud {
namespace {

// gRPC's log function is a plain pointer: what it writes to must be reachable without one.
std::mutex mutex;
GrpcLog* current = nullptr;  // guarded by mutex

}  // namespace

struct GrpcLog::Hook {
  static void write(gpr_log_func_args* line) {
    const std::lock_guard lock(mutex);
    if (current) current->write(line->severity == GPR_LOG_SEVERITY_ERROR ? Level::info : Level::debug, line->message);
  }
};

GrpcLog::GrpcLog(Log& log, const Clock& clock) : log_(log), budget_(clock) {
  const std::lock_guard lock(mutex);
  current = this;
  gpr_set_log_function(Hook::write);
}

GrpcLog::~GrpcLog() {
  const std::lock_guard lock(mutex);
  if (current == this) current = nullptr;
}

void GrpcLog::write(Level level, std::string_view said) {
  if (!log_.enabled(level)) return;
  if (const auto kept_back = budget_.spend())
    log_.write(level, Event::none, "gRPC", std::array{Field("said", said), Field("not_logged", *kept_back)});
}

}  // namespace rms::cloud

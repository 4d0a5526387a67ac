// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/grpc_log.h"

#include <mutex>
#include <string_view>

#include <grpc/support/log.h>

namespace rms::connector {
namespace {

// gRPC's hook is a bare function pointer, so where it leads must be global.
std::mutex mutex;
Log* current = nullptr;  // guarded by mutex

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

void forward(gpr_log_func_args* args) {
  const std::lock_guard lock(mutex);
  if (!current || !current->enabled(Level::debug)) return;
  current->debug(args->message, {{"component", "grpc"},
                                 {"severity", gpr_log_severity_string(args->severity)},
                                 {"source", file_name(args->file)},
                                 {"line", args->line}});
}

}  // namespace

GrpcLog::GrpcLog(Log& log) : log_(log) {
  const std::lock_guard lock(mutex);
  current = &log_;
  gpr_set_log_function(forward);
}

GrpcLog::~GrpcLog() {
  const std::lock_guard lock(mutex);
  if (current == &log_) current = nullptr;
}

}  // namespace rms::connector

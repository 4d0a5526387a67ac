// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

namespace rms::connector {

// While it lives, what gRPC says of itself goes to `log` at debug, with gRPC's own severity as a field; without it gRPC
// writes to standard error in a format of its own. Debug, because gRPC repeats an error at every attempt to connect;
// the pool says once, with the reason, what became of a connection. The hook is one per process: of several the
// youngest wins. Make it before the first channel. Its threads call `log` until the destructor returns, never after.
class GrpcLog {
 public:
  explicit GrpcLog(Log& log);
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
  ~GrpcLog();

 private:
  Log& log_;
};

}  // namespace rms::connector

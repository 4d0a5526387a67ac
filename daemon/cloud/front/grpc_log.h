// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"

namespace rms::cloud {

// What gRPC itself has to say goes to `log` instead of standard error, at info at most and a bounded number of lines:
// it speaks of peers that misbehave, which is nothing an administrator here could mend. Once, before gRPC is used;
// `log` and this process's gRPC live equally long.
void route_grpc_log_to(Log& log);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// What a gRPC status means to us. For sources of this room only.
#pragma once

#include <string_view>

#include <grpcpp/support/status.h>

#include "base/error.h"
#include "connector/telemetry/metrics.h"

namespace rms::connector {

// Why `method` was not answered. REQUIRES: !status.ok()
// UNAVAILABLE -> unavailable, DEADLINE_EXCEEDED -> deadline_exceeded, RESOURCE_EXHAUSTED -> overloaded,
// CANCELLED -> cancelled: could not ask. PERMISSION_DENIED and UNAUTHENTICATED -> denied: the service does not accept
// this connector. Every other one -> unavailable: INTERNAL, UNKNOWN and DATA_LOSS are accidents of the service,
// INVALID_ARGUMENT, UNIMPLEMENTED and the rest mean that both sides do not speak the same contract. None of them
// decided anything about the caller, so none may look like a denial.
Error to_error(const grpc::Status& status, std::string_view method);

// "UNAVAILABLE"; "UNKNOWN" for a number that gRPC does not define.
std::string_view status_name(grpc::StatusCode code);

// Which kind of failure gRPC's text about a connection tells of. gRPC has no code for it; a text that is not recognized
// is ConnectFailure::other.
ConnectFailure classify_connect_failure(std::string_view text);

}  // namespace rms::connector

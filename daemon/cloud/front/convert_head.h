// SPDX-License-Identifier: Apache-2.0
//
// Between the messages of proto/rms/v1/audit.proto and our own values.
#pragma once

#include "base/result.h"
#include "cloud/store/records.h"
#include "rms/v1/audit.pb.h"

namespace rms::cloud {

// Errc::malformed says which field is not what the contract allows, and what would be right.
Result<void> check(const v1::KeepHeadRequest& message);

// Whose it is and when it was kept is not in a message. REQUIRES: checked.
HeadRecord to_head(const v1::KeepHeadRequest& message);

void write(const KeptHead& kept, v1::KeepHeadResponse* message);

}  // namespace rms::cloud

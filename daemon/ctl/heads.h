// SPDX-License-Identifier: Apache-2.0
//
// Heads of audit journals as rms-cloudctl shows them. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "cloud/store/records.h"

namespace rms::ctl {

// For people: one head a line, as NUMBER:HASH.
std::string heads_table(std::span<const cloud::HeadRecord> heads);

// For `rms-connectorctl audit verify --heads`. `complete`: there are no others, and none was let go of.
std::string heads_json(std::string_view tenant, WallTime taken, bool complete,
                       std::span<const cloud::HeadRecord> heads);

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rms::client {

// What the program calls itself, to people and in the service's usage log.
std::string_view version();
std::string_view system_name();

}  // namespace rms::client

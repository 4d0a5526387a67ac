// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>

namespace rms {

// What an exception that nobody foresaw says of itself, for the log; "unknown" if it is no std::exception.
// REQUIRES: `failure` is not null.
std::string what(const std::exception_ptr& failure);

}  // namespace rms

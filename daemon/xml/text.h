// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace rms::xml {

// REQUIRES: a valid code point.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace rms::xml

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rms {

// The bytes of the well-formed UTF-8 character that `text` starts with (Unicode, table 3-7); 0 if it starts with none.
// Pure; any thread.
std::size_t utf8_character_bytes(std::string_view text);

// `text` as a terminal may get it: letters of every script stay; what may steer the terminal or mislead the reader
// (controls, C1 ones too, marks that turn the direction of writing or are not seen, ends of lines) and what is no UTF-8
// has become '?'. Pure; any thread.
std::string printable_utf8(std::string_view text);

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace rms {

// A new random GUID, lower case, without braces: "0f45fd50-383b-43ee-90a4-ed013cd0cfe5". Any thread.
std::string new_guid();

// The same, in the braces that XrML and the usage log want.
std::string new_braced_guid();

// A GUID that is always the same for the same name in the same space (RFC 4122 version 5), without braces.
std::string named_guid(std::string_view space, std::string_view name);

// `guid` without the braces around it, if it has them. Views into `guid`; any text.
inline std::string_view without_braces(std::string_view guid) {
  return guid.starts_with('{') && guid.ends_with('}') ? guid.substr(1, guid.size() - 2) : guid;
}

// Whether `text` is a GUID, with braces or without.
bool is_guid(std::string_view text);

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
//
// What people may be called: by an address or by a SID. One rule for all who take such names, so that whom one of them
// knows the others can name.
#pragma once

#include <string_view>

namespace rms {

// One @ with something on both sides, at most 320 bytes (RFC 3696: 64 + 1 + 255) of UTF-8 (RFC 6531), no space, control
// character, bracket, quotation mark, colon, comma or semicolon, as lists of addresses are written with those. An
// apostrophe is part of some names. Whether there is a mailbox is not looked at. Pure; any thread.
bool is_address(std::string_view text);

// "S-1-5-21-...": at most 184 bytes (15 sub-authorities), no part of it empty. Pure; any thread.
bool is_sid(std::string_view text);

}  // namespace rms

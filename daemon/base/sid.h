// SPDX-License-Identifier: Apache-2.0
//
// The two forms of a SID: bytes, as directories and tickets have them (MS-DTYP 2.4.2.2), and text, as settings have
// them (2.4.2.1). What a text must look like to be taken from a person is base/address.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rms {

// A SID has at most this many sub-authorities.
inline constexpr std::size_t kMaxSubAuthorities = 15;

// "S-1-5-21-...". REQUIRES: at most kMaxSubAuthorities. Pure; any thread.
std::string sid_text(std::uint64_t authority, std::span<const std::uint32_t> sub_authorities);

// The text of all of `bytes`; nothing if they are no SID: of another revision, too many sub-authorities, cut short or
// with something behind. Pure; any thread.
std::optional<std::string> sid_text(std::string_view bytes);

// The way back. Nothing if a part is no number, does not fit, or there are more than kMaxSubAuthorities. Pure.
std::optional<std::string> sid_bytes(std::string_view text);

}  // namespace rms

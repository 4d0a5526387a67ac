// SPDX-License-Identifier: Apache-2.0
//
// How single values are written. Pure functions; all fail with Errc::invalid_setting and say what would be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::yaml {

// Decimal digits, a minus where it is one; no plus, no leading zeros, no 0x: `010` is a mistake, never eight.
Result<std::int64_t> parse_integer(std::string_view text);

// "500ms", "5s", "15m", "1h". A bare number is refused: nobody can tell what it counts.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

// "512B", "64KiB", "16MiB", "1GiB".
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

struct Endpoint {
  std::string host;  // name or address, without brackets
  std::uint16_t port = 0;
};
// "rights.example.com:8443", "192.0.2.1:443", "[2001:db8::1]:443".
Result<Endpoint> parse_endpoint(std::string_view text);

// `text` in quotes, fit to be shown: control characters replaced, cut after some 60 bytes.
std::string in_quotes(std::string_view text);

// The candidate that `text` was probably meant to be: at most two slips away and fewer than half of it. Empty if none.
std::string_view closest(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace rms::yaml

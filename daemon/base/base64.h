// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rms {

// How many characters base64 makes of so many bytes.
constexpr std::size_t base64_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Writes `bytes` as base64 (RFC 4648 4) to `to`, which takes base64_size(bytes.size()) characters. Returns its end.
template <class Out>
constexpr Out write_base64(std::string_view bytes, Out to) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) *to++ = i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 0x3f];
  }
  return to;
}

}  // namespace rms

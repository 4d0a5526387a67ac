// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace rms {
namespace {

constexpr std::size_t kMaxAddressBytes = 320;
constexpr std::size_t kMaxSidBytes = 184;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte != 0x7f && std::string_view("<>\":,;").find(c) == std::string_view::npos;
}

}  // namespace

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= kMaxAddressBytes && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && std::ranges::all_of(text, is_plain) && is_utf8(text);
}

bool is_sid(std::string_view text) {
  return text.size() <= kMaxSidBytes && text.size() > 4 && text.starts_with("S-1-") && text.back() != '-' &&
         text.find("--") == std::string_view::npos &&
         text.find_first_not_of("0123456789-", 2) == std::string_view::npos;
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <algorithm>
#include <cstddef>

namespace rms {
namespace {

constexpr std::size_t kMaxAddressBytes = 320;
constexpr std::size_t kMaxSidBytes = 184;

bool is_continuation(unsigned char c) {
  return (c & 0xc0) == 0x80;
}

// The bytes of the well-formed UTF-8 character that `text` starts with (Unicode, table 3-7); 0 if it starts with none.
std::size_t character_bytes(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : '\0'; };
  const unsigned char first = at(0), second = at(1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !is_continuation(second)) return 0;
  if (first < 0xe0) return 2;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool no_character = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  if (overlong || no_character || !is_continuation(at(2))) return 0;
  if (first < 0xf0) return 3;
  return is_continuation(at(3)) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
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

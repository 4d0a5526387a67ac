// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

namespace rms {
namespace {

bool is_continuation(unsigned char c) {
  return (c & 0xc0) == 0x80;
}

// REQUIRES: `character` is a well-formed one.
char32_t code_point(std::string_view character) {
  constexpr unsigned char kFirstByteBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t point = static_cast<unsigned char>(character[0]) & kFirstByteBits[character.size()];
  for (std::size_t i = 1; i < character.size(); ++i)
    point = point << 6 | (static_cast<unsigned char>(character[i]) & 0x3f);
  return point;
}

bool is_harmless(char32_t point) {
  const auto within = [point](char32_t first, char32_t last) { return point >= first && point <= last; };
  const bool control = point < 0x20 || within(0x7f, 0x9f);
  const bool unseen = point == 0xad || point == 0x61c || within(0x200b, 0x200f) || within(0x2028, 0x202e) ||
                      within(0x2060, 0x206f) || point == 0xfeff || within(0xfff9, 0xfffb) || within(0xe0000, 0xe0fff);
  return !control && !unseen;
}

}  // namespace

std::size_t utf8_character_bytes(std::string_view text) {
  const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : '\0'; };
  if (text.empty()) return 0;
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

std::string printable_utf8(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes > 0 && is_harmless(code_point(text.substr(0, bytes))))
      safe += text.substr(0, bytes);
    else
      safe += '?';
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return safe;
}

}  // namespace rms

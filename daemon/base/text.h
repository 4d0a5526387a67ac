// SPDX-License-Identifier: Apache-2.0
//
// Case, for the names that protocols compare without it (host names, media types, GUIDs, paths), and the blanks around
// them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rms {

// All of these know A-Z and a-z and leave every other byte alone, whatever the locale says: UTF-8 stays UTF-8, and no
// letter outside ASCII is the same as one within (a Turkish or fullwidth I is not an I). Pure; any thread.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

constexpr std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}
constexpr std::string to_upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_upper(c);
  return out;
}

// Not for secrets: how long it takes tells where they differ.
constexpr bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

// `text` without `blanks` at its ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include "soap/fault.h"

#include <algorithm>

namespace rms::soap {
namespace {

constexpr std::string_view kAspNetPrefix = "Server was unable to process request. ---> ";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}
bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

// Length of the dotted identifiers that `text` starts with; 0 if it starts with none.
std::size_t exception_name_length(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size() && is_letter(text[at]); at = end + 1) {
    end = at;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (end == text.size() || text[end] != '.') break;
  }
  return end;
}

}  // namespace

std::string Fault::to_string() const {
  if (exception.empty()) return text;
  return text.empty() ? exception : exception + ": " + text;
}

Fault parse_fault_string(std::string_view text) {
  if (text.starts_with(kAspNetPrefix)) text.remove_prefix(kAspNetPrefix.size());
  const std::size_t end = exception_name_length(text);
  const bool delimited = end == text.size() || text[end] == '-' || text[end] == ':' || text[end] == ' ';
  if (end == 0 || !delimited) return {{}, std::string(text)};

  const std::string_view name = text.substr(0, end);
  text.remove_prefix(std::min(text.size(), end + 1));
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
  return {std::string(name), std::string(text)};
}

}  // namespace rms::soap

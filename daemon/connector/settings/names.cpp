// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/names.h"

#include <algorithm>

#include "base/text.h"

namespace rms::connector {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHex = "0123456789abcdefABCDEF";
constexpr std::string_view kAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

bool consists_of(std::string_view text, std::string_view set, std::string_view also = "") {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_one_of(c, set) || is_one_of(c, also); });
}

// Whether `text` is one or more parts between `separator`, and each of them is right.
template <class IsRight>
bool each_part(std::string_view text, char separator, IsRight is_right) {
  for (;;) {
    const std::size_t end = text.find(separator);
    if (!is_right(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && consists_of(text, kAlphanumeric, "-") && text.front() != '-' &&
         text.back() != '-';
}

}  // namespace

bool is_entry_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && consists_of(text, kAlphanumeric, ".-_");
}

bool is_dns_name(std::string_view text) {
  return text.size() <= 253 && each_part(text, '.', is_label);
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() &&
         consists_of(text.substr(0, colon), kAlphanumeric, "+-.") && !is_one_of(text.front(), "0123456789+-.") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at <= 64 && text.size() <= 254 &&
         consists_of(text.substr(0, at), kAlphanumeric, "!#$%&'*+-/=?^_`{|}~.") && is_dns_name(text.substr(at + 1));
}

bool is_sid(std::string_view text) {
  constexpr std::string_view kStart = "S-1-";
  return text.starts_with(kStart) && text.size() <= 184 &&
         each_part(text.substr(kStart.size()), '-', [](std::string_view part) {
           return !part.empty() && part.size() <= 15 && consists_of(part, kDigits);
         });
}

bool is_domain_sid(std::string_view text) {
  constexpr std::string_view kStart = "S-1-5-21-";
  return is_sid(text) && text.starts_with(kStart) && std::count(text.begin(), text.end(), '-') == 6;
}

bool is_account(std::string_view text) {
  constexpr std::string_view kInNoAccount = "\"[]:;|=,+*?<>@\\";
  const std::size_t at = text.find('@'), backslash = text.find('\\');
  if (text.size() > 254 || (at == std::string_view::npos) == (backslash == std::string_view::npos)) return false;
  const bool by_realm = at != std::string_view::npos;
  const std::size_t split = by_realm ? at : backslash;
  const std::string_view name = by_realm ? text.substr(0, split) : text.substr(split + 1);
  const std::string_view domain = by_realm ? text.substr(split + 1) : text.substr(0, split);
  return !name.empty() && is_dns_name(domain) && std::none_of(name.begin(), name.end(), [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || is_one_of(c, kInNoAccount);
  });
}

bool is_fingerprint(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return text.size() == 64 && consists_of(text, kHex);
  return text.size() == 95 &&
         each_part(text, ':', [](std::string_view part) { return part.size() == 2 && consists_of(part, kHex); });
}

std::string bare_fingerprint(std::string_view text) {
  std::string digits = to_lower(text);
  std::erase(digits, ':');
  return digits;
}

}  // namespace rms::connector

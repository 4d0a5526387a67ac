// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/names.h"

#include <algorithm>

#include "base/text.h"
#include "yaml/values.h"

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

bool read_checked(yaml::Map& map, std::string_view key, std::string& to, yaml::Presence presence,
                  bool (*is_right)(std::string_view), std::string_view right) {
  std::string text;
  if (!map.text(key, text, presence)) return false;
  if (!is_right(text)) {
    map.problem(key, "must be " + std::string(right) + " (is " + yaml::in_quotes(text) + ")");
    return false;
  }
  to = std::move(text);
  return true;
}

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

bool is_dns_pattern(std::string_view text) {
  const std::size_t star = text.find('*'), dot = text.find('.');
  if (star == text.npos || dot == text.npos || star > dot) return false;
  std::string without(text);
  without[star] = 'x';
  return is_dns_name(without);
}

bool is_uri_pattern(std::string_view text) {
  const std::size_t star = text.find('*');
  return star != text.npos && text.find('*', star + 1) == text.npos && text.find("://") != text.npos &&
         text.rfind('/', star) > text.find("://") + 2 && text.find('/', star) == text.npos && is_uri(text);
}

Result<WallTime> parse_until(std::string_view text) {
  const auto wrong = [&] {
    return Error(Errc::invalid_setting,
                 "must be a day, as 2027-01-31 (to its end), or a time in UTC, as "
                 "2027-01-31T12:00:00Z (is " +
                     yaml::in_quotes(text) + ")");
  };
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits))
      value = c >= '0' && c <= '9' && value >= 0 ? value * 10 + (c - '0') : -1;
    return value;
  };
  const bool day_only = text.size() == 10;
  if (!day_only && text.size() != 20) return wrong();
  std::string shape(text);
  std::ranges::replace_if(
      shape, [](char c) { return c >= '0' && c <= '9'; }, '0');
  if (shape != (day_only ? "0000-00-00" : "0000-00-00T00:00:00Z")) return wrong();
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!day.ok() || number(0, 4) > 2200) return wrong();  // WallTime ends in 2262
  if (day_only) return WallTime(std::chrono::sys_days(day) + std::chrono::days(1));
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (hour > 23 || minute > 59 || second > 59) return wrong();
  return WallTime(std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second));
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

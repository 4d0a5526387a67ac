// SPDX-License-Identifier: Apache-2.0
#include "xrml/content.h"

#include <cassert>

namespace rms::xrml {
namespace {

void append(std::string& text, int value, int width) {
  std::string digits = std::to_string(value);
  text.append(static_cast<std::size_t>(width) - digits.size(), '0');
  text += digits;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::machine_certificate:
      return "machine certificate";
    case Kind::rights_account_certificate:
      return "rights account certificate";
    case Kind::client_licensor_certificate:
      return "client licensor certificate";
    case Kind::server_licensor_certificate:
      return "server licensor certificate";
    case Kind::authority_certificate:
      return "authority certificate";
    case Kind::publishing_license:
      return "publishing licence";
    case Kind::rights_data:
      return "rights data";
    case Kind::official_template:
      return "official template";
    case Kind::use_license:
      return "use licence";
  }
  return "unknown document";
}

const Object* Content::distribution_point(std::string_view type) const {
  for (const auto& point : distribution_points) {
    if (point.type == type) return &point;
  }
  return nullptr;
}

std::string format(Time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const auto minutes = static_cast<int>((t - day).count());
  assert(int{date.year()} >= 0 && int{date.year()} <= 9999);
  std::string text;
  append(text, int{date.year()}, 4);
  text += '-';
  append(text, static_cast<int>(unsigned{date.month()}), 2);
  text += '-';
  append(text, static_cast<int>(unsigned{date.day()}), 2);
  text += 'T';
  append(text, minutes / 60, 2);
  text += ':';
  append(text, minutes % 60, 2);
  return text;
}

Result<Time> parse_time(std::string_view text) {
  constexpr std::string_view kPattern = "dddd-dd-ddTdd:dd";
  bool fits = text.size() == kPattern.size();
  for (std::size_t i = 0; fits && i < kPattern.size(); ++i) {
    fits = kPattern[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == kPattern[i];
  }
  if (!fits) return Error(Errc::malformed, "time: not of the form 2013-04-16T16:58");
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (const char c : text.substr(at, length)) value = value * 10 + (c - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59) {
    return Error(Errc::malformed, "time: no such date or hour");
  }
  return sys_days(date) + hours(number(11, 2)) + minutes(number(14, 2));
}

}  // namespace rms::xrml

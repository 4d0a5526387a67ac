// SPDX-License-Identifier: Apache-2.0
#include "client/rights.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/address.h"
#include "base/text.h"

namespace rms::client {
namespace {

constexpr std::array kRights{
    Right{"VIEW", "View, Open, Read"},
    Right{"DOCEDIT", "Edit Content"},
    Right{"EDIT", "Save"},
    Right{"COMMENT", "Comment"},
    Right{"EXTRACT", "Copy"},
    Right{"EXPORT", "Save As, Export"},
    Right{"PRINT", "Print"},
    Right{"FORWARD", "Forward"},
    Right{"REPLY", "Reply"},
    Right{"REPLYALL", "Reply All"},
    Right{"VIEWRIGHTSDATA", "View Rights"},
    Right{"EDITRIGHTSDATA", "Change Rights"},
    Right{"OBJMODEL", "Allow Macros"},
    Right{"OWNER", "Full Control"},
};

Error wrong(std::string_view text, std::string_view what) {
  return Error(Errc::invalid_setting, "'" + std::string(text) + "': " + std::string(what) +
                                          "; right would be, for example, alice@contoso.test:VIEW,EDIT");
}

// What people may do with mail that is for them alone (Microsoft's option of this name).
constexpr std::array<std::string_view, 7> kDoNotForward{"VIEW",           "EDIT",  "DOCEDIT", "OBJMODEL",
                                                        "VIEWRIGHTSDATA", "REPLY", "REPLYALL"};

constexpr int kMaxExpiryDays = 9999;  // as templates have it

// "30d"
std::optional<int> days_of(std::string_view text) {
  int days = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (failure != std::errc() || std::string_view(end, text.data() + text.size()) != "d") return std::nullopt;
  return days;
}

// "2027-01-31", which is its end, or "2027-01-31T12:00Z"
std::optional<xrml::Time> moment_of(std::string_view text) {
  std::string spelled(text);
  const bool day = spelled.size() == std::string_view("2027-01-31").size();
  if (day)
    spelled += "T00:00";
  else if (spelled.ends_with('Z'))
    spelled.pop_back();
  else
    return std::nullopt;
  const auto time = xrml::parse_time(spelled);
  if (!time || xrml::format(*time) != spelled) return std::nullopt;
  return day ? *time + std::chrono::days(1) : *time;
}

bool lets_view(std::string_view right) {
  return right == "VIEW" || right == "OWNER";
}

}  // namespace

std::span<const Right> known_rights() {
  return kRights;
}

std::string_view meaning_of(std::string_view right) {
  const auto known = std::ranges::find_if(kRights, [&](const Right& r) { return equal_without_case(r.name, right); });
  return known == kRights.end() ? std::string_view() : known->meaning;
}

Result<xrml::RightsFor> parse_grant(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong(text, "no rights are named");
  xrml::RightsFor grant;
  grant.mail = text.substr(0, colon);
  if (!is_address(grant.mail)) return wrong(text, "'" + grant.mail + "' is no mail address");

  for (std::string_view left = text.substr(colon + 1);;) {
    const auto comma = left.find(',');
    const std::string right = to_upper(left.substr(0, comma));
    const auto is_it = [&](const Right& known) { return known.name == right; };
    if (std::none_of(kRights.begin(), kRights.end(), is_it)) {
      std::string names;
      for (const Right& known : kRights) names += (names.empty() ? "" : " ") + std::string(known.name);
      return wrong(text, "there is no right '" + right + "', there are " + names);
    }
    if (std::find(grant.rights.begin(), grant.rights.end(), right) == grant.rights.end()) grant.rights.push_back(right);
    if (comma == std::string_view::npos) return grant;
    left.remove_prefix(comma + 1);
  }
}

Result<xrml::RightsFor> parse_do_not_forward(std::string_view text) {
  if (!is_address(text))
    return Error(Errc::invalid_setting, "'" + std::string(text) +
                                            "' is no mail address; --do-not-forward says itself " +
                                            "what people may do: right would be --to alice@contoso.test");
  return xrml::RightsFor{std::string(text), {kDoNotForward.begin(), kDoNotForward.end()}, {}};
}

Result<xrml::Time> parse_expiry(std::string_view text, xrml::Time now) {
  const auto days = days_of(text);
  if (days && (*days < 1 || *days > kMaxExpiryDays))
    return Error(Errc::invalid_setting, "'" + std::string(text) + "': from 1d to 9999d are possible");
  const auto end = days ? std::optional(now + std::chrono::days(*days)) : moment_of(text);
  if (!end)
    return Error(Errc::invalid_setting, "'" + std::string(text) +
                                            "' is no time; right would be 2027-01-31 (to its end, in UTC), "
                                            "2027-01-31T12:00Z or 30d");
  if (*end <= now)
    return Error(Errc::invalid_setting, "'" + std::string(text) + "' is past: it is " + xrml::format(now) + "Z (UTC)");
  return *end;
}

bool may_view(std::span<const xrml::UseGrant> grants) {
  return std::any_of(grants.begin(), grants.end(), [](const auto& grant) { return lets_view(grant.right); });
}

bool may_view(const xrml::RightsFor& grant) {
  return std::any_of(grant.rights.begin(), grant.rights.end(), lets_view);
}

namespace {

// " until 2026-11-20T12:00Z for 7 days", or nothing.
std::string limits_of(const xrml::UseGrant& grant) {
  std::string text;
  if (grant.time.until) text += " until " + xrml::format(*grant.time.until) + "Z";
  if (const auto days = grant.interval_days) text += " for " + std::to_string(*days) + (*days == 1 ? " day" : " days");
  return text;
}

}  // namespace

std::string describe(std::span<const xrml::UseGrant> grants) {
  if (grants.empty()) return "";
  const std::string common = limits_of(grants.front());
  const bool same =
      std::ranges::all_of(grants, [&](const xrml::UseGrant& grant) { return limits_of(grant) == common; });
  std::string text;
  for (const auto& grant : grants) {
    if (!text.empty()) text += ", ";
    text += grant.right;
    if (const std::string own = limits_of(grant); !same) text += own.empty() ? " without end" : own;
  }
  return same ? text + common : text;
}

}  // namespace rms::client

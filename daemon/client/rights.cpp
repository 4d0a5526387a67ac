// SPDX-License-Identifier: Apache-2.0
#include "client/rights.h"

#include <algorithm>
#include <array>

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

bool is_plain(char c) {
  return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' && c != ',' && c != ';';
}

bool is_mail(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= 254 && at != 0 && at != std::string_view::npos && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && std::all_of(text.begin(), text.end(), is_plain);
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

bool lets_view(std::string_view right) {
  return right == "VIEW" || right == "OWNER";
}

}  // namespace

std::span<const Right> known_rights() {
  return kRights;
}

Result<xrml::RightsFor> parse_grant(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong(text, "no rights are named");
  xrml::RightsFor grant;
  grant.mail = text.substr(0, colon);
  if (!is_mail(grant.mail)) return wrong(text, "'" + grant.mail + "' is no mail address");

  for (std::string_view left = text.substr(colon + 1);;) {
    const auto comma = left.find(',');
    const std::string right = upper(left.substr(0, comma));
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

bool may_view(std::span<const xrml::UseGrant> grants) {
  return std::any_of(grants.begin(), grants.end(), [](const auto& grant) { return lets_view(grant.right); });
}

bool may_view(const xrml::RightsFor& grant) {
  return std::any_of(grant.rights.begin(), grant.rights.end(), lets_view);
}

std::string describe(std::span<const xrml::UseGrant> grants) {
  const auto end_of = [](const xrml::UseGrant& grant) {
    return grant.time.until ? " until " + xrml::format(*grant.time.until) + "Z" : std::string();
  };
  const bool one_end = std::all_of(grants.begin(), grants.end(), [&](const xrml::UseGrant& grant) {
    return grant.time.until == grants.front().time.until;
  });
  std::string text;
  for (const auto& grant : grants) {
    if (!text.empty()) text += ", ";
    text += grant.right;
    if (!one_end) text += grant.time.until ? end_of(grant) : " without end";
  }
  if (one_end && !grants.empty()) text += end_of(grants.front());
  return text;
}

}  // namespace rms::client

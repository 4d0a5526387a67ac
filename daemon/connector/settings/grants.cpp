// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/chrono.h>

#include "base/guid.h"
#include "base/text.h"
#include "connector/settings/names.h"
#include "connector/settings/sections.h"
#include "yaml/values.h"

namespace rms::connector {
namespace {

using yaml::in_quotes;
using yaml::optional;
using yaml::required;

std::string operation_names() {
  std::string names;
  for (std::size_t i = 0; i < soap::kOperationCount; ++i) {
    if (i != 0) names += i + 1 == soap::kOperationCount ? " or " : ", ";
    names += soap::setting_name(static_cast<soap::Operation>(i));
  }
  return names;
}

void read_operations(yaml::Map& map, yaml::File& file, ServerEntry& to) {
  if (!map.has("operations")) to.operations = default_grants(to.role);
  map.texts(
      "operations", optional, operation_names(),
      [&](std::string_view name, const yaml::Place& place) {
        const auto operation = soap::operation_from_setting(name);
        if (!operation)
          file.problem(place, "must be " + operation_names() + " (is " + in_quotes(name) + ")");
        else if (!to.operations.insert(*operation).second)
          file.problem(place, "given twice: remove one");
      },
      "[certify, acquire_license]");
}

// A list of which each item is `is_right` once it is in lower case.
void read_names(yaml::Map& map, yaml::File& file, std::string_view key, std::optional<std::vector<std::string>>& to,
                bool (*is_right)(std::string_view), std::string_view right, std::string_view example) {
  std::vector<std::string> names;
  const bool listed = map.texts(
      key, optional, right,
      [&](std::string_view text, const yaml::Place& place) {
        std::string name = to_lower(without_braces(text));
        if (!is_right(name))
          file.problem(place, "must be " + std::string(right) + " (is " + in_quotes(text) + ")");
        else if (std::ranges::find(names, name) != names.end())
          file.problem(place, "given twice: remove one");
        else
          names.push_back(std::move(name));
        // So is what one request costs at the service.
        if (names.size() == kMaxScopeNames + 1)
          file.problem(place, "is one more than the " + std::to_string(kMaxScopeNames) + " that a list may have");
      },
      example);
  if (listed) to = std::move(names);
}

bool is_template(std::string_view text) {
  return text == kCustomRights || (is_guid(text) && !text.starts_with('{'));
}
bool is_address_or_domain(std::string_view text) {
  return is_mail_address(text) || is_dns_name(text);
}

std::optional<WallTime> read_until(yaml::Map& map, yaml::Presence presence) {
  std::string text;
  if (!map.text("until", text, presence)) return std::nullopt;
  auto until = parse_until(text);
  if (until) return *until;
  map.problem("until", until.error().context);
  return std::nullopt;
}

bool is_reason(std::string_view text) {
  return text.size() >= 10 && text.size() <= kMaxReasonBytes;
}

void read_open_any(yaml::Map& map, Scope& to, const Clock& clock) {
  OpenAny open_any;
  const bool reasoned =
      read_checked(map, "reason", open_any.reason, required, is_reason,
                   "a reason of 10 to " + std::to_string(kMaxReasonBytes) + " bytes, for those who read the log");
  const auto until = read_until(map, required);
  if (!until) return;
  if (*until > clock.wall() + kLongestOpenAny)
    return map.problem("until", "must be within " + std::to_string(kLongestOpenAny.count()) +
                                    " days: whoever still needs it then says so again");
  open_any.until = *until;
  if (reasoned) to.open_any = std::move(open_any);
}

// What is no error, but what nobody should have to find out by himself.
void warn(const ServerEntry& entry, Settings& settings, const Clock& clock) {
  const auto say = [&](const std::string& what) {
    settings.warnings.push_back("server " + in_quotes(entry.name) + ": " + what);
  };
  const Scope& scope = entry.scope;
  if (is_over(scope, clock.wall())) say("its grants are over; every request of it is refused");
  if (!scope.open_any) return;
  if (may_open_any(scope, clock.wall()))
    say("may open everything of the tenant until " +
        fmt::format("{:%Y-%m-%d %H:%M}", std::chrono::floor<std::chrono::seconds>(scope.open_any->until)) +
        " UTC (open_any): " + scope.open_any->reason +
        (scope.owners || scope.templates ? "; owners: and templates: of its grants limit it"
                                         : "; no owners: or templates: of its grants limit it") +
        ", and the service must consent, too (rms-cloudctl connector open-any)");
  else
    say("its open_any is over and opens nothing any more");
}

}  // namespace

void read_grants(yaml::Map& server, yaml::File& file, ServerEntry& to, Settings& settings, const Clock& clock) {
  constexpr std::string_view kTemplateNames = "the GUID of a template, or custom for rights without one";
  constexpr std::string_view kPeople = "an address, as alice@contoso.com, or a domain, as contoso.com";
  server.map(
      "grants", optional,
      [&](yaml::Map& map) {
        read_operations(map, file, to);
        read_names(map, file, "templates", to.scope.templates, is_template, kTemplateNames, "[custom]");
        read_names(map, file, "recipients", to.scope.recipients, is_address_or_domain, kPeople, "[contoso.com]");
        read_names(map, file, "owners", to.scope.owners, is_address_or_domain, kPeople, "[contoso.com]");
        to.scope.until = read_until(map, optional);
        map.map(
            "open_any", optional, [&](yaml::Map& inner) { read_open_any(inner, to.scope, clock); },
            "{reason: legal hold of 2026, until: 2027-01-31}");
      },
      "{operations: [certify, acquire_license]}");
  warn(to, settings, clock);
}

}  // namespace rms::connector

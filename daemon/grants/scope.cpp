// SPDX-License-Identifier: Apache-2.0
#include "grants/scope.h"

#include <algorithm>

#include "base/guid.h"
#include "base/text.h"

namespace rms {
namespace {

// `name`: an address, or a domain. A domain is that domain and none below it.
bool names(std::string_view name, std::string_view address) {
  if (name.find('@') != name.npos) return equal_without_case(name, address);
  const std::size_t at = address.rfind('@');
  return at != address.npos && equal_without_case(name, address.substr(at + 1));
}

bool covers(const std::optional<std::vector<std::string>>& list, std::span<const std::string> addresses) {
  if (!list) return true;
  return std::ranges::any_of(*list, [&](const std::string& name) {
    return std::ranges::any_of(addresses, [&](const std::string& address) { return names(name, address); });
  });
}

}  // namespace

bool is_over(const Scope& scope, WallTime now) {
  return scope.until && *scope.until <= now;
}

bool covers_template(const Scope& scope, std::string_view guid) {
  if (!scope.templates) return true;
  const std::string wanted = guid.empty() ? std::string(kCustomRights) : to_lower(without_braces(guid));
  return std::ranges::find(*scope.templates, wanted) != scope.templates->end();
}

bool covers_owner(const Scope& scope, std::span<const std::string> addresses) {
  return covers(scope.owners, addresses);
}

bool covers_recipient(const Scope& scope, std::span<const std::string> addresses) {
  return covers(scope.recipients, addresses);
}

bool may_open_any(const Scope& scope, WallTime now) {
  return scope.open_any && now < scope.open_any->until && !is_over(scope, now);
}

}  // namespace rms

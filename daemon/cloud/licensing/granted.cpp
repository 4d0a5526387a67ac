// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/granted.h"

#include <string>
#include <vector>

#include "base/text.h"
#include "grants/refusal.h"
#include "xrml/official_template.h"

namespace rms::cloud {
namespace {

soap::Fault not_granted(std::string_view exception, std::string_view grant) {
  return {std::string(exception), not_granted_text(grant), std::string(grant)};
}

// Addresses by which both the licence and its encrypted rights call the owner: the licence alone is its author's word.
std::vector<std::string> owners_of(const OpenLabel& label) {
  const auto& claimed = label.license.content().work;
  if (!claimed || !claimed->owner || !label.rights.work || !label.rights.work->owner) return {};
  if (!equal_without_case(claimed->owner->name, label.rights.work->owner->name)) return {};
  return {claimed->owner->name};
}

}  // namespace

Outcome<void> check_not_over(const Scope& scope, WallTime now) {
  if (is_over(scope, now)) return not_granted(soap::exceptions::kUnauthorizedAccess, grant::kUntil);
  return {};
}

Outcome<void> check_covered(const Scope& scope, const OpenLabel& label) {
  const auto& rights = label.opened.rights_data;
  const bool of_template = rights.kind() == xrml::Kind::official_template;
  if (!covers_template(scope, of_template ? xrml::template_guid(rights) : ""))
    return not_granted(soap::exceptions::kNoRightsForRequestedPrincipal, grant::kTemplates);
  if (!covers_owner(scope, owners_of(label)))
    return not_granted(soap::exceptions::kNoRightsForRequestedPrincipal, grant::kOwners);
  return {};
}

Outcome<OpenLabel> covered(const Scope& scope, Outcome<OpenLabel> label) {
  if (!label) return label;
  RMS_CHECK(check_covered(scope, *label));
  return label;
}

bool opens_any(const Granted& granted, soap::Fault& refusal, WallTime now) {
  if (!may_open_any(granted.scope, now))
    refusal.missing_grant = grant::kOpenAny;
  else if (!granted.open_any_consent)
    refusal.missing_grant = grant::kOpenAnyConsent;
  else
    return true;
  return false;
}

}  // namespace rms::cloud

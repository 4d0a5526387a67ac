// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/use_license.h"

#include <optional>

#include "cloud/licensing/rights.h"
#include "cloud/xrml_time.h"

namespace rms::cloud {

Outcome<std::vector<xrml::UseGrant>> grants_of(const OpenLabel& label, const Person& who, WallTime now) {
  const auto& work = label.license.content().work;
  auto grants = rights_of(who, work ? work->owner : std::nullopt, label.rights, to_xrml_time(now));
  if (!grants) return refuse(Subject::rights_label, std::move(grants).error());
  return *std::move(grants);
}

bool is_want_of_rights(const soap::Fault& refusal) {
  return refusal.exception == soap::exceptions::kNoRightsForRequestedPrincipal ||
         refusal.exception == soap::exceptions::kIssuanceLicenseNotWithinValidTime;
}

Outcome<xrml::Document> make_use_license(const IssuingTenant& tenant, const OpenLabel& label,
                                         const xrml::Holder& holder, const std::vector<xrml::UseGrant>& grants,
                                         WallTime now) {
  auto license = xrml::issue_use_license(tenant.issuer(), label.license, label.opened.rights_data, holder,
                                         label.opened.key, grants, to_xrml_time(now));
  // The label alone decides what is copied: too much, or what can be read where it stands and not in a use licence.
  if (!license) return refuse(Subject::use_license, std::move(license).error());
  return *std::move(license);
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// The decision for one person and one publishing licence, in the two steps that AcquireLicense and AcquirePreLicense
// share: what the person may do, and the licence that says so.
#pragma once

#include <vector>

#include "base/clock.h"
#include "cloud/directory/person.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// What `who` may do with what `label` protects; at least one right. Refusals: rights_of(). Pure.
Outcome<std::vector<xrml::UseGrant>> grants_of(const OpenLabel& label, const Person& who, WallTime now);

// Whether grants_of() refused because `who` has no right now: none at all, or the document's time is over.
bool is_want_of_rights(const soap::Fault& refusal);

// The licence for `holder`, signed by the tenant. Refused if it cannot hold what the label asks to be copied into it.
// Milliseconds of CPU; any thread.
Outcome<xrml::Document> make_use_license(const IssuingTenant& tenant, const OpenLabel& label,
                                         const xrml::Holder& holder, const std::vector<xrml::UseGrant>& grants,
                                         WallTime now);

}  // namespace rms::cloud

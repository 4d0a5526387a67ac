// SPDX-License-Identifier: Apache-2.0
//
// How far the grants of the server that asks reach (grants/scope.h, docs/authorization.md), for content, templates and
// people. Each refusal names the grant that would have to reach further. Pure; any thread.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "grants/scope.h"

namespace rms::cloud {

// What the server that asks for licences was granted, and whether this service lets its connector use open_any.
struct Granted {
  const Scope& scope;
  bool open_any_consent = false;
};

// UnauthorizedAccessException once the grants are over.
Outcome<void> check_not_over(const Scope& scope, WallTime now);

// NoRightsForRequestedPrincipalException for content of a template, or of an owner, that the grants do not cover. The
// owner is whom licence and rights data both name, or nobody: then only owners that are not limited cover it.
Outcome<void> check_covered(const Scope& scope, const OpenLabel& label);
// `label`, if it was opened and is covered.
Outcome<OpenLabel> covered(const Scope& scope, Outcome<OpenLabel> label);

// Whether open_any makes up for rights that are missing (`refusal`) now. If not, `refusal` names what would.
bool opens_any(const Granted& granted, soap::Fault& refusal, WallTime now);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "grants/scope.h"
#include "soap/messages.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// AcquireIssuanceLicense (MS-RMPR 3.5.4.1): a publishing licence without issuer and signature in; the same signed by
// the tenant, with its chain, out. Checked before: made for our server, its content key sealed for us, bound to this
// very licence and of AES, its rights readable with it; an official template signed by us, known here and not archived
// (publishers are not given those, and licences of before still open with them); the owner is `asking` by its address
// or an alias, for a licence that we sign names nobody else who could answer for it (docs/decisions/0033); and its
// template, or that it has none, covered by `scope`, the grants of the server that asks (UnauthorizedAccessException).
// The text goes on with its exceptions: outcome.cpp, Subject::unsigned_license and its kin. `facts` is filled as soon
// as the licence can be read. Any thread; blocks for RSA and the store.
Outcome<soap::Chain> acquire_issuance_license(const IssuingTenant& tenant, TemplateStore& templates,
                                              const xrml::Account& asking, const Scope& scope,
                                              std::string_view unsigned_license, WallTime now, LabelFacts& facts);

}  // namespace rms::cloud

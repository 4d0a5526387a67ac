// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/result.h"
#include "cloud/directory/person.h"
#include "xrml/certificates.h"
#include "xrml/content.h"

namespace rms::cloud {

// What `who` may do by the rights data of a publishing licence at `now` (MS-RMPR 3.4.4.1, reference: 8.6). Pure.
//
// * The owner gets OWNER and nothing else, also past expiry: an author is never locked out. Owner is whom both the
//   licence (`claimed_owner`) and the encrypted rights data name. The licence alone is its author's word; only who knew
//   the content key can have written the rights data (docs/decisions/0030). That a sealed key opens in the licence of
//   its publisher only (docs/decisions/0012) is another lock on the same door.
// * Anyone else gets what names them or a group they are in: by SID if both sides have one; else by address or alias,
//   whatever the kind of name (Windows, Unspecified, Federation); "Anyone" is everyone. Not known is no.
// * OWNER granted to them replaces the other rights, as a use licence says it (MS-RMPR 2.2.9.9).
// * Each right carries the overlap of its own time and the document's, so that who opens it keeps to both.
//
// Errc::no_rights: none, or none at this time. Errc::not_valid_now: there would be, but the whole document is outside
// its time. Errc::too_large: more than xrml::kMaxUseGrants different rights.
Result<std::vector<xrml::UseGrant>> rights_of(const Person& who, const std::optional<xrml::Object>& claimed_owner,
                                              const xrml::Content& rights_data, xrml::Time now);

}  // namespace rms::cloud

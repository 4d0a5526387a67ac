// SPDX-License-Identifier: Apache-2.0
//
// AcquirePreLicense (MS-RMSI 3.5.4.1): use licences for the recipients of a message, before they ask.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "cloud/directory/account_keys.h"
#include "cloud/directory/directory.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "grants/scope.h"
#include "soap/messages.h"

namespace rms::cloud {

// open_label() for a licence that may come without the certificate that it was made with, as MS-RMSI wants it. We look
// that certificate up among those that we issued and judge the two as if both had been sent: an author who cannot be
// verified is refused like one whose certificate is not ours (docs/decisions/0032). Any thread.
Outcome<OpenLabel> open_lone_label(const IssuingTenant& tenant, TemplateStore& templates, LicensorStore& licensors,
                                   const soap::ChainView& texts, WallTime now, LabelFacts& facts);

// Licences for one publishing licence, one recipient at a time. One thread at a time.
class PreLicenseBatch {
 public:
  // `label` was opened by open_lone_label(), and is covered by `scope`: how far the grants of the server that asks
  // reach. `now` is one moment for the whole batch.
  PreLicenseBatch(const IssuingTenant& tenant, Directory& directory, AccountKeys& keys, const OpenLabel& label,
                  const Scope& scope, WallTime now)
      : tenant_(tenant), directory_(directory), keys_(keys), label_(label), scope_(scope), now_(now) {}

  // A use licence for whom `identity` (an address or a SID, or anything else) names in the directory, with that
  // person's rights and sealed for that person's account: nobody else can use it, not even who asks for it. Somebody
  // unknown, or not among the recipients of the scope, is AcquirePreLicenseInvalidLicenseeException; other refusals are
  // those of AcquireLicense. A key is made for a recipient who has none yet, but for none without rights: 50 to 150 ms
  // of CPU, once a person. `recipient` is set to the primary address of a person who is known, else to `identity`.
  Outcome<std::string> acquire(std::string_view identity, std::string& recipient);

 private:
  const IssuingTenant& tenant_;
  Directory& directory_;
  AccountKeys& keys_;
  const OpenLabel& label_;
  const Scope& scope_;
  const WallTime now_;
};

}  // namespace rms::cloud

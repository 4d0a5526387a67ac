// SPDX-License-Identifier: Apache-2.0
//
// The rights service without its wire: every operation from the question of a registered connector to the answer, and a
// row in the usage log for each, refusals and failures too.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/caller.h"
#include "cloud/directory/account_keys.h"
#include "cloud/directory/directory.h"
#include "cloud/keys/tenant_cache.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "cloud/usage_log/row.h"
#include "soap/messages.h"

namespace rms::cloud {

// Any thread; calls block for RSA (milliseconds; tens of them where a key is made) and for the store.
//
// Requests have as many items as the contract allows (front/convert.h checks).
// An Error means that the question was not answered: Errc::cancelled (nobody waits any more), anything else (store
// away, key unreadable, certificates damaged). What was not logged was not done: if the rows of an answer cannot be
// written, the answer is withheld and the outcome is Errc::unavailable. A Fault is never made of that: not being able
// to log is no decision about rights.
class RightsService {
 public:
  RightsService(TenantCache& tenants, Directory& directory, AccountKeys& account_keys, UsageStore& usage,
                const Clock& clock, Log& log)
      : tenants_(tenants),
        directory_(directory),
        account_keys_(account_keys),
        usage_(usage),
        clock_(clock),
        log_(log) {}

  // `on_server_page`: asked on ServerCertification.asmx; the log says ServerCertify.
  Outcome<soap::Chain> certify(const Asked& asked, const soap::CertifyRequest& request, bool on_server_page);

  // One chain for each persona, or the first refusal for all of them.
  Outcome<std::vector<soap::Chain>> get_client_licensor_cert(const Asked& asked,
                                                             const soap::GetClientLicensorCertRequest& request);

  // One answer for each item. `abandoned` is asked between items.
  Outcome<std::vector<soap::AcquireLicenseAnswer>> acquire_license(const Asked& asked,
                                                                   const soap::AcquireLicenseRequest& request,
                                                                   const std::function<bool()>& abandoned);

 private:
  UsageRow row(const Asked& asked, std::string_view request_type) const;
  Result<void> record(const Asked& asked, std::span<const UsageRow> rows);

  TenantCache& tenants_;
  Directory& directory_;
  AccountKeys& account_keys_;
  UsageStore& usage_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace rms::cloud

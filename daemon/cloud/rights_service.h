// SPDX-License-Identifier: Apache-2.0
//
// The rights service without its wire: every operation from the question of a registered connector to the answer, and a
// row in the usage log for each, refusals and failures too.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "cloud/caller.h"
#include "cloud/directory/account_keys.h"
#include "cloud/directory/directory.h"
#include "cloud/keys/spare_keys.h"
#include "cloud/keys/tenant_cache.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "cloud/usage_log/row.h"
#include "soap/messages.h"

namespace rms::cloud {

// Any thread; calls block for RSA (milliseconds; a hundred where a key is made because none is ready) and for the
// store.
//
// How far the grants of the calling server reach (Caller::scope) is enforced here, and nowhere else; a refusal for want
// of one names it (Fault::missing_grant, and the row's).
//
// Requests have as many items as the contract allows (front/convert.h checks).
// An Error means that the question was not answered: Errc::cancelled (nobody waits any more), anything else (store
// away, key unreadable, certificates damaged). What was not logged was not done: if the rows of an answer cannot be
// written, the answer is withheld and the outcome is Errc::unavailable. A Fault is never made of that: not being able
// to log is no decision about rights. With Asked::leave_to the rows are left there, and this promise is the caller's.
class RightsService {
 public:
  // Licences and chains of one answer: when there are as many bytes, the items that follow are refused
  // (UnspecifiedErrorException). A thousand licences of a dozen rights each fit.
  static constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

  // `store`: the usage log, templates, and licensor certificates that were issued.
  RightsService(TenantCache& tenants, Directory& directory, AccountKeys& account_keys, SpareKeys& spare_keys,
                Store& store, const Clock& clock, Log& log)
      : tenants_(tenants),
        directory_(directory),
        account_keys_(account_keys),
        spare_keys_(spare_keys),
        store_(store),
        clock_(clock),
        log_(log) {}

  // `on_server_page`: asked on ServerCertification.asmx; the log says ServerCertify.
  Outcome<soap::Chain> certify(const Asked& asked, const soap::CertifyRequest& request, bool on_server_page);
  Outcome<soap::PrecertifyResponse> precertify(const Asked& asked, const soap::PrecertifyRequest& request);

  // One chain for each persona, or the first refusal for all of them.
  Outcome<std::vector<soap::Chain>> get_client_licensor_cert(const Asked& asked,
                                                             const soap::GetClientLicensorCertRequest& request);
  Outcome<soap::Chain> acquire_issuance_license(const Asked& asked, const soap::AcquireIssuanceLicenseRequest& request);

  // One answer for each item. `abandoned` is asked between items. What only open_any allows is marked in the log
  // (admin-action, used-grant) and counted in the answer.
  Outcome<soap::AcquireLicenseResponse> acquire_license(const Asked& asked, const soap::AcquireLicenseRequest& request,
                                                        const std::function<bool()>& abandoned);
  // One answer for each identity, or the refusal of the publishing licence. The log names the one who asks, and each
  // recipient as the user on whose behalf. `abandoned` is asked between identities.
  Outcome<soap::AcquirePreLicenseResponse> acquire_pre_license(const Asked& asked,
                                                               const soap::AcquirePreLicenseRequest& request,
                                                               const std::function<bool()>& abandoned);

  Outcome<soap::AcquireTemplateInformationResponse> acquire_template_information(const Asked& asked);
  Outcome<soap::AcquireTemplatesResponse> acquire_templates(const Asked& asked,
                                                            const soap::AcquireTemplatesRequest& request);

  Outcome<soap::GetLicensorCertificateResponse> get_licensor_certificate(const Asked& asked);
  // `published_base`: see check_published_base() (server/locations.h); REQUIRES: checked.
  Outcome<soap::FindServiceLocationsResponse> find_service_locations_for_user(
      const Asked& asked, const soap::FindServiceLocationsRequest& request, std::string_view published_base);
  Outcome<soap::GetServerInfoResponse> get_server_info(const Asked& asked, const soap::GetServerInfoRequest& request,
                                                       std::string_view published_base);

 private:
  UsageRow row(const Asked& asked, std::string_view request_type) const;
  Result<void> record(const Asked& asked, Unbooked left);

  // The answer of `work(tenant, facts)`, after one row with how it ended.
  template <class Work>
  auto logged(const Asked& asked, std::string_view request_type, Work work)
      -> std::invoke_result_t<Work, const IssuingTenant&, LabelFacts&>;
  // The answer of `work(tenant, left)`, after the rows that it leaves: one for each item, and if it leaves none, one
  // with how it ended.
  template <class Work>
  auto logged_each(const Asked& asked, std::string_view request_type, Work work)
      -> std::invoke_result_t<Work, const IssuingTenant&, Unbooked&>;

  TenantCache& tenants_;
  Directory& directory_;
  AccountKeys& account_keys_;
  SpareKeys& spare_keys_;
  Store& store_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace rms::cloud

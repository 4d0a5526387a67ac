// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/acquire.h"

#include <string>

#include "cloud/certification/persona.h"
#include "cloud/licensing/use_license.h"
#include "soap/envelope.h"

namespace rms::cloud {

Outcome<soap::Chain> LicenseBatch::acquire(const soap::AcquireLicenseItem& item) {
  opened_any_ = false;
  if (!item.issuance_license.empty()) {
    facts_ = {};
    label_ = covered(granted_.scope, open_label(tenant_, templates_, item.issuance_license, now_, facts_));
  }
  if (item.application_data.size() > soap::kMaxApplicationDataBytes)
    return soap::Fault{std::string(soap::exceptions::kUnspecifiedError),
                       "At most 102400 bytes of application data are read."};
  RMS_TRY(const auto persona, check_persona(tenant_, item.licensee_certs, asking_.account, now_));
  if (!label_)
    return soap::Fault{std::string(soap::exceptions::kArgumentNull), "The first item must bring a publishing license."};
  if (!*label_) return label_->error();

  RMS_TRY(const auto grants, grants_of_item(**label_));
  RMS_TRY(const auto license, make_use_license(tenant_, **label_, xrml::holder_of(persona), grants, now_));
  return tenant_.with_chain(license);
}

Outcome<std::vector<xrml::UseGrant>> LicenseBatch::grants_of_item(const OpenLabel& label) {
  auto grants = grants_of(label, asking_, now_);
  if (grants) return grants;
  const Unfulfilled why = grants.error();
  // Nobody knows, or the label is of a kind that nobody gets a licence from.
  if (!why.fault() || !is_want_of_rights(*why.fault())) return grants;
  auto refusal = *why.fault();
  if (!opens_any(granted_, refusal, now_)) return refusal;
  opened_any_ = true;
  return std::vector{xrml::UseGrant{"OWNER", {}, std::nullopt}};
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/acquire.h"

#include <string>

#include "cloud/certification/persona.h"
#include "cloud/licensing/rights.h"
#include "cloud/xrml_time.h"
#include "soap/envelope.h"

namespace rms::cloud {

Outcome<soap::Chain> LicenseBatch::acquire(const soap::AcquireLicenseItem& item) {
  if (!item.issuance_license.empty()) {
    facts_ = {};
    label_ = open_label(tenant_, item.issuance_license, now_, facts_);
  }
  if (item.application_data.size() > soap::kMaxApplicationDataBytes)
    return soap::Fault{std::string(soap::exceptions::kUnspecifiedError),
                       "At most 102400 bytes of application data are read."};
  RMS_TRY(const auto persona, check_persona(tenant_, item.licensee_certs, asking_.account, now_));
  if (!label_)
    return soap::Fault{std::string(soap::exceptions::kArgumentNull), "The first item must bring a publishing license."};
  if (!*label_) return label_->error();
  const auto& label = **label_;

  const auto now = to_xrml_time(now_);
  const auto& work = label.license.content().work;
  const auto grants = rights_of(asking_, work ? work->owner : std::nullopt, label.opened.rights_data.content(), now);
  if (!grants) return refuse(Subject::rights_label, grants.error());
  auto license = xrml::issue_use_license(tenant_.issuer(), label.license, label.opened.rights_data, persona.certificate,
                                         label.opened.key, *grants, now);
  if (license) return tenant_.with_chain(*license);
  // Too large only for what the label asks to be copied. Everything else that can fail here is ours.
  if (license.error() == Errc::too_large) return refuse(Subject::rights_label, std::move(license).error());
  return std::move(license).error();
}

}  // namespace rms::cloud

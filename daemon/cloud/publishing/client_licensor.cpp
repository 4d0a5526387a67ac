// SPDX-License-Identifier: Apache-2.0
#include "cloud/publishing/client_licensor.h"

#include "cloud/certification/persona.h"
#include "cloud/xrml_time.h"

namespace rms::cloud {

Outcome<IssuedLicensor> client_licensor_certificate(const IssuingTenant& tenant, SpareKeys& spare_keys,
                                                    const soap::ChainView& persona_certificates,
                                                    const xrml::Account& asking, WallTime now) {
  RMS_TRY(const auto persona, check_persona(tenant, persona_certificates, asking, now));
  const auto issued = to_xrml_time(now);
  const xrml::Period validity{issued - kClockTolerance, persona.content().validity.until};
  RMS_TRY(const auto key, spare_keys.take());
  RMS_TRY(const auto clc, xrml::issue_client_licensor(tenant.issuer(), persona, key, tenant.urls(), issued, validity));
  return IssuedLicensor{
      tenant.with_chain(clc),
      {key.public_key().fingerprint(), asking.sid.empty() ? asking.guid : asking.sid, std::string(clc.text()), now}};
}

}  // namespace rms::cloud

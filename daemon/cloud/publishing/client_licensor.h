// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/keys/spare_keys.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "soap/messages.h"

namespace rms::cloud {

struct IssuedLicensor {
  soap::Chain chain;
  LicensorRecord record;  // to be remembered before the chain is given out, for licences that come without it
};

// GetClientLicensorCert (MS-RMPR 3.5.4.2): an account certificate in, a certificate to publish offline with and our
// chain out (docs/decisions/0032). Its key is new, from `spare_keys`, and sealed for the account's; it is valid as long
// as the account certificate. Refusals: check_persona(). Milliseconds of CPU, and what a key costs where none is ready;
// any thread.
Outcome<IssuedLicensor> client_licensor_certificate(const IssuingTenant& tenant, SpareKeys& spare_keys,
                                                    const soap::ChainView& persona, const xrml::Account& asking,
                                                    WallTime now);

}  // namespace rms::cloud

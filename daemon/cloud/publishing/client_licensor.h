// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "soap/messages.h"

namespace rms::cloud {

// GetClientLicensorCert (MS-RMPR 3.5.4.2): an account certificate in, a certificate to publish offline with and our
// chain out. Its key is new and sealed for the account's; it is valid as long as the account certificate, and
// remembered in `licensors` before it is given out, for licences that come without it (docs/decisions/0032). Refusals:
// check_persona(). Tens of milliseconds of CPU; any thread.
Outcome<soap::Chain> client_licensor_certificate(const IssuingTenant& tenant, LicensorStore& licensors,
                                                 const soap::ChainView& persona, const xrml::Account& asking,
                                                 WallTime now);

}  // namespace rms::cloud

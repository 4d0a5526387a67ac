// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"
#include "xrml/document.h"

namespace rms::cloud {

// Checks what a caller sent as its account certificate, `certificates` leaf first: MS-RMPR 3.4.4.1 and 3.5.4.2. What
// comes back is one that we issued, that is good now, and that belongs to the account that asks.
// Only the leaf counts: it must be issued by our licensor key, so nothing above it can add to it.
// `asking`: the account that the connector authenticated, as the directory knows it. The same account is one with the
// same SID, if both have one; else one whose address in the certificate is an address of the one who asks today. A
// certificate of another account is refused (UnexpectedPersonaCert) though a licence sealed for it would be of no use
// to the one who asks: least privilege, and the usage log names one account for each licence. Any thread.
Outcome<xrml::Document> check_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                                      const xrml::Account& asking, WallTime now);

}  // namespace rms::cloud

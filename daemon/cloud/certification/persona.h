// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"
#include "xrml/document.h"

namespace rms::cloud {

// A rights account certificate that we issued, that is good now, and that belongs to the account that asks.
struct Persona {
  xrml::Document certificate;
  xrml::Account account;
};

// Checks what a caller sent as its account certificate, `certificates` leaf first: MS-RMPR 3.4.4.1 and 3.5.4.2.
// Only the leaf counts: it must be issued by our licensor key, so nothing above it can add to it.
// `asking_mail`: the address of the account that the connector authenticated. A certificate of another account is
// refused (UnexpectedPersonaCert) though a licence sealed for it would be of no use to the one who asks: least
// privilege, and the usage log names one account for each licence. Any thread.
Outcome<Persona> check_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                               std::string_view asking_mail, WallTime now);

}  // namespace rms::cloud

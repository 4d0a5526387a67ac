// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"
#include "xrml/document.h"

namespace rms::cloud {

// What the usage log says of a publishing licence: read from it, believed or not, but for the issuer.
struct LabelFacts {
  std::string content_id, owner_email, file_name, date_published;
  std::string issuer;  // whom the certificate names that it was made with; empty until that is verified
};

// A publishing licence that we checked and opened.
struct OpenLabel {
  xrml::Document license;
  xrml::OpenedPublication opened;
};

// Checks a publishing licence, `texts` leaf first, and opens it with the tenant's key (MS-RMPR 3.4.4.1):
// made for our server (object id and modulus), signed by a licensor certificate that we issued (or by us), that
// certificate valid when the licence was issued, the licence not from the future and in its validity, its sealed key
// and rights intact. Certificates are held against the time of the *licence*: documents outlive the certificate they
// were made with. `facts` is filled as soon as the licence can be read, for refusals are logged too. Any thread.
Outcome<OpenLabel> open_label(const IssuingTenant& tenant, const soap::ChainView& texts, WallTime now,
                              LabelFacts& facts);

}  // namespace rms::cloud

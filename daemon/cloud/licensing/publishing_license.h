// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "soap/messages.h"
#include "xrml/certificates.h"
#include "xrml/document.h"

namespace rms::cloud {

// What the usage log says of a publishing licence: read from it, believed or not, but for the issuer.
struct LabelFacts {
  std::string content_id, owner_email, file_name, date_published;
  std::string template_id;  // GUID without braces; empty: made without a template, or not opened
  std::string issuer;       // whom the certificate names that it was made with; empty until that is verified
};

// What a publishing licence says; no issuer.
LabelFacts facts_of(const xrml::Content& license);

// A publishing licence that we checked and opened.
struct OpenLabel {
  xrml::Document license;
  // With the official template as it is kept here in the place of the licence's copy.
  xrml::OpenedPublication opened;
  // What these grant in this very licence. A template says who the owner is and from when days count only by the
  // licence that it stands in: here the owner is the one whom the licence names (docs/decisions/0030), and days are a
  // time.
  xrml::Content rights;
};

// Checks a publishing licence, `texts` leaf first, and opens it with the tenant's key (MS-RMPR 3.4.4.1):
// made for our server (object id and modulus), signed by a licensor certificate that we issued (or by us), that
// certificate valid when the licence was issued, the licence not from the future and in its validity, its sealed key
// and rights intact. An official template must be signed by us and be known here, archived or not; what counts is the
// one that is kept here (MS-RMPR 3.4.4.1), so that an administrator's change reaches old documents. Certificates are
// held against the time of the *licence*: documents outlive the certificate they were made with. `facts` is filled as
// soon as the licence can be read, for refusals are logged too. Any thread.
Outcome<OpenLabel> open_label(const IssuingTenant& tenant, TemplateStore& templates, const soap::ChainView& texts,
                              WallTime now, LabelFacts& facts);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// What the service says of itself (MS-RMPR 3.7.4.1, 3.7.4.3). Pure; any thread.
#pragma once

#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// The tenant's server licensor certificate and what issued it.
soap::GetLicensorCertificateResponse licensor_certificate(const IssuingTenant& tenant);

// The <Results> element: one answer to each request, in order, in the shape of MS-RMPR 4.6. `urls`: what is published.
// A type that MS-RMPR 3.7.4.3.4.1 does not have is refused: System.ArgumentNullException, the one that the operation
// knows for whatever is no valid message.
Outcome<soap::GetServerInfoResponse> server_info(const IssuingTenant& tenant, const soap::GetServerInfoRequest& request,
                                                 const xrml::ServiceUrls& urls);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// Where a tenant's services are found (MS-RMPR 3.7.4.2). Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"

namespace rms::cloud {

inline constexpr std::size_t kMaxPublishedBaseBytes = 1024;

// Whether a connector may have `base` printed in place of the tenant's own: "https://rmsconnector.contoso.test/_wmcs",
// that is http or https, a host, maybe a port and a path, nothing after it and no slash at the end. Empty is fine and
// means the tenant's. Errc::malformed says what would be right.
Result<void> check_published_base(std::string_view base);

// What is printed about locations for this request. REQUIRES: `published_base` is checked.
xrml::ServiceUrls published_urls(const IssuingTenant& tenant, std::string_view published_base);

// The types of service that we offer, as MS-RMPR 3.7.4.2.4.1 spells them.
std::span<const std::string_view> offered_services();

// The virtual directory of a service, as clients have it in their registry and licences have it in their DISTRIBUTION-
// POINTs: callers add the page themselves. ActivationService is where certification is, as AD RMS maps it, though there
// is no such page: machines activate themselves, and who asks wants to know the server. nullopt: we offer no such
// service.
std::optional<std::string> location_of(std::string_view type, const xrml::ServiceUrls& urls);

// One location for each type, in order. A type that is a name but none of ours has no URL: so MS-RMPR says of a service
// that does not exist, and callers know types that its text does not (Azure's AdminV2Service). What is no name at all
// is refused as improperly formed (System.InvalidOperationException).
Outcome<soap::FindServiceLocationsResponse> find_service_locations(const soap::FindServiceLocationsRequest& request,
                                                                   const xrml::ServiceUrls& urls);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// What several kinds of documents say alike. For this room's sources only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xrml/certificates.h"
#include "xrml/content.h"

namespace rms::xrml {

Object distribution_point(std::string_view type, std::string_view guid, std::string_view name, std::string url);

// Where use licences come from: inside, and outside if there is such an address (MS-RMPR 2.2.9.6.3, 2.2.9.7.3).
std::vector<Object> licensing_points(const ServiceUrls& urls);

// The use licence is not to be kept (MS-RMPR 2.2.9.8.6).
AuthenticatedData no_license_cache();

}  // namespace rms::xrml

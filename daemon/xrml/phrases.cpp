// SPDX-License-Identifier: Apache-2.0
#include "xrml/phrases.h"

#include "xrml/well_known.h"

namespace rms::xrml {

Object distribution_point(std::string_view type, std::string_view guid, std::string_view name, std::string url) {
  return {std::string(type), "MS-GUID", std::string(guid), std::string(name), {{"URL", std::move(url)}}};
}

std::vector<Object> licensing_points(const ServiceUrls& urls) {
  std::vector<Object> points = {distribution_point(kLicenseUrl, kLicenseUrlGuid, kServerCluster, urls.licensing)};
  if (urls.extranet_licensing) {
    points.push_back(
        distribution_point(kExtranetLicenseUrl, kExtranetLicenseUrlGuid, kServerCluster, *urls.extranet_licensing));
  }
  return points;
}

AuthenticatedData no_license_cache() {
  return {std::string(kApplicationSpecific), std::string(kNoLicenseCache), "1"};
}

}  // namespace rms::xrml

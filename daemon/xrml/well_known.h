// SPDX-License-Identifier: Apache-2.0
//
// Types, GUIDs and names that Microsoft's documents use (MS-RMPR 2.2.9.4 to 2.2.9.10 and the product notes there).
#pragma once

#include <string_view>

namespace rms::xrml {

inline constexpr std::string_view kLicenseUrl = "License-Acquisition-URL";
inline constexpr std::string_view kLicenseUrlGuid = "{0F45FD50-383B-43EE-90A4-ED013CD0CFE5}";
inline constexpr std::string_view kExtranetLicenseUrl = "Extranet-License-Acquisition-URL";
inline constexpr std::string_view kExtranetLicenseUrlGuid = "{94BF969A-CA04-44d6-AA96-51071281FEF2}";
inline constexpr std::string_view kServerCluster = "DRM Server Cluster";
inline constexpr std::string_view kMachineActivationGuid = "{99F48562-703E-4E7D-9175-DD69C66921B7}";
inline constexpr std::string_view kCertificationGuid = "{8BA9EA80-99E4-4a2b-9764-4CD84F77C3A0}";
inline constexpr std::string_view kReferral = "Referral-Info";
inline constexpr std::string_view kReferralGuid = "{81C42010-208A-458A-BAB6-C3C60F06DD5F}";
inline constexpr std::string_view kPublishingUrl = "Publishing-URL";
inline constexpr std::string_view kPublishingUrlGuid = "{9A23D98E-4449-4ba5-812A-F30808F3CB16}";
inline constexpr std::string_view kPublishingPoint = "Publishing Point";
inline constexpr std::string_view kEncryptedRightsData = "Encrypted-Rights-Data";
inline constexpr std::string_view kApplicationSpecific = "APPSPECIFIC";
inline constexpr std::string_view kNoLicenseCache = "NOLICCACHE";
inline constexpr std::string_view kOwner = "OWNER";

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "xrml/official_template.h"

namespace rms::cloud {

// A template's definition as JSON, with the property names of Azure RMS's templates (Get-AipServiceTemplateProperty):
//   {"TemplateId": "...", "Names": {"1033": "..."}, "Descriptions": {"1033": "..."},
//    "RightsDefinitions": [{"Identity": "ANYONE", "Rights": ["VIEW"]}],
//    "ContentExpirationOption": "Never" | "OnDate" | "AfterDays", "ContentExpirationDate": "2027-01-31T00:00",
//    "ContentValidityDuration": 30, "LicenseValidityDuration": 7,    -1: unlimited, 0: never kept
//    "ReferralInfo": "mailto:...", "ApplicationData": {"VIEWER": "1"}}
std::string to_json(const xrml::TemplateDefinition& definition);

// At most this long, before it is read.
inline constexpr std::size_t kMaxDefinitionBytes = 256 * 1024;

// Strict: an unknown or missing property, a value of another type or outside its range is Errc::malformed and named.
// What the three last lines above say may be missing. Errc::too_large; Errc as xrml::check() for the rest.
Result<xrml::TemplateDefinition> definition_from_json(std::string_view json);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// Official templates, as who protects with them sees them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/home/home.h"
#include "client/home/kept_templates.h"
#include "client/service/rights_service.h"
#include "xrml/content.h"
#include "xrml/document.h"

namespace rms::client {

struct RefreshedTemplates {
  Chain templates;  // all that there are now, each verified
  std::size_t fetched = 0, unchanged = 0, removed = 0;
};

// Asks which templates there are and fetches those that are not in `kept` with the same hash (MS-RMPR 3.4.4.2,
// 3.4.4.3). Whatever comes is verified; if one of them does not hold, nothing is told but that: the caller keeps what
// it had. Errc: RightsService's and verify_template()'s; Errc::too_large past kMaxKeptTemplates.
Result<RefreshedTemplates> refresh_templates(RightsService& service, const Identity& identity,
                                             std::span<const xrml::Document> kept, xrml::Time now);

// The English name if it has one, else the first; its GUID if there is none.
std::string template_name(const xrml::Document& document);

// The one that `wanted` names: its GUID, with braces or without, or its name in any language, without regard to ASCII
// case. Errc::invalid_setting: none, or more than one; says which there are.
Result<xrml::Document> find_template(std::span<const xrml::Document> templates, std::string_view wanted);

// Whether documents may be protected with it at `now`. Errc::not_valid_now: they would have expired already.
Result<void> check_usable(const xrml::Document& document, xrml::Time now);

// For people: name, GUID, who may do what, for how long.
std::string describe_template(const xrml::Document& document, xrml::Time now);
// For programs: one JSON object, of all of them and of when they were fetched.
std::string templates_to_json(std::span<const xrml::Document> templates, std::optional<xrml::Time> fetched);

}  // namespace rms::client

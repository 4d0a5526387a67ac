// SPDX-License-Identifier: Apache-2.0
//
// Official templates as the home keeps them, for protecting offline: templates/GUID.xml, each as the service signed it,
// and templates/fetched, when the service was asked last.
#pragma once

#include <optional>
#include <span>

#include "base/result.h"
#include "client/home/home.h"
#include "xrml/content.h"
#include "xrml/document.h"

namespace rms::client {

// A tenant of Azure RMS has 500 at most.
inline constexpr std::size_t kMaxKeptTemplates = 1000;
// As much as a template of all that xrml/official_template.h allows could need.
inline constexpr std::size_t kMaxTemplateBytes = 2 * 1024 * 1024;

struct KeptTemplates {
  Chain templates;                    // verified; in the order of their GUIDs. No chain, but as many documents.
  std::optional<xrml::Time> fetched;  // nullopt: never
  std::optional<Error> damage;        // what could not be used, with the cure. Who asks the service anew may go on.
};

// Whether `document` is a template that our rights service signed: its chain leads to the root that `identity` trusts.
// Errc::malformed (another kind, no GUID), Errc::signature_invalid, Errc::untrusted, Errc::too_large.
Result<void> verify_template(const xrml::Document& document, const Identity& identity, xrml::Time now);

// Errc::io_error. What is damaged, or was not signed by our service, is left out and told.
Result<KeptTemplates> load_templates(const Home& home, const Identity& identity, xrml::Time now);

// Keeps these and no others. REQUIRES: each passed verify_template(); the home was opened by create() or change().
Result<void> keep_templates(Home& home, std::span<const xrml::Document> templates, xrml::Time fetched);

}  // namespace rms::client

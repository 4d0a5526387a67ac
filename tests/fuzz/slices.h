// SPDX-License-Identifier: Apache-2.0
//
// The documents inside a message, whatever message it is.
#pragma once

#include <string>
#include <string_view>

#include "soap/messages.h"
#include "xml/document.h"

namespace rms::fuzz {

// Gives every text of `request` that is a slice of its envelope to `use`.
template <class Request, class Use>
void for_each_slice(const Request& request, Use use) {
  const auto all = [&](const soap::ChainView& chain) {
    for (const auto text : chain) use(text);
  };
  if constexpr (requires { request.machine_chain; }) all(request.machine_chain);
  if constexpr (requires { request.licensee_certs; }) all(request.licensee_certs);
  if constexpr (requires { request.issuance_license; }) all(request.issuance_license);
  if constexpr (requires { request.application_data; }) use(request.application_data);
  if constexpr (requires { request.unsigned_license; }) use(request.unsigned_license);
  if constexpr (requires { request.persona_chains; })
    for (const auto& chain : request.persona_chains) all(chain);
  if constexpr (std::is_same_v<Request, soap::AcquireLicenseRequest>)
    for (const auto& item : request.items) for_each_slice(item, use);
}

// Whether `text` is content of an element wherever it stands: it declares what prefixes it uses.
inline bool is_well_formed(std::string_view text) {
  return xml::Document::parse(std::string("<a>").append(text).append("</a>")).has_value();
}

}  // namespace rms::fuzz

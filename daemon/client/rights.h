// SPDX-License-Identifier: Apache-2.0
//
// Rights as people write and read them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xrml/certificates.h"

namespace rms::client {

struct Right {
  std::string_view name;     // "DOCEDIT": what a licence says
  std::string_view meaning;  // "Edit Content": what people call it
};
// Every right that can be granted, by the names of Microsoft's documentation.
std::span<const Right> known_rights();

// "alice@contoso.test:VIEW,EDIT", rights in any case. Errc::invalid_setting says what is wrong and names the known
// rights.
Result<xrml::RightsFor> parse_grant(std::string_view text);

// Whether a holder of these rights may see the content: VIEW or OWNER, and nothing else, says so.
bool may_view(std::span<const xrml::UseGrant> grants);
bool may_view(const xrml::RightsFor& grant);

// "VIEW, EDIT until 2026-11-20T12:00": for people.
std::string describe(std::span<const xrml::UseGrant> grants);

}  // namespace rms::client

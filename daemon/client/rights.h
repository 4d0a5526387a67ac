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
#include "xrml/content.h"

namespace rms::client {

struct Right {
  std::string_view name;     // "DOCEDIT": what a licence says
  std::string_view meaning;  // "Edit Content": what people call it
};
// Every right that can be granted, by the names of Microsoft's documentation.
std::span<const Right> known_rights();
// What people call a right, in whatever case it is named. Empty: none of the known ones; applications have their own.
std::string_view meaning_of(std::string_view right);

// "alice@contoso.test:VIEW,EDIT", rights in any case. Errc::invalid_setting says what is wrong and names the known
// rights.
Result<xrml::RightsFor> parse_grant(std::string_view text);
// "alice@contoso.test": who may read, change and answer, but not forward, print, copy or export. Errc::invalid_setting.
Result<xrml::RightsFor> parse_do_not_forward(std::string_view text);

// "2027-01-31" (to its end), "2027-01-31T12:00Z" or "30d" (from now), in UTC; not past. Errc::invalid_setting.
Result<xrml::Time> parse_expiry(std::string_view text, xrml::Time now);

// Whether a holder of these rights may see the content: VIEW or OWNER, and nothing else, says so.
bool may_view(std::span<const xrml::UseGrant> grants);
bool may_view(const xrml::RightsFor& grant);

// "VIEW, EDIT until 2026-11-20T12:00Z for 7 days": for people. The days count from when the licence was issued.
std::string describe(std::span<const xrml::UseGrant> grants);

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
//
// What certificates and licences say, in words. Nothing here is made printable: that is for who shows it (report.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xrml/document.h"

namespace rms::client {

// What this kind of document is for.
std::string_view purpose_of(xrml::Kind kind);

std::string describe(const xrml::Object& object);
std::string describe(const xrml::Principal& principal);
// "2026-11-20T12:00Z", and whether that is past at `now`.
std::string describe(xrml::Time time, xrml::Time now);
// "from ... until ...", as far as there are ends; empty if there is none.
std::string describe(const xrml::Period& period, xrml::Time now);

// Whom a right is granted to: an address, "the owner", "everybody with an account here".
std::string grantee(const xrml::Object& object);

struct Granted {
  std::string to;  // empty: to the holder of the licence
  std::vector<const xrml::Grant*> rights;
};
// The grants of `work`, which must outlive the result, together by whom they are for; in the order of the document.
std::vector<Granted> by_grantee(const xrml::Work& work);

// When what is protected expires: at a time, so many days after it was protected, or never.
std::string expiry_of(const xrml::Work& work, xrml::Time now);
// How long its holder may use a use licence without asking again: of such a licence, or of what says it for those to
// come.
std::string offline_days_of(const xrml::Document& document, xrml::Time now);

}  // namespace rms::client

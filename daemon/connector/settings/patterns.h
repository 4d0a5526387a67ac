// SPDX-License-Identifier: Apache-2.0
//
// Names of which one part is left open: "exch*.contoso.com", "spiffe://contoso.com/exchange/*". Pure functions; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "connector/settings/settings.h"

namespace rms::connector {

// Whether its dns or uri is a pattern.
bool is_pattern(const Match& match);

// Whether the '*' of `pattern` can stand for one or more characters so that it becomes `name`, none of them `separator`
// ('.' in DNS names, '/' in URIs). A name that has a '*' itself, as wildcard certificates do, fits no pattern. Without
// a '*' the two must be equal. Case counts: DNS names come in lower case.
bool fits_pattern(std::string_view name, std::string_view pattern, char separator);

// What has to be equal in all names that fit: "contoso.com" of a DNS name, "spiffe://contoso.com/exchange/" of a URI;
// so names and patterns can be found by it.
std::string_view dns_place(std::string_view name);
std::string_view uri_place(std::string_view uri);
// The same of a pattern's match: that of its URI if that is the pattern, else that of its DNS name.
std::string pattern_place(const Match& match);

// Whether there could be a certificate that both match equally well. REQUIRES: is_pattern() of both, and one place.
bool may_both_match(const Match& a, const Match& b);

}  // namespace rms::connector

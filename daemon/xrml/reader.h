// SPDX-License-Identifier: Apache-2.0
//
// From elements to Content. For document.cpp only.
#pragma once

#include "base/result.h"
#include "xml/document.h"
#include "xrml/content.h"
#include "xrml/document.h"

namespace rms::xrml {

// Most that one document may hold of each; real ones hold a tenth of it.
inline constexpr std::size_t kMaxGrants = 4096;
inline constexpr std::size_t kMaxRightBytes = 256;  // of its name: each of its grantees gets a copy
inline constexpr std::size_t kMaxFederationPrincipals = 16;
inline constexpr std::size_t kMaxDistributionPoints = 16;
inline constexpr std::size_t kMaxAddresses = 64;       // of one object
inline constexpr std::size_t kMaxSecurityLevels = 64;  // of one principal
inline constexpr std::size_t kMaxAuthenticatedData = 64;
inline constexpr std::size_t kMaxPolicyLists = 16;
inline constexpr std::size_t kMaxKeyBytes = 512;  // RSA-4096: a modulus or a signature
inline constexpr std::size_t kMaxHardwareDigestBytes = 1024;
inline constexpr std::size_t kMaxEnablingBitsBytes = 8 * 1024;

// The only child with this name, or none. Errc::malformed if there are two: readers must not differ in which they take.
// Children in a namespace are others than those without.
Result<std::optional<xml::Element>> only_child(xml::Element parent, std::string_view name);
// The same, but Errc::malformed if there is none.
Result<xml::Element> required_child(xml::Element parent, std::string_view name);

// Reads by element name in any order, ignores elements and attributes that it does not know, except conditions of a
// right, where not knowing would grant more than was meant: Errc::unsupported.
// Errc::malformed, Errc::too_large (names the limit), Errc::unsupported (kind, version, key length).
Result<Content> read_content(xml::Element body);
Result<Signature> read_signature(xml::Element signature);

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
//
// How far a server's grants reach, beyond which operations it may ask for (docs/authorization.md). The connector reads
// it from its settings, signs it and sends it along; the service, which alone can open a licence, enforces it.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rms {

// The names of grants: as settings write them, and as refusals, journal and usage log call one that is missing.
namespace grant {
inline constexpr std::string_view kTemplates = "templates";
inline constexpr std::string_view kRecipients = "recipients";
inline constexpr std::string_view kOwners = "owners";
inline constexpr std::string_view kUntil = "until";
inline constexpr std::string_view kOpenAny = "open_any";
// The service's own consent, given to a connector: without it, open_any of the connector's settings opens nothing.
inline constexpr std::string_view kOpenAnyConsent = "open_any_consent";
}  // namespace grant

// Opening what the account was given no right to, as a super user does: never without a reason and an end.
struct OpenAny {
  std::string reason;
  WallTime until;  // it is over then

  friend bool operator==(const OpenAny&, const OpenAny&) = default;
};

// Each list: nullopt is no limit beyond what the content itself says, an empty one is nothing at all.
struct Scope {
  std::optional<std::vector<std::string>> templates{};   // GUIDs, lower case, no braces, and kCustomRights
  std::optional<std::vector<std::string>> recipients{};  // whom it may pre-license: addresses, and domains without @
  std::optional<std::vector<std::string>> owners{};      // whose content it may ask about: the same
  std::optional<WallTime> until{};                       // nothing is granted from then on
  std::optional<OpenAny> open_any{};

  friend bool operator==(const Scope&, const Scope&) = default;
};

// Among templates: content whose rights were written for it alone, without a template.
inline constexpr std::string_view kCustomRights = "custom";

inline constexpr std::size_t kMaxScopeNames = 1'000;  // in one list
inline constexpr std::size_t kMaxReasonBytes = 256;   // of open_any

bool is_over(const Scope& scope, WallTime now);
// `guid`: with or without braces, in any case; empty: rights without a template.
bool covers_template(const Scope& scope, std::string_view guid);
// Whether one of the addresses of one person is on the list, or in a domain of it. Case does not count.
bool covers_owner(const Scope& scope, std::span<const std::string> addresses);
bool covers_recipient(const Scope& scope, std::span<const std::string> addresses);
// Whether open_any is granted and not over. Whether the service consents is another question.
bool may_open_any(const Scope& scope, WallTime now);

}  // namespace rms

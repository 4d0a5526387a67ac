// SPDX-License-Identifier: Apache-2.0
//
// Use licences for others before they ask (MS-RMSI 3.5.4.1), as a mail server fetches them for those it delivers to.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/home/home.h"
#include "client/open.h"
#include "client/service/rights_service.h"

namespace rms::client {

inline constexpr std::size_t kMaxRecipients = 10'000;
inline constexpr std::size_t kMaxRecipientListBytes = 1024 * 1024;

// A service makes a key for each recipient who has none yet, a tenth of a second's work: so many that one call still
// ends in time.
inline constexpr std::size_t kRecipientsPerCall = 50;

// `named`, then those in `list`, one on a line ('#' begins a comment), each once. Each must be a mail address or a SID.
// Errc::invalid_setting says which is not; Errc::too_large; Errc of read_file().
Result<std::vector<std::string>> read_recipients(std::span<const std::string> named,
                                                 const std::optional<std::filesystem::path>& list);

// Asks for a licence for each of `recipients`: one answer each, in order, a verified licence with its chain or why
// there is none. Errc::denied also for a licence that may not be kept; Errc::untrusted for one that is not for the SID
// that was asked about. REQUIRES: verify_publication() holds for `file`;
// from 1 to kRecipientsPerCall recipients. Errc of the whole: RightsService's.
Result<std::vector<Result<Chain>>> acquire_pre_licenses(const ProtectedFile& file, const Identity& identity,
                                                        RightsService& service, std::span<const std::string> recipients,
                                                        xrml::Time now);

// Whom a licence is for, by its own words, if that is not what `recipient` is called: people have aliases. Else empty.
std::string other_holder(const xrml::Document& license, std::string_view recipient);

// Where the licence of `recipient` goes: "DIR/plan.ptxt.alice@contoso.test.license". What a recipient is called never
// leads elsewhere, and no two of them to the same file: what is no plain letter in it is written as in a URL, "%2F".
std::filesystem::path pre_license_name(const std::filesystem::path& folder, const std::filesystem::path& file,
                                       std::string_view recipient);

}  // namespace rms::client

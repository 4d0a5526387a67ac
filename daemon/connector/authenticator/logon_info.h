// SPDX-License-Identifier: Apache-2.0
//
// KERB_VALIDATION_INFO (MS-PAC 2.5), the part of a ticket in which a domain controller says who the account is and
// which groups it is in. Marshalled by NDR (MS-RPCE 2.2.6); we read what we need, within limits, and skip the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rms::connector {

// No directory puts an account into more groups: a token's limit is 1,024.
inline constexpr std::size_t kMostGroups = 4096;

struct LogonInfo {
  std::string account;                // "EXCH01$", UTF-8
  std::string domain;                 // "CONTOSO"
  std::string domain_sid;             // "S-1-5-21-..."
  std::string sid;                    // the account's
  std::string primary_group;          // SID
  std::vector<std::string> groups;    // SIDs: the domain's own, nested ones resolved by the controller
  std::vector<std::string> extra;     // SIDs of other domains' groups, universal groups, and SID history, which nobody
                                      // can tell apart from them
  std::vector<std::string> resource;  // SIDs: groups of the domain where the service is
};

// Errc::malformed; Errc::too_large for more than kMostGroups of a kind. Pure; linear in `bytes`.
Result<LogonInfo> read_logon_info(std::string_view bytes);

}  // namespace rms::connector

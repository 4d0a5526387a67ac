// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cloud/caller.h"
#include "cloud/outcome.h"
#include "cloud/store/records.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// Who the caller is to the rights service: the account that its entry in the connector's list names. The members of one
// entry are one account and share its rights. Without a SID the account's id is a GUID that follows from the tenant and
// the address, so that it is the same every time.
// Refused: ADEntrySearchFailedException without an address; VerifyEmailAddressFailedException for what is none;
// UnauthorizedAccessException for a SID that is none. Pure.
Outcome<xrml::Account> account_of_caller(std::string_view tenant_guid, const Caller& caller);

// The account of a user of the directory: the same as that of a caller with the user's primary address and SID. Pure.
xrml::Account account_of(std::string_view tenant_guid, const UserRecord& user);

// Whether `address` is the account's own or one of its aliases, without regard to ASCII case, as directories compare.
// An empty address is nobody's. Pure.
bool has_address(const xrml::Account& account, std::string_view address);

}  // namespace rms::cloud

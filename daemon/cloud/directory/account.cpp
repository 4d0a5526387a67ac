// SPDX-License-Identifier: Apache-2.0
#include "cloud/directory/account.h"

#include <algorithm>
#include <string>

#include "base/address.h"
#include "base/guid.h"
#include "base/text.h"

namespace rms::cloud {

bool has_address(const xrml::Account& account, std::string_view address) {
  if (address.empty()) return false;
  return equal_without_case(account.mail, address) ||
         std::ranges::any_of(account.aliases, [&](const auto& alias) { return equal_without_case(alias, address); });
}

xrml::Account account_of(std::string_view tenant_guid, const UserRecord& user) {
  xrml::Account account{user.sid, "", user.mail, user.aliases};
  if (user.sid.empty()) account.guid = named_guid(tenant_guid, to_lower(user.mail));
  return account;
}

Outcome<xrml::Account> account_of_caller(std::string_view tenant_guid, const Caller& caller) {
  if (caller.mail.empty())
    return soap::Fault{std::string(soap::exceptions::kADEntrySearchFailed),
                       "The calling account has no e-mail address."};
  if (!is_address(caller.mail))
    return soap::Fault{std::string(soap::exceptions::kVerifyEmailAddressFailed),
                       "The calling account's e-mail address is not valid."};
  if (!caller.sid.empty() && !is_sid(caller.sid))
    return soap::Fault{std::string(soap::exceptions::kUnauthorizedAccess), "The calling account's SID is not valid."};
  return account_of(tenant_guid, UserRecord{caller.mail, "", caller.sid, {}});
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/directory/directory.h"

#include "base/text.h"
#include "cloud/directory/account.h"

namespace rms::cloud {
namespace {

soap::Fault somebody_elses(std::string_view text) {
  return {std::string(soap::exceptions::kUnauthorizedAccess), std::string(text)};
}

}  // namespace

Outcome<Person> Directory::person_of_caller(std::string_view tenant_guid, const Caller& caller) {
  RMS_TRY(auto vouched, account_of_caller(tenant_guid, caller));
  RMS_TRY(const auto group, store_.find_group(tenant_guid, vouched.mail));
  if (group) return somebody_elses("The calling account's address is that of a group.");
  RMS_TRY(const auto by_mail, store_.find_user(tenant_guid, vouched.mail));
  if (caller.own_identity && by_mail && !equal_without_case(by_mail->sid, vouched.sid))
    return somebody_elses("The calling account's address, made of its name, is that of another account.");
  if (vouched.sid.empty()) {
    if (by_mail) return person_of(tenant_guid, *by_mail);
    return with_groups(tenant_guid, std::move(vouched));
  }
  RMS_TRY(const auto by_sid, store_.find_user(tenant_guid, vouched.sid));
  if (by_sid && (!by_mail || equal_without_case(by_mail->mail, by_sid->mail))) {
    // What the connector calls it is one of its names, too: administrators wrote it.
    RMS_TRY(auto person, person_of(tenant_guid, *by_sid));
    if (!has_address(person.account, vouched.mail)) person.account.aliases.push_back(vouched.mail);
    return person;
  }
  if (by_sid || (by_mail && !by_mail->sid.empty())) return Person{std::move(vouched), {}};
  if (by_mail) {
    auto user = *by_mail;
    user.sid = vouched.sid;
    return person_of(tenant_guid, user);
  }
  return with_groups(tenant_guid, std::move(vouched));
}

Result<std::optional<Person>> Directory::find(std::string_view tenant_guid, std::string_view address_or_sid) {
  RMS_TRY(const auto user, store_.find_user(tenant_guid, address_or_sid));
  if (!user) return std::nullopt;
  RMS_TRY(auto person, person_of(tenant_guid, *user));
  return std::optional(std::move(person));
}

Result<Person> Directory::person_of(std::string_view tenant_guid, const UserRecord& user) {
  return with_groups(tenant_guid, account_of(tenant_guid, user));
}

Result<Person> Directory::with_groups(std::string_view tenant_guid, xrml::Account account) {
  std::vector<std::string> addresses{account.mail};
  addresses.insert(addresses.end(), account.aliases.begin(), account.aliases.end());
  RMS_TRY(auto groups, store_.groups_of(tenant_guid, addresses));
  return Person{std::move(account), std::move(groups)};
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "cloud/caller.h"
#include "cloud/directory/person.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// Who people are: what a tenant imported (docs/directory.md). Each question reads the store, so an import counts from
// the next request on. Any thread. Errors: the store's, and Errc::too_large as DirectoryStore::groups_of(): they mean
// that nobody knows, and are never made a refusal.
class Directory {
 public:
  explicit Directory(DirectoryStore& store) : store_(store) {}

  // The caller as its connector vouches for it (refusals: account_of_caller()), and what the directory knows of it: the
  // primary address, aliases, SID and groups. A caller whom it does not know is no error, and may still be a member of
  // groups by its address. Where the two contradict each other (another SID; a SID of one and an address of another),
  // the address has probably passed to somebody else: the connector's word alone counts then, without groups.
  // Refused (UnauthorizedAccessException): the address is a group's; or the address was made of the server's name
  // (Caller::own_identity) and the directory knows it as somebody with another SID: whoever chooses the name of an
  // account must not become whom he likes.
  Outcome<Person> person_of_caller(std::string_view tenant_guid, const Caller& caller);

  // A user by any address or the SID. nullopt: nobody is known by that name.
  Result<std::optional<Person>> find(std::string_view tenant_guid, std::string_view address_or_sid);

 private:
  Result<Person> person_of(std::string_view tenant_guid, const UserRecord& user);
  Result<Person> with_groups(std::string_view tenant_guid, xrml::Account account);

  DirectoryStore& store_;
};

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// Who a name stands for in a Windows domain: questions to a Directory and what is made of the answers. Everything that
// is asked is bounded: accounts by name, groups by account, SIDs by question.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/lookup/directory.h"
#include "ctl/lookup/name.h"

namespace rms::ctl {

inline constexpr std::size_t kMostMatches = 100;
inline constexpr std::size_t kMostGroupsShown = 200;

struct Domain {
  DomainNames names;
  std::string sid;
  std::string base;  // "DC=contoso,DC=test"
};

// Errc::unsupported: it is no controller of a Windows domain. Errc::malformed. Errc as Directory::search().
Result<Domain> read_domain(Directory& directory);

enum class AccountKind { computer, user, managed, group_managed, group, foreign, other };

struct GroupName {
  std::string sid, name;  // the name is empty if the directory did not tell
};

// Somebody or some group. Texts as the directory has them: make them printable before a person sees them.
struct Account {
  AccountKind kind = AccountKind::other;
  std::string name;  // sAMAccountName; of who has none, the common name
  std::string sid, dn, mail;
  bool disabled = false;
  bool in_tickets = true;         // a group that tickets can name; distribution groups and the controller's own are not
  std::string scope;              // of a group: "global", "universal", "domain local", "built in"
  std::vector<GroupName> groups;  // that it is in, directly or through others
  bool more_groups = false;

  bool is_group() const { return kind == AccountKind::group; }
};

struct Answer {
  SearchedName name;
  std::vector<Account> accounts;  // none: not found; several: ambiguous
  bool more = false;
};

// Errc as Directory::search(); Errc::malformed: an entry has no SID that can be read.
Result<Answer> look_up(Directory& directory, const Domain& domain, const SearchedName& name);

}  // namespace rms::ctl

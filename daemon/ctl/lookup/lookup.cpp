// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/lookup.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <unordered_map>

#include "base/sid.h"
#include "base/text.h"

namespace rms::ctl {
namespace {

using Scope = DirectorySearch::Scope;

constexpr std::size_t kSidsOfOneQuestion = 50;
constexpr std::string_view kInChain = "1.2.840.113556.1.4.1941";  // LDAP_MATCHING_RULE_IN_CHAIN, MS-ADTS 3.1.1.3.4.4

std::uint32_t bits(const std::string& value) {
  std::int64_t number = 0;  // groupType is signed and often negative
  std::from_chars(value.data(), value.data() + value.size(), number);
  return static_cast<std::uint32_t>(number);
}

AccountKind kind_of(const DirectoryEntry& entry) {
  const auto is = [&](std::string_view name) {
    return std::ranges::any_of(entry.all("objectclass"), [&](const auto& it) { return equal_without_case(it, name); });
  };
  // A managed account is a computer, and a computer is a user.
  if (is("msDS-GroupManagedServiceAccount")) return AccountKind::group_managed;
  if (is("msDS-ManagedServiceAccount")) return AccountKind::managed;
  if (is("computer")) return AccountKind::computer;
  if (is("group")) return AccountKind::group;
  if (is("foreignSecurityPrincipal")) return AccountKind::foreign;
  if (is("user")) return AccountKind::user;
  return AccountKind::other;
}

// MS-ADTS 2.2.12.
void judge_group(Account& group, std::uint32_t type) {
  constexpr std::uint32_t kBuiltIn = 1, kGlobal = 2, kDomainLocal = 4, kUniversal = 8, kSecurity = 0x8000'0000;
  group.scope = type & kBuiltIn       ? "built in"
                : type & kGlobal      ? "global"
                : type & kDomainLocal ? "domain local"
                : type & kUniversal   ? "universal"
                                      : "";
  group.in_tickets = (type & kSecurity) != 0 && (type & kBuiltIn) == 0;
}

Result<Account> account_of(const DirectoryEntry& entry) {
  constexpr std::uint32_t kDisabled = 2;  // MS-ADTS 2.2.16
  const auto sid = sid_text(entry.first("objectsid"));
  if (!sid) return Error(Errc::malformed, "the directory gives " + entry.dn + " a SID that is none");
  Account account;
  account.kind = kind_of(entry);
  account.name = entry.first("samaccountname");
  if (account.name.empty()) account.name = entry.first("cn");
  account.sid = *sid;
  account.dn = entry.dn;
  account.mail = entry.first("mail");
  account.disabled = (bits(entry.first("useraccountcontrol")) & kDisabled) != 0;
  if (account.is_group()) judge_group(account, bits(entry.first("grouptype")));
  return account;
}

std::string name_of(const DirectoryEntry& entry) {
  return entry.first("samaccountname").empty() ? entry.first("cn") : entry.first("samaccountname");
}

// Names for SIDs, as far as this domain knows them.
Result<void> name_groups(Directory& directory, const Domain& domain, std::vector<GroupName>& groups) {
  std::unordered_map<std::string, std::string> names;
  for (std::size_t from = 0; from < groups.size(); from += kSidsOfOneQuestion) {
    const std::size_t to = std::min(from + kSidsOfOneQuestion, groups.size());
    DirectorySearch search{domain.base, Scope::below, "(|", {"objectSid", "sAMAccountName", "cn"}, to - from};
    for (std::size_t i = from; i < to; ++i)
      search.filter += "(objectSid=" + escape_filter(sid_bytes(groups[i].sid).value_or("")) + ")";
    search.filter += ")";
    RMS_TRY(const auto answer, directory.search(search));
    for (const DirectoryEntry& entry : answer.entries)
      if (const auto sid = sid_text(entry.first("objectsid"))) names.emplace(*sid, name_of(entry));
  }
  for (GroupName& group : groups)
    if (const auto found = names.find(group.sid); found != names.end()) group.name = found->second;
  return {};
}

// The controller counts an account's groups as it does for a ticket. Samba does so for accounts only.
Result<std::vector<GroupName>> token_groups(Directory& directory, const Account& account) {
  RMS_TRY(const auto answer, directory.search({account.dn, Scope::entry, "(objectClass=*)", {"tokenGroups"}, 1}));
  std::vector<GroupName> groups;
  if (answer.entries.empty()) return groups;
  for (const std::string& bytes : answer.entries.front().all("tokengroups"))
    if (auto sid = sid_text(bytes); sid && *sid != account.sid) groups.push_back({*std::move(sid), {}});
  return groups;
}

Result<void> add_groups(Directory& directory, const Domain& domain, Account& account) {
  RMS_TRY(account.groups, token_groups(directory, account));
  if (!account.groups.empty()) {
    account.more_groups = account.groups.size() > kMostGroupsShown;
    if (account.more_groups) account.groups.resize(kMostGroupsShown);
    return name_groups(directory, domain, account.groups);
  }
  const auto filter = "(member:" + std::string(kInChain) + ":=" + escape_filter(account.dn) + ")";
  RMS_TRY(
      const auto answer,
      directory.search({domain.base, Scope::below, filter, {"objectSid", "sAMAccountName", "cn"}, kMostGroupsShown}));
  account.more_groups = answer.cut_off;
  for (const DirectoryEntry& entry : answer.entries)
    if (auto sid = sid_text(entry.first("objectsid"))) account.groups.push_back({*std::move(sid), name_of(entry)});
  return {};
}

}  // namespace

const std::vector<std::string>& DirectoryEntry::all(const std::string& attribute) const {
  static const std::vector<std::string> kNone;
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? kNone : found->second;
}

const std::string& DirectoryEntry::first(const std::string& attribute) const {
  static const std::string kNothing;
  const auto& values = all(attribute);
  return values.empty() ? kNothing : values.front();
}

Result<Domain> read_domain(Directory& directory) {
  const auto no_controller = [&] {
    return Error(Errc::unsupported, directory.where() + " is no controller of a Windows domain");
  };
  RMS_TRY(const auto root,
          directory.search(
              {{}, Scope::entry, "(objectClass=*)", {"defaultNamingContext", "configurationNamingContext"}, 1}));
  if (root.entries.empty()) return no_controller();
  Domain domain;
  domain.base = root.entries.front().first("defaultnamingcontext");
  const std::string configuration = root.entries.front().first("configurationnamingcontext");
  if (domain.base.empty() || configuration.empty()) return no_controller();

  RMS_TRY(const auto top, directory.search({domain.base, Scope::entry, "(objectClass=*)", {"objectSid"}, 1}));
  const auto sid = top.entries.empty() ? std::nullopt : sid_text(top.entries.front().first("objectsid"));
  if (!sid) return Error(Errc::malformed, directory.where() + " does not say the SID of its domain");
  domain.sid = *sid;

  RMS_TRY(const auto names, directory.search({"CN=Partitions," + configuration,
                                              Scope::below,
                                              "(&(objectClass=crossRef)(nCName=" + escape_filter(domain.base) + "))",
                                              {"nETBIOSName", "dnsRoot"},
                                              1}));
  if (!names.entries.empty())
    domain.names = {names.entries.front().first("dnsroot"), names.entries.front().first("netbiosname")};
  if (domain.names.dns.empty() || domain.names.netbios.empty())
    return Error(Errc::malformed, directory.where() + " does not say the names of its domain");
  return domain;
}

Result<Answer> look_up(Directory& directory, const Domain& domain, const SearchedName& name) {
  Answer answer{name, {}, false};
  if (name.form == SearchedName::Form::down_level && names_another_domain(name, domain.names)) return answer;
  RMS_TRY(
      const auto found,
      directory.search({domain.base,
                        Scope::below,
                        filter_of(name, domain.names),
                        {"objectClass", "sAMAccountName", "cn", "objectSid", "mail", "userAccountControl", "groupType"},
                        kMostMatches}));
  answer.more = found.cut_off;
  for (const DirectoryEntry& entry : found.entries) {
    RMS_TRY(auto account, account_of(entry));
    answer.accounts.push_back(std::move(account));
  }
  // Of several the reader is to choose first.
  if (answer.accounts.size() == 1) RMS_CHECK(add_groups(directory, domain, answer.accounts.front()));
  return answer;
}

}  // namespace rms::ctl

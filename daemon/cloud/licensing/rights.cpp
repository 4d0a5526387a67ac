// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/rights.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/text.h"
#include "cloud/directory/account.h"

namespace rms::cloud {
namespace {

constexpr std::string_view kOwner = "OWNER";

bool is_owner(const xrml::Account& account, const std::optional<xrml::Object>& object) {
  if (!object) return false;
  if (object->id_type == "Windows" && !object->id.empty() && !account.sid.empty())
    return equal_without_case(object->id, account.sid);
  return has_address(account, object->name);
}

// All by which a licence may mean one person: the names of the account and of its groups. Sets, because a licence may
// have thousands of grants and a person thousands of groups.
class Names {
 public:
  explicit Names(const Person& who) {
    add(who.account);
    for (const auto& group : who.groups) add(group);
  }

  bool have(const xrml::Object& grantee, bool owner) const {
    if (grantee.id_type == "Internal")
      return equal_without_case(grantee.id, "Anyone") || (equal_without_case(grantee.id, "Owner") && owner);
    const auto address = to_lower(grantee.name);
    // Two SIDs say it for certain: an address may have gone to another person since.
    if (grantee.id_type == "Windows" && !grantee.id.empty())
      return sids_.contains(to_lower(grantee.id)) || addresses_without_sid_.contains(address);
    if (grantee.id_type == "Windows" || grantee.id_type == "Unspecified" || grantee.id_type == "Federation")
      return addresses_.contains(address);
    return false;
  }

 private:
  template <class Named>  // xrml::Account or GroupName
  void add(const Named& named) {
    if (!named.sid.empty()) sids_.insert(to_lower(named.sid));
    add_address(named.mail, named.sid.empty());
    for (const auto& alias : named.aliases) add_address(alias, named.sid.empty());
  }
  void add_address(const std::string& address, bool without_sid) {
    if (address.empty()) return;  // nobody's
    addresses_.insert(to_lower(address));
    if (without_sid) addresses_without_sid_.insert(to_lower(address));
  }

  std::unordered_set<std::string> sids_, addresses_, addresses_without_sid_;  // in lower case
};

xrml::Period overlap(const xrml::Period& a, const xrml::Period& b) {
  xrml::Period both = a;
  if (b.from && (!both.from || *both.from < *b.from)) both.from = b.from;
  if (b.until && (!both.until || *b.until < *both.until)) both.until = b.until;
  return both;
}

bool ends_later(const xrml::Period& a, const xrml::Period& b) {
  return b.until && (!a.until || *a.until > *b.until);
}

// One grant a right: of several that are valid now, the one that lasts. False: no room for another right; as there are
// few, looking for one is cheap however many grants there are.
bool add(std::vector<xrml::UseGrant>& grants, xrml::UseGrant grant) {
  const auto same = std::ranges::find(grants, grant.right, &xrml::UseGrant::right);
  if (same != grants.end()) {
    if (ends_later(grant.time, same->time)) *same = std::move(grant);
    return true;
  }
  if (grants.size() == xrml::kMaxUseGrants) return false;
  grants.push_back(std::move(grant));
  return true;
}

}  // namespace

Result<std::vector<xrml::UseGrant>> rights_of(const Person& who, const std::optional<xrml::Object>& claimed_owner,
                                              const xrml::Content& rights_data, xrml::Time now) {
  if (!rights_data.work) return Error(Errc::no_rights, "the rights data grant nothing");
  const auto& work = *rights_data.work;
  const bool owner = is_owner(who.account, claimed_owner) && is_owner(who.account, work.owner);
  if (owner) return std::vector{xrml::UseGrant{std::string(kOwner), {}, std::nullopt}};

  const Names names(who);
  std::vector<xrml::UseGrant> grants;
  bool outside_document = false;
  for (const auto& grant : work.grants) {
    if (!grant.grantee || !names.have(*grant.grantee, owner) || !grant.time.contains(now)) continue;
    if (!work.time.contains(now)) {
      outside_document = true;
      continue;
    }
    if (!add(grants, {to_upper(grant.right), overlap(grant.time, work.time), grant.interval_days}))
      return Error(Errc::too_large, "more rights for this account than a use licence holds");
  }
  if (grants.empty() && outside_document) return Error(Errc::not_valid_now, "the document is outside its time");
  if (grants.empty()) return Error(Errc::no_rights, "no right for this account at this time");
  const auto full = std::ranges::find(grants, kOwner, &xrml::UseGrant::right);
  if (full != grants.end()) return std::vector{*full};
  return grants;
}

}  // namespace rms::cloud

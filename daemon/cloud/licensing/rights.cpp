// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/rights.h"

#include <algorithm>

#include "cloud/directory/account.h"

namespace rms::cloud {
namespace {

constexpr std::string_view kOwner = "OWNER";

bool is_owner(const xrml::Account& account, const std::optional<xrml::Object>& object) {
  if (!object) return false;
  if (object->id_type == "Windows" && !object->id.empty() && !account.sid.empty())
    return same_address(object->id, account.sid);
  return has_address(account, object->name);
}

bool names(const xrml::Object& grantee, const xrml::Account& account, bool owner) {
  if (grantee.id_type == "Internal")
    return same_address(grantee.id, "Anyone") || (same_address(grantee.id, "Owner") && owner);
  // Two SIDs say it for certain: an address may have gone to another person since.
  if (grantee.id_type == "Windows" && !grantee.id.empty() && !account.sid.empty())
    return same_address(grantee.id, account.sid);
  if (grantee.id_type == "Windows" || grantee.id_type == "Unspecified" || grantee.id_type == "Federation")
    return has_address(account, grantee.name);
  return false;
}

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

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

}  // namespace

Result<std::vector<xrml::UseGrant>> rights_of(const xrml::Account& account,
                                              const std::optional<xrml::Object>& claimed_owner,
                                              const xrml::Content& rights_data, xrml::Time now) {
  if (!rights_data.work) return Error(Errc::no_rights, "the rights data grant nothing");
  const auto& work = *rights_data.work;
  const bool owner = is_owner(account, claimed_owner) && is_owner(account, work.owner);
  if (owner) return std::vector{xrml::UseGrant{std::string(kOwner), {}, std::nullopt}};

  std::vector<xrml::UseGrant> grants;
  bool outside_document = false;
  for (const auto& grant : work.grants) {
    if (!grant.grantee || !names(*grant.grantee, account, owner) || !grant.time.contains(now)) continue;
    if (!work.time.contains(now)) {
      outside_document = true;
      continue;
    }
    if (!add(grants, {upper(grant.right), overlap(grant.time, work.time), grant.interval_days}))
      return Error(Errc::too_large, "more rights for this account than a use licence holds");
  }
  if (grants.empty() && outside_document) return Error(Errc::not_valid_now, "the document is outside its time");
  if (grants.empty()) return Error(Errc::no_rights, "no right for this account at this time");
  const auto full = std::ranges::find(grants, kOwner, &xrml::UseGrant::right);
  if (full != grants.end()) return std::vector{*full};
  return grants;
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// Publishing and use licences. Certificates: certificates.cpp.
#include <algorithm>
#include <iterator>

#include "base/guid.h"
#include "xrml/certificates.h"
#include "xrml/phrases.h"
#include "xrml/reader.h"
#include "xrml/rights_data.h"
#include "xrml/well_known.h"
#include "xrml/writer.h"

namespace rms::xrml {
namespace {

Object person(const std::string& mail) {
  return {"", "Unspecified", "", mail, {}};
}

Object grantee_of(const std::string& mail) {
  return mail == kAnyone ? Object{"", "Internal", "Anyone", "", {}} : person(mail);
}

std::vector<Object> referral(const Publication& what) {
  if (what.content_name.empty()) return {};
  return {{std::string(kReferral),
           "MS-GUID",
           std::string(kReferralGuid),
           what.content_name,
           {{"URL", "mailto:" + what.owner_mail}}}};
}

Work work_of(const Publication& what) {
  Work work;
  work.object = {"", "MS-GUID", "{" + what.content_guid + "}", "", {}};
  work.owner = person(what.owner_mail);
  return work;
}

Result<Document> issue_rights_data(const Publication& what, Time now) {
  Content content;
  content.kind = Kind::rights_data;
  content.issued = now;
  content.distribution_points = referral(what);
  Work work = work_of(what);
  work.time = what.time;
  Grant grant;
  grant.right = kOwner;
  grant.grantee = person(what.owner_mail);
  work.grants.push_back(grant);
  for (const auto& [mail, rights, time] : what.rights) {
    grant.grantee = grantee_of(mail);
    grant.time = time;
    for (const auto& right : rights) {
      grant.right = right;
      work.grants.push_back(grant);
    }
  }
  content.work = std::move(work);
  if (what.keep_no_license) content.authenticated_data = {no_license_cache()};
  return issue(content, nullptr);
}

// The official template to the character, or what the publisher grants.
Result<Document> rights_data_of(const Publication& what, Time now) {
  if (!what.official_template) return issue_rights_data(what, now);
  RMS_CHECK(expect_kind(*what.official_template, Kind::official_template));
  if (!what.rights.empty() || what.time.from || what.time.until || what.keep_no_license)
    return Error(Errc::malformed, "a publication by a template, with rights or times of its own");
  return *what.official_template;
}

// What a publishing licence says whoever signs it; `content` has its issuer, if any, and where licences come from.
Result<void> publish(Content& content, Principal server, const Publication& what, const ContentKey& key, Time now) {
  content.kind = Kind::publishing_license;
  content.issued = now;
  for (auto& point : referral(what)) content.distribution_points.push_back(std::move(point));
  server.internal_id = "1";
  content.principals = {std::move(server)};
  RMS_TRY(content.principals.front().enabling_bits, seal(*content.principals.front().key, key, bound_text(content)));
  content.work = work_of(what);
  RMS_TRY(const auto rights, rights_data_of(what, now));
  RMS_TRY(auto encrypted, encrypt_rights_data(rights, key));
  content.authenticated_data = {{std::string(kEncryptedRightsData), "", std::move(encrypted)}};
  content.authenticated_data.insert(content.authenticated_data.end(), what.authenticated_data.begin(),
                                    what.authenticated_data.end());
  return {};
}

std::size_t bytes_in(const Object& object) {
  std::size_t bytes = object.type.size() + object.id_type.size() + object.id.size() + object.name.size();
  for (const auto& [type, value] : object.addresses) bytes += type.size() + value.size();
  return bytes;
}

// What a use licence would take over from these.
std::size_t bytes_to_copy(const Content& published, const Content& rights) {
  std::size_t bytes = bytes_in(published.work->object);
  if (published.work->owner) bytes += bytes_in(*published.work->owner);
  if (const auto* point = published.distribution_point(kReferral)) bytes += bytes_in(*point);
  for (const auto& data : rights.authenticated_data) bytes += data.name.size() + data.value.size();
  for (const auto& list : published.policy_lists) bytes += list.size();
  for (const auto& list : rights.policy_lists) bytes += list.size();
  return bytes;
}

bool is_one(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto at = text.find_first_not_of(kSpace);
  return at != std::string_view::npos && text[at] == '1' &&
         text.find_first_not_of(kSpace, at + 1) == std::string_view::npos;
}

// INTERVALTIME counts from the licence's ISSUEDTIME.
bool is_valid(const Grant& grant, Time issued, Time now) {
  if (!grant.time.contains(now)) return false;
  return !grant.interval_days || now < issued + std::chrono::days(*grant.interval_days);
}

}  // namespace

Result<Document> issue_publishing_license(const Document& clc, const PrivateKey& licensor_key, const Publication& what,
                                          const ContentKey& key, Time now) {
  RMS_CHECK(expect_kind(clc, Kind::client_licensor_certificate));
  Content content;
  Principal publisher = clc.content().principal();
  publisher.internal_id.clear();
  publisher.security_levels = {{"SDK", "2.0.0.0"}};
  content.issuer = std::move(publisher);
  content.distribution_points = clc.content().distribution_points;
  RMS_CHECK(publish(content, *clc.content().issuer, what, key, now));
  return issue(content, &licensor_key);
}

Result<Document> issue_unsigned_license(const Principal& server, const Publication& what, const ContentKey& key,
                                        Time now) {
  Content content;
  RMS_CHECK(publish(content, server, what, key, now));
  return issue(content, nullptr);
}

Result<Document> sign_publishing_license(const Issuer& server, const Document& unsigned_license, const ContentKey& key,
                                         const ServiceUrls& urls, Time now) {
  RMS_CHECK(expect_kind(unsigned_license, Kind::publishing_license));
  const Content& submitted = unsigned_license.content();
  if (submitted.issuer || unsigned_license.signature())
    return Error(Errc::malformed, "publishing licence: it was issued already");
  Content content;
  content.kind = Kind::publishing_license;
  content.issued = now;
  content.validity = submitted.validity;
  content.descriptor = submitted.descriptor;
  content.issuer = server.principal;
  content.distribution_points = licensing_points(urls);
  if (const auto* point = submitted.distribution_point(kReferral)) content.distribution_points.push_back(*point);
  Principal principal = server.principal;
  principal.internal_id = "1";
  content.principals = {std::move(principal)};
  RMS_TRY(content.principals.front().enabling_bits, seal(*server.principal.key, key, bound_text(content)));
  content.work = Work{submitted.work->object, submitted.work->owner, {}, {}};
  content.authenticated_data = submitted.authenticated_data;
  content.policy_lists = submitted.policy_lists;
  return issue(content, server.key);
}

Result<ContentKey> open_content_key(const Document& publishing_license, const Principal& server,
                                    const PrivateKey& server_key) {
  RMS_CHECK(expect_kind(publishing_license, Kind::publishing_license));
  const Principal& principal = publishing_license.content().principal();
  if (principal.object.id != server.object.id || principal.key != server.key) {
    return Error(Errc::untrusted, "publishing licence: for another server");
  }
  if (!principal.enabling_bits) return Error(Errc::malformed, "publishing licence: it holds no key");
  return unseal_content_key(server_key, *principal.enabling_bits, publishing_license.bound_text());
}

Result<Document> open_rights_data(const Document& publishing_license, const ContentKey& key) {
  const auto& data = publishing_license.content().authenticated_data;
  const auto rights = std::ranges::find(data, kEncryptedRightsData, &AuthenticatedData::id);
  if (rights == data.end() ||
      std::ranges::find(rights + 1, data.end(), kEncryptedRightsData, &AuthenticatedData::id) != data.end()) {
    return Error(Errc::malformed, "publishing licence: not one set of rights");
  }
  return decrypt_rights_data(rights->value, key);
}

Result<OpenedPublication> open_publishing_license(const Document& publishing_license, const Principal& server,
                                                  const PrivateKey& server_key) {
  RMS_TRY(auto key, open_content_key(publishing_license, server, server_key));
  RMS_TRY(auto rights, open_rights_data(publishing_license, key));
  return OpenedPublication{std::move(key), std::move(rights)};
}

Result<Document> issue_use_license(const Issuer& server, const Document& publishing_license,
                                   const Document& rights_data, const Document& rac, const ContentKey& key,
                                   const std::vector<UseGrant>& grants, Time now) {
  RMS_CHECK(expect_kind(rac, Kind::rights_account_certificate));
  return issue_use_license(server, publishing_license, rights_data, holder_of(rac), key, grants, now);
}

Result<Document> issue_use_license(const Issuer& server, const Document& publishing_license,
                                   const Document& rights_data, const Holder& holder, const ContentKey& key,
                                   const std::vector<UseGrant>& grants, Time now) {
  RMS_CHECK(expect_kind(publishing_license, Kind::publishing_license));
  if (grants.empty()) return Error(Errc::no_rights, "a use licence for nothing");
  const Content& published = publishing_license.content();
  if (rights_data.content().policy_lists.size() + published.policy_lists.size() > kMaxPolicyLists)
    return Error(Errc::too_large, "more policy lists than a use licence holds");
  if (bytes_to_copy(published, rights_data.content()) > kMaxCopiedBytes)
    return Error(Errc::too_large, "more to copy than a use licence holds");

  Content content;
  content.kind = Kind::use_license;
  content.issued = now;
  content.descriptor = {"Content-License", "MS-GUID", new_braced_guid(), "", {}};
  content.issuer = server.principal;
  Principal principal;
  principal.internal_id = "1";
  principal.object = holder.object;
  principal.key = holder.key;
  content.principals = {std::move(principal)};
  if (const auto* point = published.distribution_point(kReferral)) content.distribution_points = {*point};

  Work work;
  work.object = published.work->object;
  work.owner = published.work->owner;
  // An owner's licence says OWNER once and nothing else (MS-RMPR 2.2.9.9.6).
  const auto owner = std::ranges::find(grants, kOwner, &UseGrant::right);
  const auto granted = owner == grants.end() ? std::span(grants) : std::span(owner, 1);
  if (granted.size() > kMaxUseGrants) return Error(Errc::too_large, "more rights than a use licence holds");
  // The same key for the same holder, bound to the same text: sealed once, however many rights carry it.
  RMS_TRY(const auto sealed, seal(holder.key, key, bound_text(content)));
  for (const auto& [right, time, interval_days] : granted)
    work.grants.push_back({right, {}, "1", sealed, time, interval_days});
  content.work = std::move(work);
  // What is told to applications stands in the use licence too, or none could keep to it.
  std::ranges::copy_if(rights_data.content().authenticated_data, std::back_inserter(content.authenticated_data),
                       [](const auto& data) { return data.id == kApplicationSpecific; });
  content.policy_lists = rights_data.content().policy_lists;
  content.policy_lists.insert(content.policy_lists.end(), published.policy_lists.begin(), published.policy_lists.end());
  return issue(content, server.key);
}

bool may_be_kept(const Document& use_license) {
  return std::ranges::none_of(use_license.content().authenticated_data, [](const auto& data) {
    return data.id == kApplicationSpecific && data.name == kNoLicenseCache && is_one(data.value);
  });
}

Result<OpenedUse> open_use_license(const Document& use_license, const PrivateKey& account_key, Time now) {
  RMS_CHECK(expect_kind(use_license, Kind::use_license));
  const Content& content = use_license.content();
  if (content.principal().key != account_key.public_key()) {
    return Error(Errc::wrong_key, "use licence: for another account");
  }
  std::optional<OpenedUse> opened;
  for (const auto& grant : content.work->grants) {
    if (!is_valid(grant, content.issued, now)) continue;
    if (!grant.enabling_bits) return Error(Errc::malformed, "use licence: a right without its key");
    if (!opened) {
      RMS_TRY(auto key, unseal_content_key(account_key, *grant.enabling_bits, use_license.bound_text()));
      opened = OpenedUse{std::move(key), {}};
    }
    opened->grants.push_back({grant.right, grant.time, grant.interval_days});
  }
  if (!opened) return Error(Errc::not_valid_now, "use licence: no right is valid at " + format(now));
  return *std::move(opened);
}

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "cloud/keys/issuing_tenant.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "base/guid.h"
#include "cloud/xrml_time.h"
#include "xrml/key_wrap.h"

namespace rms::cloud {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxUrlBytes = 1024;

// Licences are opened many years after they were made, and the chain above them must still be in its validity.
constexpr std::chrono::days kHierarchyValidity{365 * 30};

// What a wrapped key is and whose: it cannot be put in the place of another.
std::string purpose(std::string_view guid, std::string_view which) {
  return "rms-connector tenant " + std::string(guid) + " " + std::string(which);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Result<void> check(const NewTenant& wanted) {
  const auto printable = [](std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  };
  if (wanted.name.empty() || wanted.name.size() > kMaxNameBytes || !printable(wanted.name))
    return Error(Errc::invalid_setting, "the tenant's name must be 1 to 256 bytes without control characters");
  const std::string_view url = wanted.url;
  const auto scheme = url.find("://");
  if (!(url.starts_with("https://") || url.starts_with("http://")) || url.size() > kMaxUrlBytes || !printable(url) ||
      url.size() == scheme + 3 || url.find_first_of("/?# ", scheme + 3) != std::string_view::npos)
    return Error(Errc::invalid_setting,
                 "the tenant's URL must be like https://rms.contoso.test, without a path: " + wanted.url);
  if (!wanted.guid.empty() && (!is_guid(wanted.guid) || wanted.guid.starts_with('{')))
    return Error(Errc::invalid_setting,
                 "the tenant's GUID must be like 0f45fd50-383b-43ee-90a4-ed013cd0cfe5: " + wanted.guid);
  return {};
}

}  // namespace

IssuingTenant::IssuingTenant(const TenantRecord& record, std::vector<xrml::Document> chain,
                             xrml::PrivateKey licensor_key)
    : guid_(record.guid),
      urls_(xrml::ServiceUrls::from_base(record.url + "/_wmcs")),
      chain_(std::move(chain)),
      licensor_key_(std::move(licensor_key)),
      anchors_{{licensor_key_.public_key()}} {}

Result<IssuingTenant> IssuingTenant::open(const TenantRecord& record, const Secret& wrapping_key) {
  const auto in_tenant = [&](Error error) { return std::move(error).in("tenant " + record.name); };
  auto chain = xrml::parse_chain(record.chain);
  if (chain) chain = xrml::expect_kind(*std::move(chain), xrml::Kind::server_licensor_certificate);
  if (!chain) return in_tenant(std::move(chain).error().in("its certificates"));
  auto pem = xrml::unwrap(wrapping_key, record.licensor_key, purpose(record.guid, "licensor-key"));
  if (!pem) return in_tenant(std::move(pem).error().in("its licensor key"));
  auto key = xrml::PrivateKey::from_pem(*pem);
  if (!key) return in_tenant(std::move(key).error().in("its licensor key"));
  if (chain->front().content().principal().key != key->public_key())
    return in_tenant(Error(Errc::untrusted, "its licensor key is not the one that its certificate names"));
  return IssuingTenant(record, *std::move(chain), *std::move(key));
}

std::vector<std::string> IssuingTenant::with_chain(const xrml::Document& leaf) const {
  std::vector<std::string> texts{std::string(leaf.text())};
  for (const auto& document : chain_) texts.emplace_back(document.text());
  return texts;
}

Result<TenantRecord> make_tenant(const NewTenant& wanted, const Secret& wrapping_key, WallTime now) {
  RMS_CHECK(check(wanted));
  TenantRecord record;
  record.guid = wanted.guid.empty() ? new_guid() : lower(wanted.guid);
  record.name = wanted.name;
  record.url = wanted.url;
  record.created = now;

  const auto issued = to_xrml_time(now);
  const xrml::Period validity{issued - kClockTolerance, issued + kHierarchyValidity};
  RMS_TRY(auto root_key, xrml::PrivateKey::generate());
  RMS_TRY(auto intermediate_key, xrml::PrivateKey::generate());
  RMS_TRY(auto licensor_key, xrml::PrivateKey::generate());
  RMS_TRY(auto root, xrml::issue_authority(wanted.name + " RMS Root", root_key.public_key(), std::nullopt, root_key,
                                           issued, validity));
  RMS_TRY(auto intermediate,
          xrml::issue_authority(wanted.name + " RMS Server Enrollment CA", intermediate_key.public_key(),
                                xrml::issuer_of(root, root_key), root_key, issued, validity));
  RMS_TRY(auto licensor, xrml::issue_server_licensor(
                             xrml::issuer_of(intermediate, intermediate_key), licensor_key.public_key(), wanted.name,
                             record.guid, xrml::ServiceUrls::from_base(wanted.url + "/_wmcs"), issued, validity));
  record.chain = xrml::join_chain(std::vector{licensor, intermediate, root});
  record.licensor_key = xrml::wrap(wrapping_key, licensor_key.to_pem(), purpose(record.guid, "licensor-key"));
  record.intermediate_key =
      xrml::wrap(wrapping_key, intermediate_key.to_pem(), purpose(record.guid, "intermediate-key"));
  record.root_key = xrml::wrap(wrapping_key, root_key.to_pem(), purpose(record.guid, "root-key"));
  return record;
}

}  // namespace rms::cloud

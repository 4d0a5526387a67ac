// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "cloud/store/records.h"
#include "xrml/certificates.h"
#include "xrml/chain.h"
#include "xrml/document.h"
#include "xrml/keys.h"

namespace rms::cloud {

// A tenant ready to issue: its certificates read, its licensor key open. Immutable; any thread.
class IssuingTenant {
 public:
  // Opens a stored tenant. Errc::wrong_key: wrapped with another key file. Errc::malformed, Errc::untrusted: the stored
  // chain is no server licensor chain, or not that of the key.
  static Result<IssuingTenant> open(const TenantRecord& record, const Secret& wrapping_key);

  const std::string& guid() const { return guid_; }
  const xrml::ServiceUrls& urls() const { return urls_; }

  // SLC, intermediate, root: what follows every leaf that we issue.
  const std::vector<xrml::Document>& chain() const { return chain_; }
  const xrml::Document& licensor_certificate() const { return chain_.front(); }
  const xrml::Principal& principal() const { return licensor_certificate().content().principal(); }
  const xrml::PrivateKey& licensor_key() const { return licensor_key_; }
  xrml::Issuer issuer() const { return xrml::issuer_of(licensor_certificate(), licensor_key_); }

  // What counts as ours: issued by this licensor key. The root would not do: it may certify other licensors one day,
  // and their account certificates are not our accounts.
  const xrml::TrustAnchors& anchors() const { return anchors_; }

  // `leaf` and our chain, as the texts of an answer.
  std::vector<std::string> with_chain(const xrml::Document& leaf) const;

 private:
  IssuingTenant(const TenantRecord& record, std::vector<xrml::Document> chain, xrml::PrivateKey licensor_key);

  std::string guid_;
  xrml::ServiceUrls urls_;
  std::vector<xrml::Document> chain_;
  xrml::PrivateKey licensor_key_;
  xrml::TrustAnchors anchors_;
};

// What makes a tenant.
struct NewTenant {
  std::string name;
  std::string url;   // "https://rms.contoso.test", http or https, no trailing slash or path
  std::string guid;  // empty: a new one
};

// Makes the tenant's hierarchy (root, intermediate, licensor; RSA-2048 each) and wraps its keys. Takes a second or so.
// Errc::invalid_setting says what is wrong with `wanted`.
Result<TenantRecord> make_tenant(const NewTenant& wanted, const Secret& wrapping_key, WallTime now);

}  // namespace rms::cloud

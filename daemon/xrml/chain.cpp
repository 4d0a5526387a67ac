// SPDX-License-Identifier: Apache-2.0
#include "xrml/chain.h"

#include <algorithm>
#include <string>

namespace rms::xrml {
namespace {

constexpr std::string_view kServer = "MS-DRM-Server";
constexpr std::string_view kSecurityProcessor = "MS-DRM-Desktop-Security-Processor";

const Grant* right_to_issue(const Content& content) {
  if (!content.work) return nullptr;
  const auto& grants = content.work->grants;
  const auto found = std::ranges::find(grants, "ISSUE", &Grant::right);
  return found == grants.end() ? nullptr : &*found;
}

// The descriptor of an enrollment service or of an issuer of SPCs is that of a server, too; a tenant's server is the
// one with an address (MS-RMPR 2.2.9.3.1, 2.2.9.3.3).
bool may_issue(const Content& issuer, Kind kind) {
  const Object& who = issuer.principal().object;
  switch (kind) {
    case Kind::authority_certificate:
      return issuer.kind == Kind::authority_certificate;
    case Kind::server_licensor_certificate:
      return issuer.kind == Kind::authority_certificate ||
             (issuer.kind == Kind::server_licensor_certificate && who.addresses.empty());
    case Kind::machine_certificate:
      return issuer.kind == Kind::server_licensor_certificate && who.type == kSecurityProcessor;
    case Kind::rights_account_certificate:
    case Kind::client_licensor_certificate:
    case Kind::official_template:
    case Kind::use_license:
      return issuer.kind == Kind::server_licensor_certificate && who.type == kServer;
    case Kind::publishing_license:
      return issuer.kind == Kind::client_licensor_certificate ||
             (issuer.kind == Kind::server_licensor_certificate && who.type == kServer);
    case Kind::rights_data:
      return false;
  }
  return false;
}

std::string place(const Document& document, std::size_t index) {
  return std::string(to_string(document.kind())) + ", document " + std::to_string(index + 1);
}

// `when` is the time at which a certificate had to be good for issuing: when it issued the document before it, now for
// the leaf. A publishing licence stays good after the certificate that it was published with (MS-RMPR 2.2.9.3).
Result<void> check_times(const Document& document, std::size_t index, Time when, Time now) {
  const Content& content = document.content();
  if (!content.validity.contains(now)) return Error(Errc::not_valid_now, place(document, index));
  if (const auto* right = right_to_issue(content); right != nullptr && !right->time.contains(when)) {
    return Error(Errc::not_valid_now, place(document, index) + ": its right to issue");
  }
  return {};
}

}  // namespace

bool TrustAnchors::contains(const PublicKey& key) const {
  return std::ranges::find(keys, key) != keys.end();
}

Result<void> check_link(const Document& document, const Document& issuer) {
  const auto& claimed = document.content().issuer;
  const Content& above = issuer.content();
  if (!claimed || !claimed->key || above.principals.empty() || above.principal().key != claimed->key ||
      above.principal().object.id != claimed->object.id || above.principal().object.name != claimed->object.name) {
    return Error(Errc::untrusted, "the next document is not its issuer's");
  }
  if (!may_issue(above, document.kind()) || right_to_issue(above) == nullptr) {
    return Error(Errc::untrusted, "a " + std::string(to_string(issuer.kind())) + " may not issue it");
  }
  return {};
}

Result<void> verify_chain(std::span<const Document> chain, const TrustAnchors& anchors, Time now) {
  if (chain.empty()) return Error(Errc::malformed, "a chain without documents");
  Time when = now;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const Document& document = chain[i];
    if (auto good = document.verify_signature(); !good) return std::move(good).error().in(place(document, i));
    RMS_CHECK(check_times(document, i, when, now));
    if (anchors.contains(*document.content().issuer->key)) return {};
    if (i + 1 == chain.size()) break;
    if (auto good = check_link(document, chain[i + 1]); !good) return std::move(good).error().in(place(document, i));
    when = document.content().issued;
  }
  return Error(Errc::untrusted,
               place(chain.back(), chain.size() - 1) + ": the chain ends before a key that is trusted");
}

Result<void> expect_kind(const Document& document, Kind kind) {
  if (document.kind() == kind) return {};
  return Error(Errc::malformed,
               "a " + std::string(to_string(kind)) + " was expected, not a " + std::string(to_string(document.kind())));
}

Result<std::vector<Document>> expect_kind(std::vector<Document> chain, Kind leaf) {
  if (chain.empty()) return Error(Errc::malformed, "a chain without documents");
  RMS_CHECK(expect_kind(chain.front(), leaf));
  return chain;
}

}  // namespace rms::xrml

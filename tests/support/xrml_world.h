// SPDX-License-Identifier: Apache-2.0
//
// A tenant, its servers' certificates and its people, made when first asked for: each test pays for the RSA keys that
// it uses and no others.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/outcome.h"
#include "xrml/certificates.h"

namespace rms::test {

using namespace std::chrono_literals;

inline constexpr xrml::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20) + 12h;
inline constexpr std::chrono::days kDay{1};
inline const xrml::Period kYear{kNow - kDay, kNow + 365 * kDay};

// The key of this name, the same whenever asked.
inline const xrml::PrivateKey& key_of(const std::string& name, unsigned bits = 2048) {
  static std::map<std::string, xrml::PrivateKey> keys;
  const auto found = keys.find(name);
  if (found != keys.end()) return found->second;
  return keys.emplace(name, must(xrml::PrivateKey::generate(bits))).first->second;
}

inline xrml::ServiceUrls urls() {
  return xrml::ServiceUrls::from_base("https://rms.contoso.test/_wmcs");
}

inline const xrml::Document& root() {
  static const auto document =
      must(xrml::issue_authority("Contoso Root", key_of("root").public_key(), {}, key_of("root"), kNow - kDay, kYear));
  return document;
}

inline const xrml::Document& server_certificate() {
  static const auto document = must(
      xrml::issue_server_licensor(xrml::issuer_of(root(), key_of("root")), key_of("server").public_key(),
                                  "Contoso & <Sons>", "c04a2344-eae8-4d4f-89dc-036792332149", urls(), kNow, kYear));
  return document;
}

inline xrml::Issuer server() {
  return xrml::issuer_of(server_certificate(), key_of("server"));
}

inline xrml::TrustAnchors anchors() {
  return {{key_of("root").public_key()}};
}

inline const xrml::Document& machine() {
  static const auto document =
      must(xrml::issue_machine_certificate(key_of("machine"), "62c84d7e-880f-404a-80d4-5628249b4073", kNow));
  return document;
}

// Certificates of the person <name>@contoso.test, whose keys are "<name>" and "<name>'s licensor".
inline std::string mail_of(const std::string& name) {
  return name + "@contoso.test";
}

inline xrml::Document account_certificate(const std::string& name) {
  return must(xrml::issue_rights_account(server(), {"S-1-5-21-1-2-3-1118", "", mail_of(name), {}}, key_of(name),
                                         machine(), urls(), kNow, kYear));
}

inline xrml::Document licensor_certificate(const std::string& name) {
  return must(xrml::issue_client_licensor(server(), account_certificate(name), key_of(name + "'s licensor"), urls(),
                                          kNow, kYear));
}

inline xrml::Publication publication() {
  return {"09d39708-df09-4554-bd2b-d6421346dd30",
          mail_of("alice"),
          "Budget.docx",
          {{mail_of("bob"), {"VIEW", "EXTRACT"}, {kNow, kNow + 30 * kDay}}, {mail_of("carol"), {"EDIT"}, {}}},
          {},
          {{"APPSPECIFIC", "VIEWER", "1"}}};
}

inline std::vector<xrml::Document> published_by(const std::string& name, const xrml::ContentKey& key) {
  auto certificate = licensor_certificate(name);
  auto license =
      must(xrml::issue_publishing_license(certificate, key_of(name + "'s licensor"), publication(), key, kNow));
  return {license, certificate, server_certificate(), root()};
}

}  // namespace rms::test

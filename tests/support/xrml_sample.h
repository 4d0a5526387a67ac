// SPDX-License-Identifier: Apache-2.0
//
// One document that holds everything, to break one thing of it.
#pragma once

#include <stdexcept>
#include <string>

#include "support/outcome.h"
#include "support/xrml_world.h"
#include "xrml/document.h"

namespace rms::test {

// A number that passes for an RSA modulus: reading needs no more.
inline xrml::PublicKey some_key(std::uint8_t byte = 0xC5) {
  return must(xrml::PublicKey::from_modulus_le(std::vector<std::uint8_t>(256, byte)));
}

// A publishing licence with everything that a document can hold, not signed.
inline xrml::Content sample() {
  xrml::Content content;
  content.kind = xrml::Kind::publishing_license;
  content.issued = kNow;
  content.validity = {kNow, std::nullopt};
  content.descriptor = {"", "MS-GUID", "{1}", "LCID 1033:NAME a\nb:DESCRIPTION c;", {}};
  xrml::Principal issuer;
  issuer.object = {
      "Group-Identity", "Windows", "S-1-5-21-1", "a&b <c@contoso.test>", {{"URL", "x"}, {"home_puid", "1"}}};
  issuer.key = some_key();
  issuer.security_levels = {{"SDK", "\"1\""}};
  content.issuer = issuer;
  content.distribution_points = {
      {"License-Acquisition-URL", "MS-GUID", "{2}", "DRM Server Cluster", {{"URL", "https://x/"}}},
      {"Referral-Info", "MS-GUID", "{3}", "n", {{"URL", "mailto:n"}}}};
  xrml::Principal server;
  server.internal_id = "1";
  server.object = {"MS-DRM-Server", "MS-GUID", "{4}", "N", {}};
  server.key = some_key(0xC7);
  server.enabling_bits = xrml::EnablingBits{true, {1, 2, 3}};
  content.principals = {server};
  xrml::Work work;
  work.object = {"", "MS-GUID", "{5}", "", {}};
  work.owner = xrml::Object{"", "Unspecified", "", "o@contoso.test", {}};
  work.time = {kNow, kNow + std::chrono::hours(1)};
  xrml::Grant view{"VIEW", xrml::Object{"", "Unspecified", "", "v@contoso.test", {}}, "", {}, {kNow, {}}, 7};
  xrml::Grant custom{"OBJMODEL", {}, "1", xrml::EnablingBits{false, {4}}, {}, {}};
  work.grants = {view, custom};
  content.work = work;
  content.authenticated_data = {{"Encrypted-Rights-Data", "", "AAAA"}, {"APPSPECIFIC", "VIEWER", "1"}};
  content.policy_lists = {"<POLICYLIST type=\"exclusion\" />"};
  return content;
}

inline std::string sample_text() {
  return std::string(must(xrml::issue(sample(), nullptr)).text());
}

inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::logic_error("nothing to replace: " + std::string(what));
  return text.replace(at, what.size(), by);
}

// The sample with one thing changed.
inline Result<xrml::Document> parse_with(std::string_view what, std::string_view by) {
  return xrml::Document::parse(replaced(sample_text(), what, by));
}

inline std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

}  // namespace rms::test

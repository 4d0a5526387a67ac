// SPDX-License-Identifier: Apache-2.0
#include "client/publication.h"

namespace rms::client {
namespace {

constexpr std::string_view kId =
    "APPSPECIFIC";  // What applications put into a licence for themselves (MS-RMPR 2.2.9.8.7).
constexpr std::string_view kDigest = "CONTENT-SHA256";
constexpr std::string_view kExtension = "CONTENT-EXTENSION";
constexpr std::size_t kDigestBytes = 32;

Result<std::optional<std::string>> find(const xrml::Document& license, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& data : license.content().authenticated_data) {
    if (data.id != kId || data.name != name) continue;
    if (found) return Error(Errc::malformed, "publishing licence: " + std::string(name) + " stands twice");
    found = data.value;
  }
  return found;
}

}  // namespace

std::vector<xrml::AuthenticatedData> to_authenticated_data(const ContentSeal& seal) {
  std::vector<xrml::AuthenticatedData> data{{std::string(kId), std::string(kDigest), xrml::base64(seal.sha256)}};
  if (!seal.extension.empty()) data.push_back({std::string(kId), std::string(kExtension), seal.extension});
  return data;
}

Result<std::optional<ContentSeal>> content_seal_of(const xrml::Document& publishing_license) {
  RMS_TRY(const auto digest, find(publishing_license, kDigest));
  RMS_TRY(const auto extension, find(publishing_license, kExtension));
  if (!digest) return std::optional<ContentSeal>();
  ContentSeal seal;
  RMS_TRY(seal.sha256, xrml::from_base64(*digest));
  if (seal.sha256.size() != kDigestBytes)
    return Error(Errc::malformed, "publishing licence: " + std::string(kDigest) + " is no SHA-256");
  seal.extension = extension.value_or("");
  return std::optional<ContentSeal>(std::move(seal));
}

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
//
// What a publishing licence says of the file around it. The ciphers of the format do not notice altered content, so
// the licence, which is signed, carries the content's digest (docs/decisions/0040-content-digest.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/pfile/content.h"
#include "xrml/document.h"

namespace rms::client {

struct ContentSeal {
  pfile::Sha256 sha256;   // of the encrypted content
  std::string extension;  // of the file's name: ".txt", or empty
};

// As AUTHENTICATEDDATA of a publication, and back. nullopt: whoever published this seals no content.
// Errc::malformed if it is there and cannot be read, or stands twice.
std::vector<xrml::AuthenticatedData> to_authenticated_data(const ContentSeal& seal);
Result<std::optional<ContentSeal>> content_seal_of(const xrml::Document& publishing_license);

}  // namespace rms::client

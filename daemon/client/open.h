// SPDX-License-Identifier: Apache-2.0
//
// Opening a protected file: read it, follow its licence to the root, ask for a use licence, decrypt.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/files/files.h"
#include "client/home/home.h"
#include "client/pfile/header.h"
#include "client/progress.h"
#include "client/publication.h"
#include "client/service/rights_service.h"
#include "xrml/certificates.h"

namespace rms::client {

// A protected file as it claims to be. Nothing is verified yet but that its parts fit together.
struct ProtectedFile {
  InputFile file;
  pfile::Header header;
  Chain license;                    // PL, CLC, ...
  std::optional<ContentSeal> seal;  // absent: made by others, whose licences do not cover the content
};
// Errc as pfile::read_header(); Errc::malformed if the licence is none.
Result<ProtectedFile> read_protected_file(const std::filesystem::path& path);

// Whether the licence is what its publisher signed, leads to our root, and is about this file. Offline.
// Errc::signature_invalid, Errc::untrusted, Errc::not_valid_now as xrml::verify_chain(); Errc::corrupt.
Result<void> verify_publication(const ProtectedFile& file, const Identity& identity, xrml::Time now);

// Whether `license`, a chain, is a use licence from our root and about this file. Whom it is for, it does not say.
// Errc: those of xrml::verify_chain(); Errc::malformed (another kind), Errc::untrusted (about other content).
Result<void> verify_use_license(const Chain& license, const ProtectedFile& file, const Identity& identity,
                                xrml::Time now);

// What we may do with a content, and with what key.
struct Use {
  xrml::ContentKey key;
  std::vector<xrml::UseGrant> grants;
  std::string publisher;  // mail address, vouched for by the certificate that the content was protected with
  std::string owner;      // mail address, as the publisher wrote it
  std::string issuer;     // of the use licence
};
// Verifies the publication, asks the service and verifies what it says. Errc: verify_publication's, RightsService's;
// Errc::untrusted (the use licence is not from our root, or about other content), Errc::wrong_key;
// Errc::no_rights (it grants something, but neither VIEW nor OWNER: nothing may be shown).
Result<Use> acquire_use(const ProtectedFile& file, const Identity& identity, RightsService& service, xrml::Time now);

// The same with a licence that was got before, a file of documents; nobody is asked. Errc::denied: it says that it may
// not be kept (NOLICCACHE). Errc::wrong_key: it is for another account. Errc::not_valid_now: it has expired.
Result<Use> use_kept_license(const ProtectedFile& file, const std::filesystem::path& license, const Identity& identity,
                             xrml::Time now);

// Decrypts into a new file for its owner only; it appears once the whole content is verified. Errc::corrupt if it was
// altered, Errc::already_exists, Errc::io_error, Errc::cancelled.
Result<void> write_content(const ProtectedFile& file, const Use& use, const std::filesystem::path& output, bool replace,
                           Progress& progress);
// Decrypts into `sink`, which cannot take anything back: the content is read twice, and verified before the first byte.
Result<void> write_content(const ProtectedFile& file, const Use& use, Sink& sink, Progress& progress);

}  // namespace rms::client

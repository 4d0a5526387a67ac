// SPDX-License-Identifier: Apache-2.0
#include "client/protect.h"

#include "base/guid.h"
#include "client/pfile/content.h"
#include "client/pfile/header.h"
#include "client/publication.h"

namespace rms::client {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

// The licence chain as it stands in the file: whoever opens it can follow it to the root without asking anybody. The
// root itself is left out: only one that the reader has already can be believed.
Result<std::string> issue_license(const Identity& identity, xrml::Publication publication, const ContentSeal& seal,
                                  const xrml::ContentKey& key, xrml::Time now) {
  publication.authenticated_data = to_authenticated_data(seal);
  RMS_TRY(auto license, xrml::issue_publishing_license(identity.licensor_chain.front(), identity.licensor_key,
                                                       publication, key, now));
  Chain chain{std::move(license)};
  for (const auto& document : identity.licensor_chain)
    if (document.content().principal().key != document.content().issuer->key) chain.push_back(document);
  std::string text = std::string(kUtf8Mark) + xrml::join_chain(chain);
  if (text.size() > pfile::kMaxLicenseBytes) return Error(Errc::too_large, "the licence is longer than 8 MiB");
  return text;
}

}  // namespace

Result<Protected> protect(const Identity& identity, const ProtectRequest& request, xrml::Time now, Progress& progress) {
  RMS_TRY(const auto input, InputFile::open(request.input));
  RMS_TRY(const auto key, xrml::ContentKey::generate());
  xrml::Publication publication;
  publication.content_guid = new_guid();
  publication.owner_mail = identity.account.mail;
  // No content_name: the licence is readable by anyone, and what a file was called may say too much.
  publication.rights = request.rights;
  ContentSeal seal{pfile::Sha256(32), request.input.extension().string()};
  if (!pfile::is_extension(seal.extension)) seal.extension.clear();

  // The licence stands before the content and covers its digest, which is known after it. A digest is always as long
  // as another: a first licence tells how much room the real one will need.
  RMS_TRY(const std::string draft, issue_license(identity, publication, seal, key, now));
  const pfile::Header layout = pfile::lay_out(seal.extension, draft.size());
  using File = OutputFile;
  RMS_TRY(auto output, File::create(request.output, request.replace ? File::Existing::replace : File::Existing::keep,
                                    File::Readers::umask));
  output.skip_to(layout.content.offset);
  RMS_TRY(auto encrypted, pfile::encrypt_content(input, key, output, progress));

  seal.sha256 = std::move(encrypted.sha256);
  RMS_TRY(const std::string license, issue_license(identity, publication, seal, key, now));
  if (license.size() != draft.size()) return Error(Errc::corrupt, "the licence is not as long as its draft was");
  RMS_CHECK(output.write_at(0, bytes_of(pfile::encode(layout, encrypted.plain_bytes))));
  RMS_CHECK(output.write_at(layout.license.offset, bytes_of(license)));
  RMS_CHECK(output.commit());
  return Protected{publication.content_guid, encrypted.plain_bytes};
}

}  // namespace rms::client

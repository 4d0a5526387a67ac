// SPDX-License-Identifier: Apache-2.0
#include "client/protect.h"

#include <algorithm>

#include "base/guid.h"
#include "client/pfile/content.h"
#include "client/pfile/header.h"
#include "client/publication.h"

namespace rms::client {
namespace {

constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

class Nowhere final : public Sink {
 public:
  Result<void> append(Bytes) override { return {}; }
};

xrml::Publication publication_of(const Identity& identity, const ProtectRequest& request) {
  xrml::Publication publication;
  publication.content_guid = new_guid();
  publication.owner_mail = identity.account.mail;
  // No content_name: the licence is readable by anyone, and what a file was called may say too much.
  publication.rights = request.rights;
  publication.time.until = request.expires;
  publication.keep_no_license = request.keep_no_license;
  publication.official_template = request.official_template;
  return publication;
}

// What the licence is to say of the content, its digest not known yet.
ContentSeal seal_of(const ProtectRequest& request) {
  ContentSeal seal{pfile::Sha256(32), request.input.extension().string()};
  if (!pfile::is_extension(seal.extension)) seal.extension.clear();
  return seal;
}

// The licence chain as it stands in the file: whoever opens it can follow it to the root without asking anybody. The
// root itself is left out: only one that the reader has already can be believed.
Result<std::string> text_of(const Chain& license) {
  Chain chain;
  for (const auto& document : license) {
    const auto& content = document.content();
    if (document.kind() == xrml::Kind::publishing_license || content.principal().key != content.issuer->key)
      chain.push_back(document);
  }
  std::string text = std::string(kUtf8Mark) + xrml::join_chain(chain);
  if (text.size() > pfile::kMaxLicenseBytes) return Error(Errc::too_large, "the licence is longer than 8 MiB");
  return text;
}

Result<std::string> issue_license(const Identity& identity, xrml::Publication publication, const ContentSeal& seal,
                                  const xrml::ContentKey& key, xrml::Time now) {
  publication.authenticated_data = to_authenticated_data(seal);
  RMS_TRY(auto license, xrml::issue_publishing_license(identity.licensor_chain.front(), identity.licensor_key,
                                                       publication, key, now));
  Chain chain{std::move(license)};
  chain.insert(chain.end(), identity.licensor_chain.begin(), identity.licensor_chain.end());
  return text_of(chain);
}

// Whether the service signed what it was asked to sign. What is encrypted and what is signed of the content must be
// ours to the character; issuer, time and where licences come from are the service's to say.
Result<void> check_signed(const xrml::Document& ours, const xrml::Document& theirs) {
  const auto& asked = ours.content();
  const auto& got = theirs.content();
  const auto same = [](const xrml::AuthenticatedData& a, const xrml::AuthenticatedData& b) {
    return a.id == b.id && a.name == b.name && a.value == b.value;
  };
  if (got.work && got.work->object.id == asked.work->object.id && got.work->owner &&
      got.work->owner->name == asked.work->owner->name &&
      std::ranges::equal(asked.authenticated_data, got.authenticated_data, same))
    return {};
  return Error(Errc::untrusted, "the publishing licence that came back is not the one that was to be signed");
}

Result<std::string> acquire_license(const Identity& identity, RightsService& service, const xrml::Principal& server,
                                    xrml::Publication publication, const ContentSeal& seal, const xrml::ContentKey& key,
                                    xrml::Time now) {
  publication.authenticated_data = to_authenticated_data(seal);
  RMS_TRY(const auto license, xrml::issue_unsigned_license(server, publication, key, now));
  RMS_TRY(const Chain chain, service.acquire_issuance_license(license));
  if (auto good = xrml::verify_chain(chain, identity.anchors, now); !good)
    return std::move(good).error().in("the publishing licence that came back");
  RMS_CHECK(check_signed(license, chain.front()));
  return text_of(chain);
}

Result<OutputFile> create_output(const ProtectRequest& request) {
  using File = OutputFile;
  return File::create(request.output, request.replace ? File::Existing::replace : File::Existing::keep,
                      File::Readers::umask);
}

// The head and the licence, before the content that is there already; and the file gets its name.
Result<void> complete(OutputFile& output, const pfile::Header& layout, const std::string& license,
                      std::uint64_t plain_bytes) {
  RMS_CHECK(output.write_at(0, bytes_of(pfile::encode(layout, plain_bytes))));
  RMS_CHECK(output.write_at(layout.license.offset, bytes_of(license)));
  return output.commit();
}

}  // namespace

Result<Protected> protect(const Identity& identity, const ProtectRequest& request, xrml::Time now, Progress& progress) {
  RMS_TRY(const auto input, InputFile::open(request.input));
  RMS_TRY(const auto key, xrml::ContentKey::generate());
  const auto publication = publication_of(identity, request);
  ContentSeal seal = seal_of(request);

  // The licence stands before the content and covers its digest, which is known after it. A digest is always as long
  // as another: a first licence tells how much room the real one will need.
  RMS_TRY(const std::string draft, issue_license(identity, publication, seal, key, now));
  const pfile::Header layout = pfile::lay_out(seal.extension, draft.size());
  RMS_TRY(auto output, create_output(request));
  output.skip_to(layout.content.offset);
  RMS_TRY(auto encrypted, pfile::encrypt_content(input, key, output, progress));

  seal.sha256 = std::move(encrypted.sha256);
  RMS_TRY(const std::string license, issue_license(identity, publication, seal, key, now));
  if (license.size() != draft.size()) return Error(Errc::corrupt, "the licence is not as long as its draft was");
  RMS_CHECK(complete(output, layout, license, encrypted.plain_bytes));
  return Protected{publication.content_guid, encrypted.plain_bytes};
}

Result<Protected> protect_online(const Identity& identity, RightsService& service, const ProtectRequest& request,
                                 xrml::Time now, Progress& progress) {
  RMS_TRY(const auto input, InputFile::open(request.input));
  RMS_TRY(auto output, create_output(request));  // before anybody is asked to sign for nothing
  RMS_TRY(const auto key, xrml::ContentKey::generate());
  const auto publication = publication_of(identity, request);
  ContentSeal seal = seal_of(request);
  Nowhere nowhere;
  RMS_TRY(auto expected, pfile::encrypt_content(input, key, nowhere, progress));
  seal.sha256 = expected.sha256;

  RMS_TRY(const Chain server, service.get_licensor_certificate());
  if (auto good = xrml::verify_chain(server, identity.anchors, now); !good)
    return std::move(good).error().in("the rights service's certificate");
  RMS_TRY(const std::string license,
          acquire_license(identity, service, server.front().content().principal(), publication, seal, key, now));
  const pfile::Header layout = pfile::lay_out(seal.extension, license.size());
  output.skip_to(layout.content.offset);
  RMS_TRY(const auto encrypted, pfile::encrypt_content(input, key, output, progress));
  if (encrypted.sha256 != expected.sha256)
    return Error(Errc::corrupt, request.input.string() + ": it changed while it was being protected");
  RMS_CHECK(complete(output, layout, license, encrypted.plain_bytes));
  return Protected{publication.content_guid, encrypted.plain_bytes};
}

}  // namespace rms::client

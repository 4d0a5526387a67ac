// SPDX-License-Identifier: Apache-2.0
#include "client/open.h"

#include <fmt/format.h>

#include "client/pfile/content.h"
#include "client/rights.h"

namespace rms::client {
namespace {

constexpr const char* kUseLicense = "the use licence";
constexpr std::size_t kUseLicenseLimitBytes = 1024 * 1024;

// Files made by others hold the licence and its publisher's certificate only; the rest of the chain is the same as ours
// if the same service issued both.
Chain completed(const Chain& license, const Identity& identity) {
  Chain chain(license.begin(), license.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(license.size(), 2)));
  chain.insert(chain.end(), identity.licensor_chain.begin() + 1, identity.licensor_chain.end());
  return chain;
}

Result<Use> open_use(const Chain& license, const ProtectedFile& file, const Identity& identity, xrml::Time now) {
  RMS_CHECK(verify_use_license(license, file, identity, now));
  auto opened = xrml::open_use_license(license.front(), identity.account_key, now);
  if (!opened) return std::move(opened).error().in(kUseLicense);
  if (!may_view(opened->grants))
    return Error(Errc::no_rights, "the rights service grants " + describe(opened->grants) +
                                      ", but not the right to view (VIEW or OWNER)");
  // Both chains are verified: what they name as issuer is what the issuer's certificate says.
  const auto& published = *file.license.front().content().work;
  return Use{std::move(opened->key), std::move(opened->grants), file.license.front().content().issuer->object.name,
             published.owner ? published.owner->name : "", license.front().content().issuer->object.name};
}

std::optional<pfile::Sha256> digest_of(const ProtectedFile& file) {
  return file.seal ? std::optional(file.seal->sha256) : std::nullopt;
}

}  // namespace

Result<ProtectedFile> read_protected_file(const std::filesystem::path& path) {
  RMS_TRY(auto file, InputFile::open(path));
  auto header = pfile::read_header(file);
  if (!header) return std::move(header).error().in(path.string());
  std::string bytes(static_cast<std::size_t>(header->license.length), '\0');
  RMS_TRY(const std::size_t have,
          file.read_at(header->license.offset, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
  bytes.resize(have);  // A file that became shorter meanwhile shows as a licence that is cut off.
  auto chain = xrml::parse_chain(bytes);
  if (!chain) return std::move(chain).error().in(path.string() + ": the publishing licence");
  auto license = xrml::expect_kind(std::move(*chain), xrml::Kind::publishing_license);
  if (!license) return std::move(license).error().in(path.string());
  auto seal = content_seal_of(license->front());
  if (!seal) return std::move(seal).error().in(path.string());
  return ProtectedFile{std::move(file), std::move(*header), std::move(*license), std::move(*seal)};
}

Result<void> verify_publication(const ProtectedFile& file, const Identity& identity, xrml::Time now) {
  auto whole = xrml::verify_chain(file.license, identity.anchors, now);
  if (!whole && whole.error() == Errc::untrusted &&
      xrml::verify_chain(completed(file.license, identity), identity.anchors, now))
    whole = Result<void>();
  // Also what stands behind the root and is not needed: nothing in the file may have been altered.
  for (const auto& document : file.license)
    if (whole) whole = document.verify_signature();
  if (!whole) return std::move(whole).error().in(file.file.path().string() + ": the publishing licence");
  if (file.seal && file.seal->extension != file.header.extension)
    return Error(Errc::corrupt, file.file.path().string() +
                                    ": its extension was altered: the licence's signature covers '" +
                                    file.seal->extension + "', the header says '" + file.header.extension + "'");
  return {};
}

Result<void> verify_use_license(const Chain& license, const ProtectedFile& file, const Identity& identity,
                                xrml::Time now) {
  RMS_CHECK(xrml::expect_kind(license.front(), xrml::Kind::use_license));
  if (auto good = xrml::verify_chain(license, identity.anchors, now); !good)
    return std::move(good).error().in(kUseLicense);
  const auto& published = file.license.front().content().work;
  const auto& licensed = license.front().content().work;
  if (!published || !licensed || published->object.id != licensed->object.id)
    return Error(Errc::untrusted, fmt::format("{} is for other content", kUseLicense));
  return {};
}

Result<Use> acquire_use(const ProtectedFile& file, const Identity& identity, RightsService& service, xrml::Time now) {
  RMS_CHECK(verify_publication(file, identity, now));
  RMS_TRY(const Chain answer, service.acquire_license(identity.account_chain, file.license));
  return open_use(answer, file, identity, now);
}

Result<Use> use_kept_license(const ProtectedFile& file, const std::filesystem::path& path, const Identity& identity,
                             xrml::Time now) {
  RMS_CHECK(verify_publication(file, identity, now));
  RMS_TRY(const std::string text, read_file(path, kUseLicenseLimitBytes));
  auto parsed = xrml::parse_chain(text);
  if (!parsed) return std::move(parsed).error().in(path.string() + ": no licence");
  auto license = xrml::expect_kind(std::move(*parsed), xrml::Kind::use_license);
  if (!license) return std::move(license).error().in(path.string());
  if (!xrml::may_be_kept(license->front()))
    return Error(Errc::denied, path.string() +
                                   ": this licence may not be kept for later (NOLICCACHE); open the file "
                                   "without --license, to ask for a new one");
  auto use = open_use(*license, file, identity, now);
  if (!use && use.error() == Errc::wrong_key)
    return Error(Errc::wrong_key, path.string() + ": it is for " + license->front().content().principal().object.name +
                                      "; this machine is " + identity.account.mail);
  if (!use && use.error() == Errc::not_valid_now)
    return std::move(use).error().in(path.string() + " has expired; open the file without --license, to ask anew");
  if (!use) return std::move(use).error().in(path.string());
  return use;
}

Result<void> write_content(const ProtectedFile& file, const Use& use, const std::filesystem::path& output, bool replace,
                           Progress& progress) {
  using File = OutputFile;
  RMS_TRY(auto sink,
          File::create(output, replace ? File::Existing::replace : File::Existing::keep, File::Readers::owner));
  auto done = pfile::decrypt_content(file.file, file.header, use.key, digest_of(file), sink, progress);
  if (!done) return std::move(done).error().in(file.file.path().string());
  return sink.commit();
}

Result<void> write_content(const ProtectedFile& file, const Use& use, Sink& sink, Progress& progress) {
  if (file.seal) {
    auto good = pfile::check_content(file.file, file.header, file.seal->sha256, progress);
    if (!good) return std::move(good).error().in(file.file.path().string());
  }
  auto done = pfile::decrypt_content(file.file, file.header, use.key, digest_of(file), sink, progress);
  if (!done) return std::move(done).error().in(file.file.path().string());
  return {};
}

}  // namespace rms::client

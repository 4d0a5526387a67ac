// SPDX-License-Identifier: Apache-2.0
#include "client/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/open.h"
#include "client/pfile/content.h"
#include "client/report.h"
#include "client/rights.h"
#include "client/words.h"
#include "xrml/chain.h"
#include "xrml/official_template.h"

namespace rms::client {
namespace {

std::string_view words_for(std::string_view right) {
  if (right == "ISSUE") return "issue what leads to this certificate";
  const std::string_view meaning = meaning_of(right);
  return meaning.empty() ? "(an application's own right)" : meaning;
}

void describe_grant(Report& report, const xrml::Grant& grant, xrml::Time now) {
  std::string text = fmt::format("  {:<15}{}", grant.right, words_for(grant.right));
  if (const std::string time = describe(grant.time, now); !time.empty()) text += ", " + time;
  report.line("", text);
}

void describe_grants(Report& report, const xrml::Work& work, xrml::Time now) {
  for (const auto& [to, rights] : by_grantee(work)) {
    report.line("rights", to.empty() ? "its holder may:" : to + " may:");
    for (const auto* grant : rights) describe_grant(report, *grant, now);
  }
}

void describe_template_of(Report& report, const xrml::Document& document) {
  const std::string guid = xrml::template_guid(document);
  const auto texts = xrml::template_texts(document.content().descriptor.name);
  if (!guid.empty()) report.line("template", guid);
  for (const auto& [lcid, name, description] : texts) {
    report.line("name", fmt::format("{} (language {})", name, lcid));
    report.line("", description);
  }
}

void describe_publishing_license(Report& report, const xrml::Document& document, xrml::Time now) {
  const xrml::Content& content = document.content();
  for (const auto& principal : content.principals)
    report.line("for server", describe(principal) + ": only this one can say who may open it");
  describe_template_of(report, document);
  report.line("not told", "who may do what, until when and by which template: that is encrypted for this server");
  report.line("valid", describe(content.validity, now));
  if (const auto* point = content.distribution_point("License-Acquisition-URL"))
    for (const auto& address : point->addresses) report.line("licences at", address.value);
}

void describe_use(Report& report, const xrml::Document& document, xrml::Time now) {
  const xrml::Content& content = document.content();
  for (const auto& principal : content.principals) report.line("holder", describe(principal));
  describe_grants(report, *content.work, now);
  const bool each_says =
      std::ranges::any_of(content.work->grants, [](const auto& g) { return g.time.until.has_value(); });
  if (document.kind() != xrml::Kind::use_license || !each_says) report.line("expires", expiry_of(*content.work, now));
  report.line("offline", offline_days_of(document, now));
}

void describe_certificate(Report& report, const xrml::Content& content, xrml::Time now) {
  for (const auto& principal : content.principals) {
    report.line("issued to", describe(principal));
    for (const auto& address : principal.object.addresses)
      report.line("", fmt::format("{}: {}", address.type, address.value));
  }
  for (const auto& principal : content.federation_principals) report.line("for machine", describe(principal));
  report.line("valid", describe(content.validity, now));
  if (content.work) describe_grants(report, *content.work, now);
}

void describe_document(Report& report, const Chain& chain, std::size_t i, xrml::Time now) {
  const xrml::Document& document = chain[i];
  const xrml::Content& content = document.content();
  report.title(fmt::format("{}. {}", i + 1, xrml::to_string(document.kind())));
  report.line("what it is", purpose_of(document.kind()));
  if (content.work && document.kind() != xrml::Kind::official_template) {
    if (content.work->object.type.empty()) report.line("content", content.work->object.id);
    if (content.work->owner) report.line("owner", grantee(*content.work->owner));
  }
  if (content.issuer)
    report.line("issued by", describe(*content.issuer));
  else if (document.kind() == xrml::Kind::publishing_license)
    report.line("issued by", "nobody yet: the rights service has to sign it");
  report.line("issued at", xrml::format(content.issued) + "Z");
  switch (document.kind()) {
    case xrml::Kind::publishing_license:
      describe_publishing_license(report, document, now);
      break;
    case xrml::Kind::rights_data:
    case xrml::Kind::official_template:
      describe_template_of(report, document);
      [[fallthrough]];
    case xrml::Kind::use_license:
      if (content.work) describe_use(report, document, now);
      break;
    default:
      describe_certificate(report, content, now);
  }

  if (document.kind() == xrml::Kind::rights_data && !document.signature()) {
    report.line("signature", "none (this kind has none)");
    return;
  }
  report.verdict("signature", document.verify_signature(), "good: it is as its issuer signed it");
  if (i + 1 < chain.size())
    report.verdict("chain", xrml::check_link(document, chain[i + 1]), fmt::format("issued by {}.", i + 2));
}

// What the chain leads to. The last document may be the root itself, or name it as its issuer.
void describe_end(Report& report, const Chain& chain) {
  const auto& issuer = chain.back().content().issuer;
  if (!issuer || !issuer->key) return;
  report.line("leads to", fmt::format("{}, key {}", describe(issuer->object), issuer->key->fingerprint()));
  report.line("not told", "whether to believe that: rms bootstrap says which root this machine trusts");
}

void describe_chain(Report& report, const Chain& chain, xrml::Time now) {
  for (std::size_t i = 0; i < chain.size(); ++i) describe_document(report, chain, i, now);
  describe_end(report, chain);
}

std::string place(const pfile::Section& section) {
  return fmt::format("{} bytes from byte {}", section.length, section.offset);
}

Result<void> describe_file(Report& report, const ProtectedFile& file, Progress& progress) {
  report.title(fmt::format("protected file (.pfile), version {}.{}", file.header.major, file.header.minor));
  report.line("extension", file.header.extension.empty() ? "none" : file.header.extension);
  report.line("size", file.header.original_size ? fmt::format("{} bytes before protection", *file.header.original_size)
                                                : "before protection: not said");
  report.line("licence", place(file.header.license));
  if (file.header.metadata.length > 0) report.line("metadata", place(file.header.metadata) + ", not understood");
  report.line("encrypted", place(file.header.content));
  if (!file.seal) {
    report.line("content", "cannot be checked: the licence does not cover it");
    return {};
  }
  auto intact = pfile::check_content(file.file, file.header, file.seal->sha256, progress);
  if (!intact && intact.error() == Errc::cancelled) return intact;
  if (intact && file.seal->extension != file.header.extension)
    intact = Error(Errc::corrupt, "the extension was altered");
  report.verdict("content", intact, "as the licence says (SHA-256)");
  return {};
}

Inspection inspection_of(const Report& report) {
  return {report.text(), report.all_good()};
}

Result<Inspection> inspect_protected(const std::filesystem::path& path, xrml::Time now, Progress& progress) {
  RMS_TRY(const auto file, read_protected_file(path));
  Report report;
  RMS_CHECK(describe_file(report, file, progress));
  describe_chain(report, file.license, now);
  return inspection_of(report);
}

}  // namespace

Result<Inspection> inspect(const std::filesystem::path& path, xrml::Time now, Progress& progress) {
  {
    RMS_TRY(const auto file, InputFile::open(path));
    std::array<std::uint8_t, 6> start{};
    RMS_TRY(const std::size_t have, file.read_at(0, start));
    if (std::string_view(reinterpret_cast<const char*>(start.data()), have) == ".pfile")
      return inspect_protected(path, now, progress);
  }
  RMS_TRY(const std::string text, read_file(path, xrml::kMaxChainBytes));
  auto chain = xrml::parse_chain(text);
  if (!chain) return std::move(chain).error().in(path.string() + ": neither a protected file nor XrML");
  Report report;
  describe_chain(report, *chain, now);
  return inspection_of(report);
}

}  // namespace rms::client

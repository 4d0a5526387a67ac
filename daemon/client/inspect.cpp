// SPDX-License-Identifier: Apache-2.0
#include "client/inspect.h"

#include <fmt/format.h>

#include <array>

#include "client/names.h"
#include "client/open.h"
#include "client/pfile/content.h"
#include "client/rights.h"

namespace rms::client {
namespace {

// Collects lines "  label: text" and whether all was good.
class Report {
 public:
  void title(const std::string& text) { inspection_.text += text + "\n"; }
  void line(std::string_view label, const std::string& text) {
    if (!text.empty()) inspection_.text += fmt::format("   {:<12}{}\n", label, printable(text));
  }
  void verdict(std::string_view label, const Result<void>& result, std::string_view good) {
    line(label, result ? std::string(good) : "NOT GOOD: " + result.error().to_string());
    if (!result) inspection_.good = false;
  }
  Inspection take() { return std::move(inspection_); }

 private:
  Inspection inspection_;
};

std::string describe(const xrml::Object& object) {
  std::string text = object.name.empty() ? object.id : object.name;
  if (!object.id.empty() && object.id != text) text += " " + object.id;
  if (!object.type.empty()) text += " (" + object.type + ")";
  return text;
}

std::string describe(const xrml::Principal& principal) {
  std::string text = describe(principal.object);
  if (principal.key)
    text += fmt::format(", RSA-{} {}", principal.key->bits(), principal.key->fingerprint().substr(0, 16));
  return text;
}

std::string describe(const xrml::Period& period) {
  std::string text;
  if (period.from) text += "from " + xrml::format(*period.from) + "Z ";
  if (period.until) text += "until " + xrml::format(*period.until) + "Z";
  return text;
}

std::string grants_of(const xrml::Work& work) {
  std::string text;
  for (const auto& grant : work.grants) {
    text += (text.empty() ? "" : ", ") + grant.right;
    if (grant.grantee) text += " for " + (grant.grantee->name.empty() ? grant.grantee->id : grant.grantee->name);
    if (const std::string time = describe(grant.time); !time.empty()) text += " " + time;
    if (grant.interval_days) text += fmt::format(" for {} days", *grant.interval_days);
  }
  return text;
}

// Whether `next` is who issued `document`.
Result<void> check_link(const xrml::Document& document, const xrml::Document& next) {
  const auto& issuer = document.content().issuer;
  if (issuer && issuer->key && !next.content().principals.empty() && next.content().principal().key == issuer->key)
    return {};
  return Error(Errc::untrusted, "the next document is not its issuer's");
}

void describe_document(Report& report, const Chain& chain, std::size_t i) {
  const xrml::Document& document = chain[i];
  const xrml::Content& content = document.content();
  report.title(fmt::format("{}. {}", i + 1, xrml::to_string(document.kind())));
  if (content.issuer) report.line("issued by", describe(*content.issuer));
  for (const auto& principal : content.principals) report.line("issued to", describe(principal));
  for (const auto& principal : content.federation_principals) report.line("for machine", describe(principal));
  report.line("issued at", xrml::format(content.issued) + "Z");
  report.line("valid", describe(content.validity));
  if (content.work) {
    if (content.work->object.type.empty()) report.line("content", content.work->object.id);
    if (content.work->owner) report.line("owner", content.work->owner->name);
    report.line("rights", grants_of(*content.work));
    report.line("to be used", describe(content.work->time));
  }
  if (document.kind() == xrml::Kind::publishing_license) report.line("rights", "encrypted for the rights service");
  if (const auto* point = content.distribution_point("License-Acquisition-URL"))
    for (const auto& address : point->addresses) report.line("licences at", address.value);

  if (document.kind() == xrml::Kind::rights_data && !document.signature()) {
    report.line("signature", "none (this kind has none)");
    return;
  }
  report.verdict("signature", document.verify_signature(), "good");
  if (i + 1 < chain.size())
    report.verdict("chain", check_link(document, chain[i + 1]), fmt::format("issued by {}.", i + 2));
}

void describe_chain(Report& report, const Chain& chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) describe_document(report, chain, i);
}

Result<Inspection> inspect_protected(const std::filesystem::path& path, Progress& progress) {
  RMS_TRY(const auto file, read_protected_file(path));
  Report report;
  report.title(fmt::format("protected file, version {}.{}", file.header.major, file.header.minor));
  report.line("extension", file.header.extension);
  if (file.header.original_size)
    report.line("size", fmt::format("{} bytes before protection", *file.header.original_size));
  report.line("encrypted", fmt::format("{} bytes", file.header.content.length));
  if (file.seal) {
    auto intact = pfile::check_content(file.file, file.header, file.seal->sha256, progress);
    if (!intact && intact.error() == Errc::cancelled) return std::move(intact).error();
    if (intact && file.seal->extension != file.header.extension)
      intact = Error(Errc::corrupt, "the extension was altered");
    report.verdict("content", intact, "as the licence says (SHA-256)");
  } else {
    report.line("content", "cannot be checked: the licence does not cover it");
  }
  describe_chain(report, file.license);
  return report.take();
}

}  // namespace

Result<Inspection> inspect(const std::filesystem::path& path, Progress& progress) {
  {
    RMS_TRY(const auto file, InputFile::open(path));
    std::array<std::uint8_t, 6> start{};
    RMS_TRY(const std::size_t have, file.read_at(0, start));
    if (std::string_view(reinterpret_cast<const char*>(start.data()), have) == ".pfile")
      return inspect_protected(path, progress);
  }
  RMS_TRY(const std::string text, read_file(path, xrml::kMaxChainBytes));
  auto chain = xrml::parse_chain(text);
  if (!chain) return std::move(chain).error().in(path.string() + ": neither a protected file nor XrML");
  Report report;
  describe_chain(report, *chain);
  return report.take();
}

}  // namespace rms::client

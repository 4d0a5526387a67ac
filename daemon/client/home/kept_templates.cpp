// SPDX-License-Identifier: Apache-2.0
#include "client/home/kept_templates.h"

#include <algorithm>
#include <system_error>

#include "base/guid.h"
#include "base/text.h"
#include "xrml/official_template.h"

namespace rms::client {
namespace {

constexpr const char* kFolder = "templates";
constexpr const char* kFetched = "fetched";
constexpr std::string_view kExtension = ".xml";
constexpr std::string_view kCure = "; run rms templates";

std::filesystem::path file_of(const std::filesystem::path& folder, const xrml::Document& document) {
  return folder / (to_lower(xrml::template_guid(document)) + std::string(kExtension));
}

// The templates' files, by name. One more than may be is Errc::too_large.
Result<std::vector<std::filesystem::path>> list(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() != kExtension || !is_guid(entry->path().stem().string())) continue;
    if (files.size() == kMaxKeptTemplates)
      return Error(Errc::too_large, folder.string() + ": more than " + std::to_string(kMaxKeptTemplates) +
                                        " templates; remove the folder and run rms templates");
    files.push_back(entry->path());
  }
  if (error) return Error(Errc::io_error, folder.string() + ": cannot read: " + error.message());
  std::ranges::sort(files);
  return files;
}

Result<xrml::Document> load(const std::filesystem::path& file, const Identity& identity, xrml::Time now) {
  RMS_TRY(const std::string text, read_file(file, kMaxTemplateBytes));
  RMS_TRY(auto document, xrml::Document::parse(text));
  RMS_CHECK(verify_template(document, identity, now));
  if (!equal_without_case(xrml::template_guid(document), file.stem().string()))
    return Error(Errc::corrupt, "it is another template than its name says");
  return document;
}

Result<std::optional<xrml::Time>> load_fetched(const std::filesystem::path& file) {
  const auto text = read_file(file, 64);
  if (!text && text.error() == Errc::not_found) return std::optional<xrml::Time>();
  if (!text) return text.error();
  RMS_TRY(const auto time, xrml::parse_time(std::string_view(*text).substr(0, text->find('\n'))));
  return std::optional<xrml::Time>(time);
}

Error damaged(const std::filesystem::path& file, const Error& why) {
  return Error(Errc::corrupt, file.string() + " cannot be used (" + why.to_string() + ")" + std::string(kCure));
}

}  // namespace

Result<void> verify_template(const xrml::Document& document, const Identity& identity, xrml::Time now) {
  RMS_CHECK(xrml::expect_kind(document, xrml::Kind::official_template));
  if (document.text().size() > kMaxTemplateBytes) return Error(Errc::too_large, "a template of more than 2 MiB");
  const std::string guid = xrml::template_guid(document);
  if (!is_guid(guid) || guid.starts_with('{')) return Error(Errc::malformed, "a template without a GUID");
  // It names its issuer, the service, whose chain is the one behind our own certificate.
  Chain chain{document};
  chain.insert(chain.end(), identity.account_chain.begin() + 1, identity.account_chain.end());
  return xrml::verify_chain(chain, identity.anchors, now);
}

Result<KeptTemplates> load_templates(const Home& home, const Identity& identity, xrml::Time now) {
  const auto folder = home.path() / kFolder;
  RMS_TRY(const auto files, list(folder));
  KeptTemplates kept;
  for (const auto& file : files) {
    auto document = load(file, identity, now);
    if (document)
      kept.templates.push_back(*std::move(document));
    else if (!kept.damage)
      kept.damage = damaged(file, document.error());
  }
  auto fetched = load_fetched(folder / kFetched);
  if (fetched)
    kept.fetched = *fetched;
  else if (!kept.damage)
    kept.damage = damaged(folder / kFetched, fetched.error());
  return kept;
}

Result<void> keep_templates(Home& home, std::span<const xrml::Document> templates, xrml::Time fetched) {
  const auto folder = home.path() / kFolder;
  RMS_CHECK(make_private_directory(folder));
  RMS_TRY(auto gone, list(folder));
  for (const auto& document : templates) {
    const auto file = file_of(folder, document);
    std::erase(gone, file);
    if (const auto there = read_file(file, kMaxTemplateBytes); there && *there == document.text()) continue;
    RMS_CHECK(replace_file(file, document.text()));
  }
  for (const auto& file : gone) {
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) return Error(Errc::io_error, file.string() + ": cannot remove: " + error.message());
  }
  // Last: what it says of is there.
  return replace_file(folder / kFetched, xrml::format(fetched) + "\n");
}

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
#include "xrml/official_template.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/guid.h"
#include "xrml/phrases.h"
#include "xrml/reader.h"
#include "xrml/well_known.h"

namespace rms::xrml {
namespace {

constexpr std::string_view kLcid = "LCID ", kName = ":NAME ", kDescription = ":DESCRIPTION ";

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Result<void> check_text(std::string_view what, std::string_view text, std::string_view forbidden = "") {
  if (text.size() > kMaxTemplateTextBytes) {
    return Error(Errc::too_large,
                 std::string(what) + ": more than " + std::to_string(kMaxTemplateTextBytes) + " bytes");
  }
  if (!is_printable(text) || text.find_first_of(forbidden) != std::string_view::npos) {
    return Error(Errc::malformed, std::string(what) + ": it holds a control character" +
                                      (forbidden.empty() ? "" : " or one of " + std::string(forbidden)));
  }
  return {};
}

Result<void> check_texts(const std::vector<TemplateText>& texts) {
  if (texts.empty()) return Error(Errc::malformed, "template: it has no name");
  if (texts.size() > kMaxTemplateTexts) return Error(Errc::too_large, "template: names in more than 64 languages");
  std::set<unsigned> languages;
  for (const auto& [lcid, name, description] : texts) {
    if (!languages.insert(lcid).second) return Error(Errc::malformed, "template: two names in one language");
    if (name.empty()) return Error(Errc::malformed, "template: an empty name");
    RMS_CHECK(check_text("template name", name, ":;"));
    RMS_CHECK(check_text("template description", description, ";"));
  }
  return {};
}

Result<void> check_rights(const std::vector<TemplateRights>& rights) {
  std::size_t grants = 0;
  for (const auto& [mail, names] : rights) {
    if (mail.empty() || names.empty()) return Error(Errc::malformed, "template: a right of nobody, or nobody's right");
    RMS_CHECK(check_text("template address", mail));
    grants += names.size();
    for (const auto& name : names) {
      if (name.empty()) return Error(Errc::malformed, "template: a right without a name");
      if (name.size() > kMaxRightBytes) return Error(Errc::too_large, "template right: its name");
      RMS_CHECK(check_text("template right", name));
    }
  }
  if (grants > kMaxTemplateRights) {
    return Error(Errc::too_large, "template: more than " + std::to_string(kMaxTemplateRights) + " rights");
  }
  return {};
}

Result<void> check_days(std::string_view what, const std::optional<int>& days, int least) {
  if (!days || (*days >= least && *days <= kMaxTemplateDays)) return {};
  return Error(Errc::malformed, std::string(what) + ": not from " + std::to_string(least) + " to " +
                                    std::to_string(kMaxTemplateDays) + " days");
}

std::string descriptor_name(const std::vector<TemplateText>& texts) {
  std::string text;
  for (const auto& [lcid, name, description] : texts) {
    text.append(kLcid).append(std::to_string(lcid)).append(kName).append(name);
    text.append(kDescription).append(description).append(";");
  }
  return text;
}

Object grantee_of(const std::string& mail) {
  return mail == kAnyone ? Object{"", "Internal", std::string(kAnyone), "", {}}
                         : Object{"", "Unspecified", "", mail, {}};
}

Work work_of(const TemplateDefinition& definition, Time now) {
  Work work;  // OBJECT is empty: what it will protect is not known yet
  if (definition.expires) work.time = {now, definition.expires};
  work.interval_days = definition.content_days;
  work.grants.push_back({std::string(kOwner), Object{"", "Internal", "Owner", "", {}}, "", {}, {}, {}});
  std::optional<int> days = definition.license_days;
  if (days == 0) days.reset();  // A licence for no day would open nothing. NOLICCACHE says what is meant.
  for (const auto& [mail, rights] : definition.rights) {
    for (const auto& right : rights) work.grants.push_back({right, grantee_of(mail), "", {}, {}, days});
  }
  return work;
}

std::optional<TemplateText> read_text(std::string_view text) {
  const auto start = text.find(kLcid);
  if (start == std::string_view::npos) return std::nullopt;
  text.remove_prefix(start + kLcid.size());
  TemplateText read{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read.lcid);
  if (failure != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.starts_with(kName)) return std::nullopt;
  text.remove_prefix(kName.size());
  const auto description = text.find(kDescription);
  read.name = text.substr(0, description);
  if (description != std::string_view::npos) read.description = text.substr(description + kDescription.size());
  return read;
}

}  // namespace

Result<void> check(const TemplateDefinition& definition) {
  if (!is_guid(definition.guid) || definition.guid.starts_with('{')) {
    return Error(Errc::malformed, "template: its GUID is none");
  }
  RMS_CHECK(check_texts(definition.texts));
  RMS_CHECK(check_rights(definition.rights));
  if (definition.expires && definition.content_days) return Error(Errc::malformed, "template: two kinds of expiry");
  RMS_CHECK(check_days("template: content validity", definition.content_days, 1));
  RMS_CHECK(check_days("template: licence validity", definition.license_days, 0));
  RMS_CHECK(check_text("template referral", definition.referral));
  if (definition.values.size() > kMaxTemplateValues) {
    return Error(Errc::too_large, "template: more than " + std::to_string(kMaxTemplateValues) + " values");
  }
  for (const auto& [name, value] : definition.values) {
    // Said by license_days: twice would be once too often.
    if (name.empty() || name == kNoLicenseCache) return Error(Errc::malformed, "template: a value that cannot be set");
    RMS_CHECK(check_text("template value", name));
    RMS_CHECK(check_text("template value", value));
  }
  return {};
}

Result<Document> issue_official_template(const Issuer& server, const TemplateDefinition& definition,
                                         const ServiceUrls& urls, Time now) {
  RMS_CHECK(check(definition));
  Content content;
  content.kind = Kind::official_template;
  content.issued = now;
  content.descriptor = {"", "MS-GUID", "{" + definition.guid + "}", descriptor_name(definition.texts), {}};
  content.issuer = server.principal;
  content.issuer->security_levels.clear();  // MS-RMPR 2.2.9.10.2 has OBJECT and PUBLICKEY only
  content.distribution_points = {
      distribution_point(kPublishingUrl, kPublishingUrlGuid, kPublishingPoint, urls.licensing)};
  if (!definition.referral.empty()) {
    content.distribution_points.push_back(distribution_point(kReferral, kReferralGuid, "", definition.referral));
  }
  content.work = work_of(definition, now);
  for (const auto& [name, value] : definition.values) {
    content.authenticated_data.push_back({std::string(kApplicationSpecific), name, value});
  }
  if (definition.license_days == 0) content.authenticated_data.push_back(no_license_cache());
  return issue(content, server.key);
}

std::string template_guid(const Document& document) {
  return std::string(without_braces(document.content().descriptor.id));
}

std::vector<TemplateText> template_texts(std::string_view descriptor_name) {
  std::vector<TemplateText> texts;
  while (!descriptor_name.empty() && texts.size() < kMaxTemplateTexts) {
    const auto end = descriptor_name.find(';');
    if (auto text = read_text(descriptor_name.substr(0, end))) texts.push_back(*std::move(text));
    descriptor_name.remove_prefix(std::min(end, descriptor_name.size() - 1) + 1);
  }
  return texts;
}

}  // namespace rms::xrml

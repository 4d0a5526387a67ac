// SPDX-License-Identifier: Apache-2.0
#include "client/templates.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/guid.h"
#include "base/text.h"
#include "client/names.h"
#include "client/report.h"
#include "client/words.h"
#include "soap/envelope.h"
#include "xrml/official_template.h"

namespace rms::client {
namespace {

constexpr unsigned kEnglish = 1033;

// As guids are compared: lower case, without braces.
std::string plain_guid(std::string_view guid) {
  if (guid.starts_with('{') && guid.ends_with('}')) guid = guid.substr(1, guid.size() - 2);
  return to_lower(guid);
}

std::string plain_guid(const xrml::Document& document) {
  return plain_guid(xrml::template_guid(document));
}

std::string hash_of(const xrml::Document& document) {
  return xrml::base64(document.signature()->digest);
}

// What is asked for in one call, and what has to come.
Result<void> fetch(RightsService& service, std::span<const std::string> guids, const Identity& identity, xrml::Time now,
                   RefreshedTemplates& refreshed) {
  RMS_TRY(const auto answers, service.acquire_templates(guids));
  for (std::size_t i = 0; i < guids.size(); ++i) {
    if (!answers[i].xrml) continue;  // gone since we asked which there are
    const std::string where = "the template " + printable(guids[i]) + " that came";
    auto document = xrml::Document::parse(*answers[i].xrml);
    if (!document) return std::move(document).error().in(where);
    auto good = verify_template(*document, identity, now);
    if (!good && good.error() == Errc::untrusted)
      return std::move(good).error().in(
          where + " is not signed by our rights service; if that has a new key, run rms bootstrap --renew");
    if (!good) return std::move(good).error().in(where);
    if (plain_guid(*document) != plain_guid(guids[i])) return Error(Errc::malformed, where + " is another");
    if (hash_of(*document) != answers[i].hash) return Error(Errc::malformed, where + " has another hash than was said");
    refreshed.templates.push_back(*std::move(document));
    ++refreshed.fetched;
  }
  return {};
}

bool is_named(const xrml::Document& document, std::string_view wanted) {
  return std::ranges::any_of(xrml::template_texts(document.content().descriptor.name),
                             [&](const xrml::TemplateText& text) { return equal_without_case(text.name, wanted); });
}

// "'Confidential' 0f45fd50-..., ...", not too many.
std::string names_of(std::span<const xrml::Document> templates) {
  constexpr std::size_t kShown = 10;
  std::string text;
  for (const auto& document : templates.first(std::min(kShown, templates.size())))
    text += (text.empty() ? "'" : ", '") + printable(template_name(document)) + "' " + plain_guid(document);
  if (templates.size() > kShown) text += ", ...";
  return text;
}

}  // namespace

Result<RefreshedTemplates> refresh_templates(RightsService& service, const Identity& identity,
                                             std::span<const xrml::Document> kept, xrml::Time now) {
  RMS_TRY(const auto announced, service.template_information());
  if (announced.size() > kMaxKeptTemplates)
    return Error(Errc::too_large,
                 "the rights service has more than " + std::to_string(kMaxKeptTemplates) + " templates");
  std::map<std::string, const xrml::Document*> here;
  for (const auto& document : kept) here[plain_guid(document)] = &document;

  RefreshedTemplates refreshed;
  std::set<std::string> seen;
  std::vector<std::string> wanted;
  for (const auto& [guid, hash] : announced) {
    if (!is_guid(guid) || !seen.insert(plain_guid(guid)).second)
      return Error(Errc::malformed, "the rights service's list of templates: " + printable(guid) +
                                        (is_guid(guid) ? " stands twice" : " is no GUID"));
    const auto found = here.find(plain_guid(guid));
    if (found == here.end() || hash_of(*found->second) != hash) {
      wanted.push_back(guid);
      continue;
    }
    refreshed.templates.push_back(*found->second);
    ++refreshed.unchanged;
  }
  for (std::span<const std::string> left = wanted; !left.empty();) {
    const auto some = left.first(std::min(left.size(), soap::kMaxTemplates));
    RMS_CHECK(fetch(service, some, identity, now, refreshed));
    left = left.subspan(some.size());
  }
  std::ranges::sort(refreshed.templates, {}, [](const xrml::Document& document) { return plain_guid(document); });
  for (const auto& document : refreshed.templates) here.erase(plain_guid(document));
  refreshed.removed = here.size();
  return refreshed;
}

std::string template_name(const xrml::Document& document) {
  const auto texts = xrml::template_texts(document.content().descriptor.name);
  if (texts.empty()) return xrml::template_guid(document);
  const auto english = std::ranges::find(texts, kEnglish, &xrml::TemplateText::lcid);
  return english == texts.end() ? texts.front().name : english->name;
}

Result<xrml::Document> find_template(std::span<const xrml::Document> templates, std::string_view wanted) {
  std::vector<xrml::Document> found;
  for (const auto& document : templates)
    if (is_guid(wanted) ? plain_guid(document) == plain_guid(wanted) : is_named(document, wanted))
      found.push_back(document);
  if (found.size() == 1) return found.front();
  const std::string name = "'" + std::string(wanted) + "'";
  if (!found.empty())
    return Error(Errc::invalid_setting, name + " names more than one template; give a GUID: " + names_of(found));
  return Error(Errc::invalid_setting, "no template " + name + " is kept here; there are " + names_of(templates) +
                                          "; run rms templates for what is new");
}

std::string describe_template(const xrml::Document& document, xrml::Time now) {
  const xrml::Content& content = document.content();
  const std::string name = template_name(document);
  Report report;
  report.title(name);
  report.line("guid", xrml::template_guid(document));
  for (const auto& [lcid, text, description] : xrml::template_texts(content.descriptor.name)) {
    if (text != name) report.line("also called", text);
    report.line("about", description);
  }
  if (content.work) {
    for (const auto& [to, rights] : by_grantee(*content.work)) {
      std::string names;
      for (const auto* grant : rights) names += (names.empty() ? "" : ", ") + grant->right;
      report.line("grants", to + ": " + names);
    }
    report.line("expires", expiry_of(*content.work, now));
  }
  report.line("offline", offline_days_of(document, now));
  return report.text();
}

std::string templates_to_json(std::span<const xrml::Document> templates, std::optional<xrml::Time> fetched) {
  using nlohmann::ordered_json;
  ordered_json all = ordered_json::array();
  for (const auto& document : templates) {
    const xrml::Content& content = document.content();
    ordered_json each{{"guid", plain_guid(document)}, {"name", template_name(document)}};
    each["texts"] = ordered_json::array();
    for (const auto& [lcid, name, description] : xrml::template_texts(content.descriptor.name))
      each["texts"].push_back({{"lcid", lcid}, {"name", name}, {"description", description}});
    each["grants"] = ordered_json::array();
    std::optional<int> days;
    if (content.work) {
      for (const auto& grant : content.work->grants) {
        const bool internal = grant.grantee && grant.grantee->id_type == "Internal";
        each["grants"].push_back({{"right", grant.right},
                                  {"to", !grant.grantee ? ""
                                         : internal     ? to_upper(grant.grantee->id)
                                                        : grant.grantee->name}});
        if (grant.interval_days) days = grant.interval_days;
      }
      if (content.work->time.until) each["expires"] = xrml::format(*content.work->time.until) + "Z";
      if (content.work->interval_days) each["expires_after_days"] = *content.work->interval_days;
    }
    if (!xrml::may_be_kept(document)) days = 0;
    if (days) each["offline_days"] = *days;
    each["hash"] = hash_of(document);
    all.push_back(std::move(each));
  }
  ordered_json whole{{"fetched", nullptr}, {"templates", std::move(all)}};
  if (fetched) whole["fetched"] = xrml::format(*fetched) + "Z";
  return whole.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<void> check_usable(const xrml::Document& document, xrml::Time now) {
  const auto& work = document.content().work;
  if (!work || !work->time.until || now < *work->time.until) return {};
  return Error(Errc::not_valid_now, "the template '" + template_name(document) +
                                        "': documents made with it expired at " + xrml::format(*work->time.until) +
                                        "Z");
}

}  // namespace rms::client

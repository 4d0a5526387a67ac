// SPDX-License-Identifier: Apache-2.0
#include "cloud/templates/definition.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

namespace rms::cloud {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kUnlimited = -1;

Error malformed(std::string_view what) {
  return Error(Errc::malformed, "template definition: " + std::string(what));
}

// What the reader may ask of an object: a member of one type, or that there is none. Remembers nothing; check_known()
// says whether there is more than is asked for.
template <class T>
Result<std::optional<T>> member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::optional<T>();
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return malformed(std::string(name) + " is no text");
  } else {
    if (!found->is_number_integer()) return malformed(std::string(name) + " is no whole number");
    // What is beyond int64 is kept as unsigned, and would come out of it as something else.
    if (found->is_number_unsigned() ? found->template get<std::uint64_t>() > xrml::kMaxTemplateDays
                                    : found->template get<std::int64_t>() < kUnlimited)
      return malformed(std::string(name) + " is out of range");
  }
  return std::optional<T>(found->template get<T>());
}

Result<void> check_known(const json& object, std::span<const std::string_view> names) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) == names.end())
      return malformed("\"" + name.substr(0, 40) + "\" is no property of a template");
  }
  return {};
}

// {"1033": "..."} under `name`.
Result<json> texts_under(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return json::object();
  if (!found->is_object()) return malformed(std::string(name) + " is no object");
  for (const auto& [key, value] : found->items())
    if (!value.is_string()) return malformed(std::string(name) + " holds something else than texts");
  return *found;
}

Result<std::vector<xrml::TemplateText>> read_texts(const json& object) {
  RMS_TRY(const auto names, texts_under(object, "Names"));
  RMS_TRY(const auto descriptions, texts_under(object, "Descriptions"));
  std::vector<xrml::TemplateText> texts;
  for (const auto& [language, name] : names.items()) {
    unsigned lcid = 0;
    const auto [end, failure] = std::from_chars(language.data(), language.data() + language.size(), lcid);
    if (failure != std::errc() || end != language.data() + language.size())
      return malformed("a language in Names is no LCID");
    texts.push_back({lcid, name.get<std::string>(), descriptions.value(language, "")});
  }
  for (const auto& [language, description] : descriptions.items())
    if (!names.contains(language)) return malformed("Descriptions in a language that Names do not have");
  return texts;
}

Result<std::vector<xrml::TemplateRights>> read_rights(const json& object) {
  const auto found = object.find("RightsDefinitions");
  if (found == object.end() || !found->is_array()) return malformed("RightsDefinitions is no list");
  std::vector<xrml::TemplateRights> all;
  for (const auto& each : *found) {
    if (!each.is_object()) return malformed("RightsDefinitions holds something else than objects");
    RMS_CHECK(check_known(each, std::array<std::string_view, 2>{"Identity", "Rights"}));
    RMS_TRY(auto identity, member<std::string>(each, "Identity"));
    const auto names = each.find("Rights");
    if (!identity || names == each.end() || !names->is_array())
      return malformed("RightsDefinitions wants Identity and a list of Rights");
    auto& rights = all.emplace_back(xrml::TemplateRights{*std::move(identity), {}});
    for (const auto& name : *names) {
      if (!name.is_string()) return malformed("Rights holds something else than names");
      rights.rights.push_back(name.get<std::string>());
    }
  }
  return all;
}

Result<void> read_expiry(const json& object, xrml::TemplateDefinition& definition) {
  RMS_TRY(const auto option, member<std::string>(object, "ContentExpirationOption"));
  RMS_TRY(const auto date, member<std::string>(object, "ContentExpirationDate"));
  RMS_TRY(const auto days, member<int>(object, "ContentValidityDuration"));
  const std::string chosen = option.value_or("Never");
  const bool on_date = chosen == "OnDate", after_days = chosen == "AfterDays";
  if (!on_date && !after_days && chosen != "Never")
    return malformed("ContentExpirationOption is none of Never, OnDate, AfterDays");
  if (date.has_value() != on_date || days.has_value() != after_days)
    return malformed("OnDate wants ContentExpirationDate, AfterDays wants ContentValidityDuration, and nothing else");
  if (date) {
    auto time = xrml::parse_time(*date);
    if (!time) return malformed("ContentExpirationDate is not of the form 2027-01-31T00:00");
    definition.expires = *time;
  }
  definition.content_days = days;
  return {};
}

Result<xrml::TemplateDefinition> read(const json& object) {
  if (!object.is_object()) return malformed("no object");
  RMS_CHECK(check_known(object, std::array<std::string_view, 10>{
                                    "TemplateId", "Names", "Descriptions", "RightsDefinitions",
                                    "ContentExpirationOption", "ContentExpirationDate", "ContentValidityDuration",
                                    "LicenseValidityDuration", "ReferralInfo", "ApplicationData"}));
  xrml::TemplateDefinition definition;
  RMS_TRY(auto guid, member<std::string>(object, "TemplateId"));
  if (!guid) return malformed("no TemplateId");
  definition.guid = *std::move(guid);
  RMS_TRY(definition.texts, read_texts(object));
  RMS_TRY(definition.rights, read_rights(object));
  RMS_CHECK(read_expiry(object, definition));
  RMS_TRY(definition.license_days, member<int>(object, "LicenseValidityDuration"));
  if (definition.license_days == kUnlimited) definition.license_days.reset();
  RMS_TRY(auto referral, member<std::string>(object, "ReferralInfo"));
  definition.referral = std::move(referral).value_or("");
  RMS_TRY(const auto values, texts_under(object, "ApplicationData"));
  for (const auto& [name, value] : values.items()) definition.values.push_back({name, value.get<std::string>()});
  RMS_CHECK(xrml::check(definition));
  return definition;
}

}  // namespace

std::string to_json(const xrml::TemplateDefinition& definition) {
  ordered_json object{{"TemplateId", definition.guid}};
  for (const auto& [lcid, name, description] : definition.texts) {
    object["Names"][std::to_string(lcid)] = name;
    if (!description.empty()) object["Descriptions"][std::to_string(lcid)] = description;
  }
  object["RightsDefinitions"] = ordered_json::array();
  for (const auto& [mail, rights] : definition.rights)
    object["RightsDefinitions"].push_back({{"Identity", mail}, {"Rights", rights}});
  object["ContentExpirationOption"] = definition.expires ? "OnDate" : definition.content_days ? "AfterDays" : "Never";
  if (definition.expires) object["ContentExpirationDate"] = xrml::format(*definition.expires);
  if (definition.content_days) object["ContentValidityDuration"] = *definition.content_days;
  object["LicenseValidityDuration"] = definition.license_days.value_or(kUnlimited);
  if (!definition.referral.empty()) object["ReferralInfo"] = definition.referral;
  for (const auto& [name, value] : definition.values) object["ApplicationData"][name] = value;
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<xrml::TemplateDefinition> definition_from_json(std::string_view text) {
  if (text.size() > kMaxDefinitionBytes) return Error(Errc::too_large, "template definition: more than 256 KiB");
  const auto object = json::parse(text, nullptr, false);
  if (object.is_discarded()) return malformed("no JSON");
  return read(object);
}

}  // namespace rms::cloud

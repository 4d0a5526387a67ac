// SPDX-License-Identifier: Apache-2.0
#include "cloud/templates/templates.h"

#include "base/guid.h"
#include "base/text.h"
#include "cloud/templates/definition.h"
#include "cloud/xrml_time.h"

namespace rms::cloud {
namespace {

constexpr unsigned kEnglish = 1033;
constexpr int kDefaultLicenseDays = 7;

xrml::TemplateDefinition for_everybody(std::string_view tenant_guid, std::string name, std::string description,
                                       std::vector<std::string> rights) {
  xrml::TemplateDefinition definition;
  definition.guid = named_guid(tenant_guid, "default template: " + name);
  definition.texts = {{kEnglish, std::move(name), std::move(description)}};
  definition.rights = {{std::string(xrml::kAnyone), std::move(rights)}};
  definition.license_days = kDefaultLicenseDays;
  return definition;
}

// What is kept must be as it was when it was signed: by us.
Result<xrml::Document> read_kept(const IssuingTenant& tenant, const TemplateRecord& record) {
  auto document = xrml::Document::parse(record.xrml);
  if (document && document->kind() == xrml::Kind::official_template &&
      equal_without_case(xrml::template_guid(*document), record.guid) &&
      xrml::verify_chain({&*document, 1}, tenant.anchors(), document->content().issued))
    return document;
  return Error(Errc::corrupt, "template " + record.guid + ": what is kept of it is not what was signed");
}

Result<soap::TemplateHash> hash_of(const IssuingTenant& tenant, const TemplateRecord& record) {
  RMS_TRY(const auto document, read_kept(tenant, record));
  return soap::TemplateHash{"{" + record.guid + "}", xrml::base64(document.signature()->digest)};
}

}  // namespace

Result<TemplateRecord> make_template(const IssuingTenant& tenant, const xrml::TemplateDefinition& definition,
                                     WallTime now) {
  RMS_TRY(const auto document,
          xrml::issue_official_template(tenant.issuer(), definition, tenant.urls(), to_xrml_time(now)));
  return TemplateRecord{definition.guid, to_json(definition), std::string(document.text()), now, false};
}

std::vector<xrml::TemplateDefinition> default_templates(std::string_view tenant_guid) {
  return {
      for_everybody(tenant_guid, "Confidential \\ All Employees",
                    "For everybody in the organization and nobody else: full control. To read, change, print, copy and "
                    "forward, to save unprotected, and to change who may do what.",
                    {"VIEW", "EXPORT", "EXTRACT", "VIEWRIGHTSDATA", "EDITRIGHTSDATA", "OBJMODEL", "PRINT", "FORWARD",
                     "REPLY", "REPLYALL", "EDIT", "DOCEDIT", "OWNER"}),
      for_everybody(
          tenant_guid, "Highly Confidential \\ All Employees",
          "For everybody in the organization and nobody else: to read, change, print, copy, answer and forward, "
          "but not to save unprotected or to change who may do what.",
          {"VIEW", "EXTRACT", "VIEWRIGHTSDATA", "OBJMODEL", "PRINT", "FORWARD", "REPLY", "REPLYALL", "EDIT",
           "DOCEDIT"})};
}

Result<void> add_default_templates(const IssuingTenant& tenant, TemplateStore& store, WallTime now) {
  RMS_TRY(const auto present, store.templates(tenant.guid()));
  if (!present.empty()) return {};
  std::vector<TemplateRecord> records;
  for (const auto& definition : default_templates(tenant.guid())) {
    RMS_TRY(records.emplace_back(), make_template(tenant, definition, now));
  }
  auto added = store.add_templates(tenant.guid(), records);
  // Another process was there at the same time, and made the same ones.
  if (!added && added.error() != Errc::already_exists) return added;
  return {};
}

Result<void> add_default_templates_to_all(TenantCache& tenants, Store& store, WallTime now) {
  RMS_TRY(const auto records, store.tenants());
  for (const auto& record : records) {
    RMS_TRY(const auto* tenant, tenants.find(record.guid));
    RMS_CHECK(add_default_templates(*tenant, store, now));
  }
  return {};
}

Outcome<KeptTemplate> kept_template(const IssuingTenant& tenant, TemplateStore& store, const xrml::Document& copy,
                                    Subject subject) {
  if (auto ours = xrml::verify_chain({&copy, 1}, tenant.anchors(), copy.content().issued); !ours)
    return refuse(subject, std::move(ours).error());
  const auto guid = xrml::template_guid(copy);
  if (!is_guid(guid)) return refuse(subject, Error(Errc::not_found, "a template without a GUID"));
  const auto record = store.find_template(tenant.guid(), guid);
  if (!record && record.error() == Errc::not_found) return refuse(subject, record.error());
  if (!record) return record.error();
  RMS_TRY(auto document, read_kept(tenant, *record));
  return KeptTemplate{std::move(document), record->archived};
}

Outcome<soap::AcquireTemplateInformationResponse> acquire_template_information(const IssuingTenant& tenant,
                                                                               TemplateStore& store,
                                                                               const Scope& scope) {
  soap::AcquireTemplateInformationResponse response;
  response.server_public_key = xrml::base64(tenant.licensor_key().public_key().to_pkcs1());
  RMS_TRY(const auto records, store.templates(tenant.guid()));
  for (const auto& record : records) {
    if (record.archived || !covers_template(scope, record.guid)) continue;
    RMS_TRY(response.templates.emplace_back(), hash_of(tenant, record));
  }
  return response;
}

Outcome<soap::AcquireTemplatesResponse> acquire_templates(const IssuingTenant& tenant, TemplateStore& store,
                                                          const Scope& scope, std::span<const std::string> guids) {
  soap::AcquireTemplatesResponse response;
  for (const auto& guid : guids) {
    auto& entry = response.templates.emplace_back();
    entry.guid = guid;
    if (!is_guid(guid) || !covers_template(scope, guid)) continue;
    const auto record = store.find_template(tenant.guid(), guid);
    if (!record && record.error() != Errc::not_found) return record.error();
    if (!record || record->archived) continue;
    RMS_TRY(auto hash, hash_of(tenant, *record));
    entry.hash = std::move(hash.hash);
    entry.xrml = record->xrml;
  }
  return response;
}

}  // namespace rms::cloud

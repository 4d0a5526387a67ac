// SPDX-License-Identifier: Apache-2.0
#include "cloud/publishing/issuance.h"

#include "base/guid.h"
#include "base/text.h"
#include "cloud/directory/account.h"
#include "cloud/templates/templates.h"
#include "cloud/xrml_time.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

Result<xrml::Document> read(std::string_view text, xrml::Time now) {
  if (text.size() > soap::kMaxIssuanceLicenseBytes) return Error(Errc::too_large, "the unsigned publishing licence");
  RMS_TRY(const auto license, xrml::Document::parse(text));
  RMS_CHECK(xrml::expect_kind(license, xrml::Kind::publishing_license));
  // We sign it, so it says what it speaks of; whoever signs offline answers for that.
  if (!is_guid(license.content().work->object.id))
    return Error(Errc::malformed, "the unsigned publishing licence has no GUID for its content");
  if (!license.content().validity.contains(now)) return Error(Errc::not_valid_now, "the unsigned publishing licence");
  return license;
}

// A SID would count for more than the address beside it (cloud/licensing/rights.h), so it must be the same account's.
Result<void> check_owner(const std::optional<xrml::Object>& owner, const xrml::Account& asking) {
  if (!owner) return Error(Errc::malformed, "the unsigned publishing licence names no owner");
  const bool sid_fits = owner->id.empty() || equal_without_case(owner->id, asking.sid);
  if (!sid_fits || !has_address(asking, owner->name))
    return Error(Errc::denied, "the unsigned publishing licence names another owner");
  return {};
}

}  // namespace

Outcome<soap::Chain> acquire_issuance_license(const IssuingTenant& tenant, TemplateStore& templates,
                                              const xrml::Account& asking, const Scope& scope,
                                              std::string_view unsigned_license, WallTime now, LabelFacts& facts) {
  const auto issued = to_xrml_time(now);
  const auto license = read(unsigned_license, issued);
  if (!license) return refuse(Subject::unsigned_license, license.error());
  facts = facts_of(license->content());

  auto key = xrml::open_content_key(*license, tenant.principal(), tenant.licensor_key());
  if (!key && key.error() == Errc::untrusted) return refuse(Subject::unsigned_license_server, std::move(key).error());
  if (!key) return refuse(Subject::unsigned_license_key, std::move(key).error());
  if (auto ours = check_owner(license->content().work->owner, asking); !ours)
    return refuse(Subject::unsigned_license, std::move(ours).error());

  const auto rights = xrml::open_rights_data(*license, *key);
  if (!rights) return refuse(Subject::unsigned_license, rights.error());
  if (rights->kind() == xrml::Kind::official_template) {
    facts.template_id = xrml::template_guid(*rights);
    RMS_TRY(const auto kept, kept_template(tenant, templates, *rights, Subject::rights_template));
    if (kept.archived) return refuse(Subject::rights_template, Error(Errc::denied, "an archived template"));
  }
  if (!covers_template(scope, facts.template_id))
    return soap::Fault{std::string(soap::exceptions::kUnauthorizedAccess),
                       "The calling server may not publish with this template, or without one.",
                       std::string(grant::kTemplates)};
  const auto signed_license = xrml::sign_publishing_license(tenant.issuer(), *license, *key, tenant.urls(), issued);
  if (!signed_license) return refuse(Subject::unsigned_license, signed_license.error());
  facts.date_published = facts_of(signed_license->content()).date_published;
  facts.issuer = tenant.principal().object.name;
  return tenant.with_chain(*signed_license);
}

}  // namespace rms::cloud

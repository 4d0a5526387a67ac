// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/publishing_license.h"

#include <algorithm>
#include <chrono>

#include "base/guid.h"
#include "cloud/templates/templates.h"
#include "cloud/xrml_time.h"
#include "soap/envelope.h"
#include "xrml/official_template.h"

namespace rms::cloud {
namespace {

Result<std::vector<xrml::Document>> read(const soap::ChainView& texts) {
  if (texts.empty()) return Error(Errc::malformed, "no publishing licence");
  std::size_t bytes = 0;
  for (const auto text : texts) bytes += text.size();
  if (bytes > soap::kMaxIssuanceLicenseBytes) return Error(Errc::too_large, "the publishing licence and its chain");
  // The licence and the certificate it was made with are all that is looked at: that certificate must be ours, so
  // whatever follows it (Office appends use licences and whole hierarchies) can add nothing.
  RMS_TRY(auto chain, xrml::parse_chain(std::span(texts).first(std::min<std::size_t>(texts.size(), 2))));
  return xrml::expect_kind(std::move(chain), xrml::Kind::publishing_license);
}

Result<void> check_server(const xrml::Content& license, const xrml::Principal& server) {
  if (license.principals.empty()) return Error(Errc::untrusted, "the licence names no server");
  const auto& named = license.principal();
  if (named.object.id != server.object.id || named.key != server.key)
    return Error(Errc::untrusted, "the licence names another server");
  return {};
}

Result<void> check_times(const xrml::Content& license, xrml::Time now) {
  if (license.issued > now + kClockTolerance) return Error(Errc::not_valid_now, "the licence is from the future");
  if (!license.validity.contains(now)) return Error(Errc::not_valid_now, "the licence is outside its validity");
  return {};
}

xrml::Content rights_in(const xrml::Content& license, const xrml::Document& rights_data) {
  xrml::Content rights = rights_data.content();
  if (rights.kind != xrml::Kind::official_template || !rights.work) return rights;
  auto& work = *rights.work;
  work.owner = license.work ? license.work->owner : std::nullopt;
  if (work.interval_days) {
    const auto end = std::min<xrml::Time>(license.issued + std::chrono::days(*work.interval_days), xrml::kLastTime);
    work.time.until = std::min(work.time.until.value_or(end), end);
    work.interval_days.reset();
  }
  return rights;
}

}  // namespace

LabelFacts facts_of(const xrml::Content& content) {
  LabelFacts facts;
  if (content.work) facts.content_id = without_braces(content.work->object.id);
  if (content.work && content.work->owner) facts.owner_email = content.work->owner->name;
  if (const auto* referral = content.distribution_point("Referral-Info")) facts.file_name = referral->name;
  facts.date_published = xrml::format(content.issued) + ":00";
  return facts;
}

Outcome<OpenLabel> open_label(const IssuingTenant& tenant, TemplateStore& templates, const soap::ChainView& texts,
                              WallTime now, LabelFacts& facts) {
  const auto chain = read(texts);
  if (!chain) return refuse(Subject::rights_label, chain.error());
  const auto& license = chain->front();
  facts = facts_of(license.content());

  if (auto ours = check_server(license.content(), tenant.principal()); !ours)
    return refuse(Subject::rights_label_server, std::move(ours).error());
  if (auto good = xrml::verify_chain(*chain, tenant.anchors(), license.content().issued); !good)
    return refuse(Subject::rights_label, std::move(good).error());
  // From here on it is the name in the certificate that vouches for the licence, and not what its author wrote.
  facts.issuer = license.content().issuer->object.name;
  if (auto good = check_times(license.content(), to_xrml_time(now)); !good)
    return refuse(Subject::rights_label, std::move(good).error());
  auto opened = xrml::open_publishing_license(license, tenant.principal(), tenant.licensor_key());
  if (!opened) return refuse(Subject::rights_label, std::move(opened).error());
  if (opened->rights_data.kind() == xrml::Kind::official_template) {
    facts.template_id = xrml::template_guid(opened->rights_data);
    RMS_TRY(auto kept, kept_template(tenant, templates, opened->rights_data, Subject::rights_label_template));
    opened->rights_data = std::move(kept.document);
  }
  auto rights = rights_in(license.content(), opened->rights_data);
  return OpenLabel{license, *std::move(opened), std::move(rights)};
}

}  // namespace rms::cloud

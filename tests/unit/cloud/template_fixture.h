// SPDX-License-Identifier: Apache-2.0
//
// A tenant with a template of its own, beside what RightsTest has.
#pragma once

#include "cloud/templates/templates.h"
#include "unit/cloud/rights_fixture.h"

namespace rms::cloud {

class TemplateTest : public RightsTest {
 protected:
  // Everybody may VIEW for 7 days; Carol may EDIT.
  static xrml::TemplateDefinition definition() {
    xrml::TemplateDefinition definition;
    definition.guid = "4b1010c0-92b8-4169-8493-b5137c6fe168";
    definition.texts = {{1033, "Internal", ""}};
    definition.rights = {{std::string(xrml::kAnyone), {"VIEW"}}, {mail_of("carol"), {"EDIT"}}};
    definition.license_days = 7;
    return definition;
  }

  TemplateRecord keep(const xrml::TemplateDefinition& definition, bool archived = false) {
    auto record = must(make_template(tenant(), definition, kNow));
    record.archived = archived;
    must(store_->add_templates(tenant().guid(), {&record, 1}));
    return record;
  }

  static xrml::Document signed_by(const IssuingTenant& server, const xrml::TemplateDefinition& definition) {
    return must(xrml::Document::parse(must(make_template(server, definition, kNow)).xrml));
  }

  // The same, signed by who pleases and good at no time at which it was issued.
  static xrml::Document forged(const xrml::TemplateDefinition& definition) {
    auto content = signed_by(tenant(), definition).content();
    content.issuer->key = key_of("mallory").public_key();
    content.validity = {kNow + std::chrono::hours(1), {}};
    return must(xrml::issue(content, &key_of("mallory")));
  }

  // What Alice publishes with `official_template`.
  static xrml::Publication by_template(xrml::Document official_template) {
    auto what = test::publication();
    what.rights.clear();
    what.official_template = std::move(official_template);
    return what;
  }
};

}  // namespace rms::cloud

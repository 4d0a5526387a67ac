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
    must(store_->add_template(tenant().guid(), record));
    return record;
  }

  static xrml::Document signed_by(const IssuingTenant& server, const xrml::TemplateDefinition& definition) {
    return must(xrml::Document::parse(must(make_template(server, definition, kNow)).xrml));
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

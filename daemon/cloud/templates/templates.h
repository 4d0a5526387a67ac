// SPDX-License-Identifier: Apache-2.0
//
// A tenant's official rights templates: made from definitions, kept as they were signed, handed to publishers.
// Any thread; calls block for the store, and where a template is signed for RSA.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/keys/tenant_cache.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "grants/scope.h"
#include "soap/messages.h"
#include "xrml/official_template.h"

namespace rms::cloud {

// Signs a definition and makes of it what is kept. Errc as xrml::check().
Result<TemplateRecord> make_template(const IssuingTenant& tenant, const xrml::TemplateDefinition& definition,
                                     WallTime now);

// The two templates that a tenant of Azure RMS begins with, Confidential and Highly Confidential for All Employees:
// for everybody with an account here, a use licence good for 7 days. Their GUIDs follow from the tenant's, so that
// making them twice makes the same ones.
std::vector<xrml::TemplateDefinition> default_templates(std::string_view tenant_guid);

// Gives a tenant that has no template at all these two or, if that fails, neither, and leaves others as they are: done
// when a tenant is made, and for all that there are when the service starts, for some were made before there were
// templates. Errc of the store.
Result<void> add_default_templates(const IssuingTenant& tenant, TemplateStore& store, WallTime now);
Result<void> add_default_templates_to_all(TenantCache& tenants, Store& store, WallTime now);

struct KeptTemplate {
  xrml::Document document;
  bool archived;
};
// The template that is kept here under the GUID of `copy`, archived or not, after `copy` was found to be signed by us.
// Refused, as refuse() says of `subject`: signed by another, or unknown here. An Error says nothing about `copy`: the
// store is away, or what it keeps is damaged (Errc::corrupt).
Outcome<KeptTemplate> kept_template(const IssuingTenant& tenant, TemplateStore& store, const xrml::Document& copy,
                                    Subject subject);

// AcquireTemplateInformation (MS-RMPR 3.4.4.2): GUID and hash of all that are not archived and that `scope`, the grants
// of the server that asks, covers.
Outcome<soap::AcquireTemplateInformationResponse> acquire_template_information(const IssuingTenant& tenant,
                                                                               TemplateStore& store,
                                                                               const Scope& scope);

// AcquireTemplates (MS-RMPR 3.4.4.3): an entry for each of `guids`, in order, as they were asked for; empty where there
// is none of this GUID, it is archived, or `scope` does not cover it. Limits on `guids` are the envelope's
// (soap/envelope.h).
Outcome<soap::AcquireTemplatesResponse> acquire_templates(const IssuingTenant& tenant, TemplateStore& store,
                                                          const Scope& scope, std::span<const std::string> guids);

}  // namespace rms::cloud

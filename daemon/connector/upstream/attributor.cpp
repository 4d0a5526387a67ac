// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/attributor.h"

#include "base/milliseconds.h"

namespace rms::connector {
namespace {

v1::Role to_wire(Role role) {
  switch (role) {
    case Role::exchange:
      return v1::ROLE_EXCHANGE;
    case Role::sharepoint:
      return v1::ROLE_SHAREPOINT;
    case Role::file_classification:
      return v1::ROLE_FILE_CLASSIFICATION;
  }
  return v1::ROLE_UNSPECIFIED;
}

void fill(v1::NameList* list, const std::vector<std::string>& names) {
  for (const std::string& name : names) list->add_names(name);
}

void fill(v1::Grants& grants, const Scope& scope) {
  if (scope.templates) fill(grants.mutable_templates(), *scope.templates);
  if (scope.recipients) fill(grants.mutable_recipients(), *scope.recipients);
  if (scope.owners) fill(grants.mutable_owners(), *scope.owners);
  if (scope.until) grants.set_until_ms(to_milliseconds(*scope.until));
  if (scope.open_any) {
    grants.mutable_open_any()->set_reason(scope.open_any->reason);
    grants.mutable_open_any()->set_until_ms(to_milliseconds(scope.open_any->until));
  }
}

v1::Attribution attribution(const Identity& identity, soap::Operation operation) {
  v1::Attribution said;
  v1::Caller& caller = *said.mutable_caller();
  caller.set_entry(identity.entry);
  caller.set_role(to_wire(identity.role));
  caller.set_mail(identity.mail);
  caller.set_sid(identity.sid);
  caller.set_principal(identity.principal);
  caller.set_mechanism(identity.mechanism);
  caller.set_own_identity(identity.own);
  const auto name = soap::to_string(operation);
  said.set_operation(name.data(), name.size());
  fill(*said.mutable_grants(), identity.scope);
  return said;
}

}  // namespace

const v1::SignedAttribution& Attributor::words_for(const Identity& identity, soap::Operation operation) {
  auto said = attribution(identity, operation);
  std::string key = said.SerializeAsString();
  const WallTime now = clock_.wall();
  auto found = kept_.find(key);
  // Neither from the future: somebody has set the clock back.
  if (found != kept_.end() && found->second.made <= now && now < found->second.made + kLifetime / 2)
    return found->second.words;
  if (found == kept_.end() && kept_.size() >= kMostKept) kept_.clear();
  return kept_.insert_or_assign(std::move(key), Kept{sign(std::move(said), now), now}).first->second.words;
}

v1::SignedAttribution Attributor::sign(v1::Attribution attribution, WallTime now) const {
  attribution.set_not_before_ms(to_milliseconds(now - kBackdated));
  attribution.set_not_after_ms(to_milliseconds(now + kLifetime));
  v1::SignedAttribution words;
  words.set_attribution(attribution.SerializeAsString());
  words.set_signature(signer_.sign(kAttributionPurpose, words.attribution()));
  return words;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Why a request was answered as it was, or would be: the path of the decision, and the smallest change that would allow
// it.
#pragma once

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/authorizer/authorizer.h"
#include "connector/settings/settings.h"
#include "ctl/audit/commands.h"

namespace rms::ctl {

// Every decision under that correlation id. `settings`, if there are any, make the smallest change exact; they are
// today's, and the decision may be older. Errc::not_found: none.
Result<void> explain_decision(const JournalPlace& place, const std::string& correlation_id,
                              const connector::Settings* settings, std::ostream& out);

// A request that nobody has made yet.
struct Ahead {
  connector::Principal who;
  soap::Operation operation;
  std::optional<std::string> template_guid;  // of the content; "custom": rights without a template
  WallTime now;
  std::optional<std::string> owner{};     // of the content: an address
  std::vector<std::string> recipients{};  // for whom it would pre-license: addresses of different people
};

// What the connector with these settings would decide, and the service of its grants, by the very functions that decide
// there.
void explain_ahead(std::shared_ptr<const connector::Settings> settings, const Ahead& ahead, std::ostream& out);

// Who asks, as logs name it. "dns:exchange.contoso.test", "uri:spiffe://..." or "sha256:<64 hex digits>": by a
// certificate that says nothing else but who signed it (`issuer`, its SHA-256). "EXCH01$@CONTOSO.TEST",
// "CONTOSO\EXCH01$" or "S-1-5-21-...": by a ticket that says no more than that, `groups` and `sid` (SIDs).
// Errc::invalid_setting names what would be right.
struct PrincipalDetails {
  std::vector<std::string> groups{};
  std::string issuer{}, sid{};
};
Result<connector::Principal> parse_principal(std::string_view text, PrincipalDetails details = {});

// As settings write it, or as the protocol: acquire_license, AcquireLicense, in any case. nullopt: there is none.
std::optional<soap::Operation> parse_operation(std::string_view text);

}  // namespace rms::ctl

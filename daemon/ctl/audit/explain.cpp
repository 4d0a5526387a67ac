// SPDX-License-Identifier: Apache-2.0
#include "ctl/audit/explain.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/address.h"
#include "base/text.h"
#include "connector/audit/outcome.h"
#include "ctl/audit/printable.h"

namespace rms::ctl {
namespace {

using connector::JournalLine;
using connector::ServerEntry;
using connector::Settings;

// What decides about the smallest change; texts may be hostile.
struct Decided {
  std::string_view reason, principal, entry;
  std::optional<soap::Operation> operation;
  std::string_view missing_grant{};
  std::string_view subject{};  // a template, if it is known
};

void step(std::ostream& out, std::string_view name, std::string_view what) {
  out << fmt::format("  {:<9}{}\n", name, what);
}

std::optional<soap::Operation> operation_named(std::string_view name) {
  for (std::size_t i = 0; i < soap::kOperationCount; ++i)
    if (soap::to_string(static_cast<soap::Operation>(i)) == name) return static_cast<soap::Operation>(i);
  return std::nullopt;
}

const ServerEntry* entry_named(const Settings* settings, std::string_view name) {
  if (settings == nullptr) return nullptr;
  const auto found = std::ranges::find(settings->servers, name, &ServerEntry::name);
  return found == settings->servers.end() ? nullptr : &*found;
}

// All grants of the entry and one more: a list in the settings takes the place of the default.
std::string grants_with(const ServerEntry& entry, soap::Operation more) {
  std::string list;
  for (const soap::Operation operation : entry.operations) list += std::string(soap::setting_name(operation)) + ", ";
  return "operations: [" + list + std::string(soap::setting_name(more)) + "]";
}

constexpr std::string_view kSid = "S-1-";

bool is_ticket_name(std::string_view principal) {
  return principal.find_first_of("@\\") != principal.npos || principal.starts_with(kSid);
}

// How an entry would match this caller: "dns: 'exchange.contoso.test'". Empty: nobody can tell from its name.
std::string match_of(std::string_view principal) {
  const std::size_t colon = principal.find(':');
  const std::string_view kind = principal.substr(0, colon);
  std::string_view key = kind == "dns" ? "dns" : kind == "uri" ? "uri" : kind == "sha256" ? "fingerprint" : "";
  std::string_view value = principal.substr(std::min(principal.size(), colon + 1));
  if (key.empty() && is_ticket_name(principal)) {
    key = principal.starts_with(kSid) ? "sid" : "account";
    value = principal;
  }
  if (key.empty()) return {};
  // In single quotes YAML takes all as it is but the quote itself.
  std::string match = std::string(key) + ": '";
  for (const char c : printable(value)) match.append(c == '\'' ? 2 : 1, c);
  return match + "'";
}

void new_entry(std::ostream& out, std::string_view principal) {
  const std::string match = match_of(principal);
  if (match.empty()) return step(out, "", "an entry under servers: that matches this caller");
  step(out, "", "under servers:, with the role that the server has:");
  step(out, "", "- name: NAME");
  step(out, "", "  role: exchange | sharepoint | file-classification");
  step(out, "", "  match: {" + match + "}");
  step(out, "", "  mail: ADDRESS");
}

struct GrantHelp {
  std::string_view name, meaning, change;
};
constexpr GrantHelp kGrantHelp[] = {
    {grant::kTemplates, "the content's template (or that it has none) is not among grants.templates of the entry",
     "in its grants: add the GUID (or custom) to templates:, or remove templates:"},
    {grant::kOwners, "the content's owner is not among grants.owners of the entry",
     "in its grants: add the owner's address or domain to owners:, or remove owners:"},
    {grant::kRecipients, "a recipient is not among grants.recipients of the entry",
     "in its grants: add the address or domain to recipients:, or remove recipients:"},
    {grant::kUntil, "the grants of the entry ended (grants.until)", "in its grants: a later until:"},
    {grant::kOpenAny,
     "the content gives the server's account no right, and open_any is not granted to the entry, or is over",
     "who protects the content gives the account rights; or, as a super user, in its grants:\n"
     "           open_any: {reason: WHY, until: YYYY-MM-DD}"},
    {grant::kOpenAnyConsent, "open_any is granted to the entry, but the service does not consent to it",
     "at the service: rms-cloudctl connector open-any CONNECTOR on --tenant TENANT"},
};

// What only the service can tell, and told us.
void missing_grant(std::ostream& out, const Decided& decided) {
  const auto* help = std::ranges::find(kGrantHelp, decided.missing_grant, &GrantHelp::name);
  step(out, "missing", "grant " + printable(decided.missing_grant));
  if (help == std::ranges::end(kGrantHelp)) return;
  step(out, "meaning", help->meaning);
  // The service's own consent is given to the connector; no entry has it.
  step(out, "smallest",
       decided.missing_grant == grant::kOpenAnyConsent
           ? "change that would allow it, nothing in the settings:"
           : fmt::format("change that would allow it (the entry is '{}'):", printable(decided.entry)));
  step(out, "", help->change);
}

void smallest_change(std::ostream& out, const Decided& decided, const Settings* settings) {
  if (!decided.missing_grant.empty()) return missing_grant(out, decided);
  const connector::Reason* reason = connector::find_reason(decided.reason);
  if (reason == nullptr) return step(out, "cure", "docs/authentication.md has this code");
  step(out, "meaning", reason->meaning);
  step(out, "cure", reason->cure);
  if (decided.reason == "no_entry" || decided.reason == "no_servers_configured") {
    step(out, "smallest", "change that would allow it:");
    new_entry(out, decided.principal);
  } else if (decided.reason == "operation_not_granted" && decided.operation) {
    const ServerEntry* entry = entry_named(settings, decided.entry);
    if (entry != nullptr && entry->operations.contains(*decided.operation))
      return step(out, "today", fmt::format("the settings grant it: {} has been changed since", entry->name));
    step(out, "smallest", "change that would allow it:");
    step(out, "",
         fmt::format("in the grants: of the entry '{}' of servers: {}", printable(decided.entry),
                     entry != nullptr
                         ? grants_with(*entry, *decided.operation)
                         : "add " + std::string(soap::setting_name(*decided.operation)) + " to operations:"));
  }
}

std::string or_else(std::string_view text, std::string_view otherwise) {
  return printable(text.empty() ? otherwise : text);
}

// "exchange (dns: exchange.contoso.test)": what holds of the caller.
std::string described(const ServerEntry& entry) {
  std::string match;
  const auto add = [&](std::string_view key, const std::optional<std::string>& value) {
    if (value) match += fmt::format("{}{}: {}", match.empty() ? "" : ", ", key, printable(*value));
  };
  add("dns", entry.match.dns);
  add("uri", entry.match.uri);
  add("issuer", entry.match.issuer);
  add("fingerprint", entry.match.fingerprint);
  add("account", entry.match.account);
  add("sid", entry.match.sid);
  add("group_sid", entry.match.group_sid);
  return fmt::format("{} ({})", entry.name, match);
}

void show_claimants(std::ostream& out, const std::vector<const ServerEntry*>& claimants, std::string_view none) {
  if (claimants.empty()) return step(out, "entry", none);
  if (claimants.size() == 1) return step(out, "entry", described(*claimants.front()));
  step(out, "entry", "none, for these match equally well:");
  for (const ServerEntry* entry : claimants) step(out, "", described(*entry));
}

// Entries that the journal does not name: those that the settings of today have for what is known of the caller.
void entries_of_today(std::ostream& out, std::string_view principal, const Settings* settings) {
  constexpr std::string_view kAsk = "matched, but not for sure one; explain --config FILE --as names those that match";
  const auto who = parse_principal(principal);
  if (settings == nullptr || !who) return step(out, "entry", kAsk);
  const connector::ServerList servers(std::shared_ptr<const Settings>(settings, [](const Settings*) {}));
  show_claimants(out, servers.claimants(*who), kAsk);
}

void explain_line(std::ostream& out, const JournalLine& line, const Settings* settings) {
  const auto text = [&](std::string_view name) { return printable(line.member(name)); };
  const std::string result = text("result"), reason = text("reason"), operation = text("operation");
  out << fmt::format("{}  {}: {}  (line {} of the journal)\n", printable(line.time), result, reason, line.own.sequence);

  const std::string from = " from " + or_else(line.member("peer"), "an unknown address");
  step(out, "who",
       line.member("principal").empty() ? "nobody was recognized," + from
                                        : text("principal") + ", by " + text("mechanism") + "," + from);
  step(out, "asked",
       fmt::format("{} {} {}", text("method"), text("path"),
                   operation.empty() ? "(which operation was not looked at)" : operation));
  const bool entered = !line.member("entry").empty();
  if (entered)
    step(out, "entry", fmt::format("{}, role {}", text("entry"), text("role")));
  else if (reason == "ambiguous_entry" || reason == "no_own_identity")
    entries_of_today(out, line.member("principal"), settings);
  else
    step(out, "entry", result == "refused" ? "none" : "was not looked for");
  if (entered)
    step(out, "grant",
         reason == "operation_not_granted" ? operation + " is not among its grants"
         : reason == "grants_over"         ? "its grants are over"
         : operation.empty()               ? "was not looked for"
                                           : operation + " is granted to it");
  const bool asked = !line.member("upstream_us").empty();
  step(out, "service",
       !asked                      ? "was not asked"
       : result == "could_not_ask" ? "did not answer: " + text("outcome")
                                   : "said: " + or_else(line.member("outcome"), "yes"));
  if (!line.member("opened_any").empty())
    step(out, "", text("opened_any") + " of its licences only open_any allowed: a super user's");
  if (!asked && !line.member("outcome").empty() && line.member("outcome") != reason)
    step(out, "because", text("outcome"));
  if (!line.member("detail").empty()) step(out, "detail", text("detail"));
  step(out, "answer", fmt::format("HTTP {} after {} us", text("status"), text("total_us")));
  if (result != "allowed")
    smallest_change(out,
                    {line.member("reason"), line.member("principal"), line.member("entry"),
                     operation_named(line.member("operation")), line.member("missing_grant")},
                    settings);
}

}  // namespace

Result<void> explain_decision(const JournalPlace& place, const std::string& correlation_id, const Settings* settings,
                              std::ostream& out) {
  bool found = false;
  RMS_CHECK(for_each_line(place, [&](const JournalLine& line, std::string_view) {
    if (line.kind != "decision" || !equal_without_case(line.member("correlation_id"), correlation_id)) return;
    found = true;
    explain_line(out, line, settings);
  }));
  if (found) return {};
  return Error(Errc::not_found, printable(correlation_id) + ": the journal has no decision with this correlation id");
}

namespace {

// The grant for want of which the service would refuse; empty: none that can be told before.
std::string_view missing_ahead(const Scope& scope, const Ahead& ahead) {
  if (ahead.template_guid) {
    const std::string_view guid = *ahead.template_guid == kCustomRights ? "" : std::string_view(*ahead.template_guid);
    if (!covers_template(scope, guid)) return grant::kTemplates;
  }
  if (ahead.owner && !covers_owner(scope, {&*ahead.owner, 1})) return grant::kOwners;
  for (const std::string& recipient : ahead.recipients)
    if (!covers_recipient(scope, {&recipient, 1})) return grant::kRecipients;
  return {};
}

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void show_scope(std::ostream& out, const Scope& scope) {
  if (scope.templates) step(out, "", "templates: " + joined(*scope.templates));
  if (scope.recipients) step(out, "", "recipients: " + joined(*scope.recipients));
  if (scope.owners) step(out, "", "owners: " + joined(*scope.owners));
  const auto day = [](WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
  };
  if (scope.until) step(out, "", "until " + day(*scope.until));
  if (scope.open_any)
    step(out, "",
         fmt::format("open_any until {}: {}\n{:11}if the service consents, too, which these settings do not say: "
                     "rms-cloudctl connector list",
                     day(scope.open_any->until), printable(scope.open_any->reason), ""));
}

}  // namespace

void explain_ahead(std::shared_ptr<const Settings> settings, const Ahead& ahead, std::ostream& out) {
  const connector::ServerList servers(settings);
  const connector::Decision decision = servers.authorize(ahead.who, ahead.operation, ahead.now);
  const std::string_view missing = decision.allowed() ? missing_ahead(decision.entry->scope, ahead) : "";
  const bool allowed = decision.allowed() && missing.empty();
  out << fmt::format("{}: {}  ({})\n", allowed ? "would be allowed" : "would be refused",
                     missing.empty() ? decision.reason : "service_refused", settings->file.string());
  step(out, "who", printable(ahead.who.name));
  if (decision.entry == nullptr) {
    show_claimants(out, servers.claimants(ahead.who), "none");
    step(out, "note",
         ahead.who.certificate ? "of a certificate that says no more than that; --issuer adds who signed it"
                               : "of a ticket that says no more than that; --sid and --group add to it");
  } else {
    const auto account = service_account(*decision.entry, ahead.who);
    step(out, "entry",
         fmt::format("{}, role {}, acts as {}", decision.entry->name, to_string(decision.entry->role),
                     account ? printable(account->mail) : "nobody"));
    step(out, "grant",
         fmt::format("{} is {}granted to it", soap::setting_name(ahead.operation), decision.allowed() ? "" : "not "));
    show_scope(out, decision.entry->scope);
  }
  if (allowed)
    step(out, "service", "would be asked; what it says depends on the content");
  else
    smallest_change(out,
                    {decision.reason, ahead.who.name, decision.entry != nullptr ? decision.entry->name : "",
                     ahead.operation, missing},
                    settings.get());
}

std::optional<soap::Operation> parse_operation(std::string_view text) {
  if (const auto setting = soap::operation_from_setting(to_lower(text))) return setting;
  for (std::size_t i = 0; i < soap::kOperationCount; ++i)
    if (const auto each = static_cast<soap::Operation>(i); equal_without_case(soap::to_string(each), text)) return each;
  return std::nullopt;
}

Result<connector::Principal> parse_principal(std::string_view text, PrincipalDetails details) {
  const auto wrong = [](std::string what) { return Error(Errc::invalid_setting, std::move(what)); };
  for (const std::string& group : details.groups)
    if (!is_sid(group)) return wrong(printable(group) + ": --group must be a SID; rms-connectorctl lookup finds it");
  if (!details.sid.empty() && !is_sid(details.sid)) return wrong(printable(details.sid) + ": --sid must be a SID");
  std::string issuer = to_lower(details.issuer);
  std::erase(issuer, ':');
  if (!issuer.empty() && issuer.size() != 64) return wrong(printable(issuer) + ": --issuer must be 64 hex digits");

  connector::Principal who;
  who.name = text;
  const std::size_t colon = text.find(':');
  const std::string value(text.substr(colon == text.npos ? text.size() : colon + 1));
  const std::string_view kind = text.substr(0, colon);
  net::PeerCertificate certificate;
  certificate.issuer_fingerprint = issuer;
  if (kind == "dns" && !value.empty()) {
    certificate.dns.push_back(value);
  } else if (kind == "uri" && !value.empty()) {
    certificate.uris.push_back(value);
  } else if (kind == "sha256" && value.size() == 64) {
    certificate.fingerprint = to_lower(value);
  } else if (is_ticket_name(text)) {
    if (!issuer.empty()) return wrong("a ticket has no --issuer; a certificate has");
    who.mechanism = "kerberos";
    std::ranges::sort(details.groups);
    const bool is_sid_itself = text.starts_with(kSid);
    // The account as an entry's identity: own calls it: with its domain, or the name alone.
    const std::string account = is_sid_itself ? std::string() : std::string(text.substr(0, text.find('@')));
    who.windows =
        connector::WindowsIdentity{account, is_sid_itself ? who.name : details.sid, std::move(details.groups)};
    return who;
  } else {
    return wrong(printable(text) +
                 ": must be dns:NAME, uri:URI, sha256:FINGERPRINT (64 hex digits), NAME@REALM, DOMAIN\\NAME or a SID");
  }
  if (!details.groups.empty() || !details.sid.empty())
    return wrong("a certificate says nothing of groups and SIDs; a ticket does");
  who.mechanism = "tls-client-certificate";
  who.certificate = std::move(certificate);
  return who;
}

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/authorizer.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"
#include "connector/authorizer/index.h"
#include "connector/settings/patterns.h"

namespace rms::connector {
namespace {

// The DNS name of `certificate` that is the entry's; nullopt if there is none, or more than one.
std::optional<std::string> name_of(const Match& match, const net::PeerCertificate& certificate) {
  std::optional<std::string> found;
  for (const std::string& each : certificate.dns) {
    const std::string name = to_lower(each);
    if (!match.dns || !fits_pattern(name, *match.dns, '.') || name == found) continue;
    if (found) return std::nullopt;
    found = name;
  }
  return found;
}

// "exch01" of "CONTOSO\EXCH01$".
std::string name_of(const WindowsIdentity& windows) {
  std::string_view name = windows.account;
  if (const auto backslash = name.find('\\'); backslash != name.npos) name.remove_prefix(backslash + 1);
  if (name.ends_with('$')) name.remove_suffix(1);
  return to_lower(name);
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::allowed:
      return "allowed";
    case Verdict::unknown_principal:
      return "unknown_principal";
    case Verdict::not_granted:
      return "not_granted";
    case Verdict::empty_list:
      return "empty_list";
  }
  return "unknown_principal";
}

ServerList::ServerList(std::shared_ptr<const Settings> settings)
    : settings_(std::move(settings)), index_(std::make_unique<Index>(settings_->servers)) {}
ServerList::ServerList(ServerList&&) noexcept = default;
ServerList::~ServerList() = default;

Decision ServerList::recognize(const Principal& principal) const {
  if (settings_->servers.empty()) return {Verdict::empty_list, nullptr, "no_servers_configured"};
  if (principal.certificate &&
      principal.certificate->dns.size() + principal.certificate->uris.size() > kMostCertificateNames)
    return {Verdict::unknown_principal, nullptr, "too_many_names"};
  const auto [entry, ambiguous] = index_->most_specific(principal);
  if (entry == nullptr) return {Verdict::unknown_principal, nullptr, "no_entry"};
  if (ambiguous) return {Verdict::unknown_principal, nullptr, "ambiguous_entry"};
  if (entry->identity == IdentityOf::server && !service_account(*entry, principal))
    return {Verdict::unknown_principal, nullptr, "no_own_identity"};
  return {Verdict::allowed, entry, "allowed"};
}

std::vector<const ServerEntry*> ServerList::claimants(const Principal& principal) const {
  return index_->all_most_specific(principal);
}

Decision ServerList::authorize(const Principal& principal, soap::Operation operation, WallTime now) const {
  const Decision who = recognize(principal);
  return who.allowed() ? connector::authorize(*who.entry, operation, now) : who;
}

Decision authorize(const ServerEntry& entry, soap::Operation operation, WallTime now) {
  if (is_over(entry.scope, now)) return {Verdict::not_granted, &entry, "grants_over"};
  if (!entry.operations.contains(operation)) return {Verdict::not_granted, &entry, "operation_not_granted"};
  return {Verdict::allowed, &entry, "allowed"};
}

std::string matched_name(const ServerEntry& entry, const Principal& principal) {
  if (!principal.certificate) return principal.name;
  const Match& match = entry.match;
  const net::PeerCertificate& certificate = *principal.certificate;
  if (certificate.dns.size() + certificate.uris.size() < 2) return principal.name;
  if (match.uri)
    for (const std::string& uri : certificate.uris)
      if (fits_pattern(uri, *match.uri, '/')) return "uri:" + uri;
  if (match.dns)
    for (const std::string& name : certificate.dns)
      if (fits_pattern(to_lower(name), *match.dns, '.')) return "dns:" + name;
  return principal.name;
}

std::optional<ServiceAccount> service_account(const ServerEntry& entry, const Principal& principal) {
  ServiceAccount account{entry.mail, entry.sid};
  if (entry.identity == IdentityOf::entry) return account;

  std::optional<std::string> name;
  if (principal.windows) {
    account.sid = principal.windows->sid;
    if (!is_sid(account.sid)) return std::nullopt;
    name = name_of(*principal.windows);
  } else if (principal.certificate) {
    name = name_of(entry.match, *principal.certificate);
  }
  if (!name || name->empty()) return std::nullopt;
  if (const auto at = account.mail.find(kAccountPlaceholder); at != std::string::npos)
    account.mail.replace(at, kAccountPlaceholder.size(), *name);
  // Names come from others: one with an @ or a blank in it would be somebody else's address, or none.
  if (!is_address(account.mail)) return std::nullopt;
  return account;
}

}  // namespace rms::connector

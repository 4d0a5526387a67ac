// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/authorizer.h"

#include <algorithm>

#include "base/text.h"

namespace rms::connector {
namespace {

// How much each kind of name outweighs the kinds after it: a fingerprint is one certificate, a URI one workload, an
// account or its SID one account, a DNS name one machine; a group is many accounts.
enum Weight { group = 1, dns = 2, account = 4, uri = 8, fingerprint = 16 };

bool contains_without_case(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::any_of(names, [&](const std::string& each) { return equal_without_case(each, name); });
}

// How specific `match` is, if all of it holds; 0 if not.
int specificity(const Match& match, const net::PeerCertificate& certificate) {
  if (match.account || match.sid || match.group_sid) return 0;
  if (match.fingerprint && *match.fingerprint != certificate.fingerprint) return 0;
  if (match.uri && std::ranges::find(certificate.uris, *match.uri) == certificate.uris.end()) return 0;
  if (match.dns && !contains_without_case(certificate.dns, *match.dns)) return 0;
  return (match.fingerprint ? Weight::fingerprint : 0) + (match.uri ? Weight::uri : 0) + (match.dns ? Weight::dns : 0);
}

// The same for a ticket. Its name is proven; what only a PAC says does not hold of a ticket without one.
int specificity(const Match& match, const Principal& principal) {
  if (match.fingerprint || match.uri || match.dns) return 0;
  const auto& windows = principal.windows;
  if (match.account && !equal_without_case(*match.account, principal.name) &&
      !(windows && equal_without_case(*match.account, windows->account)))
    return 0;
  if (match.sid && !(windows && *match.sid == windows->sid)) return 0;
  if (match.group_sid && !(windows && std::ranges::binary_search(windows->groups, *match.group_sid))) return 0;
  return (match.account || match.sid ? Weight::account : 0) + (match.group_sid ? Weight::group : 0);
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

Decision recognize(const Settings& settings, const Principal& principal) {
  if (settings.servers.empty()) return {Verdict::empty_list, nullptr, "no_servers_configured"};
  const ServerEntry* best = nullptr;
  int most = 0;
  bool ambiguous = false;
  for (const ServerEntry& entry : settings.servers) {
    const int weight =
        principal.certificate ? specificity(entry.match, *principal.certificate) : specificity(entry.match, principal);
    if (weight == 0 || weight < most) continue;
    ambiguous = weight == most;
    most = weight;
    best = &entry;
  }
  if (best == nullptr) return {Verdict::unknown_principal, nullptr, "no_entry"};
  if (ambiguous) return {Verdict::unknown_principal, nullptr, "ambiguous_entry"};
  return {Verdict::allowed, best, "allowed"};
}

Decision authorize(const ServerEntry& entry, soap::Operation operation) {
  if (!entry.operations.contains(operation)) return {Verdict::not_granted, &entry, "operation_not_granted"};
  return {Verdict::allowed, &entry, "allowed"};
}

Decision authorize(const Settings& settings, const Principal& principal, soap::Operation operation) {
  const Decision who = recognize(settings, principal);
  return who.allowed() ? authorize(*who.entry, operation) : who;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/authorizer.h"

#include <algorithm>

#include "base/text.h"

namespace rms::connector {
namespace {

// How specific `match` is, if all of it holds of `certificate`; 0 if not. A fingerprint is one certificate, a URI one
// workload, a DNS name one machine: each outweighs all that come after it.
int specificity(const Match& match, const net::PeerCertificate& certificate) {
  int weight = 0;
  if (match.fingerprint) {
    if (*match.fingerprint != certificate.fingerprint) return 0;
    weight += 4;
  }
  if (match.uri) {
    if (std::find(certificate.uris.begin(), certificate.uris.end(), *match.uri) == certificate.uris.end()) return 0;
    weight += 2;
  }
  if (match.dns) {
    if (std::none_of(certificate.dns.begin(), certificate.dns.end(),
                     [&](const std::string& name) { return equal_without_case(name, *match.dns); }))
      return 0;
    weight += 1;
  }
  return weight;
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
    const int weight = principal.certificate ? specificity(entry.match, *principal.certificate) : 0;
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

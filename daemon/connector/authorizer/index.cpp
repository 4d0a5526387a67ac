// SPDX-License-Identifier: Apache-2.0
#include "connector/authorizer/index.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "connector/settings/patterns.h"

namespace rms::connector {
namespace {

// How much each kind of name outweighs all kinds before it together. A fingerprint is one certificate, a URI one
// workload, a DNS name one machine, a pattern of either many; a SID is one account, its name too until it is renamed;
// a group is many accounts.
namespace weight {
enum Certificate { issuer = 1, dns_pattern = 2, uri_pattern = 4, dns = 8, uri = 16, fingerprint = 32 };
enum Ticket { group = 1, account = 2, sid = 4 };
}  // namespace weight

bool is_open(const std::string& name) {
  return name.find('*') != name.npos;
}

// How specific `match` is, if all of it holds; 0 if not.
int specificity(const Match& match, const CertificateNames& certificate) {
  if (match.account || match.sid || match.group_sid) return 0;
  int sum = 0;
  if (match.fingerprint) {
    if (*match.fingerprint != certificate.fingerprint) return 0;
    sum += weight::fingerprint;
  }
  if (match.issuer) {
    if (*match.issuer != certificate.issuer) return 0;
    sum += weight::issuer;
  }
  if (match.uri) {
    const auto fits = [&](const std::string& uri) { return fits_pattern(uri, *match.uri, '/'); };
    if (std::ranges::none_of(certificate.uris, fits)) return 0;
    sum += is_open(*match.uri) ? weight::uri_pattern : weight::uri;
  }
  if (match.dns) {
    const auto fits = [&](const std::string& name) { return fits_pattern(name, *match.dns, '.'); };
    if (std::ranges::none_of(certificate.dns, fits)) return 0;
    sum += is_open(*match.dns) ? weight::dns_pattern : weight::dns;
  }
  return match.fingerprint || match.uri || match.dns ? sum : 0;
}

// The same for a ticket. Its name is proven; what only a PAC says does not hold of a ticket without one.
int specificity(const Match& match, const Principal& principal) {
  if (match.fingerprint || match.issuer || match.uri || match.dns) return 0;
  const auto& windows = principal.windows;
  if (match.account && !equal_without_case(*match.account, principal.name) &&
      !(windows && equal_without_case(*match.account, windows->account)))
    return 0;
  if (match.sid && !(windows && *match.sid == windows->sid)) return 0;
  if (match.group_sid && !(windows && std::ranges::binary_search(windows->groups, *match.group_sid))) return 0;
  return (match.sid ? weight::sid : 0) + (match.account ? weight::account : 0) + (match.group_sid ? weight::group : 0);
}

}  // namespace

CertificateNames::CertificateNames(const net::PeerCertificate& certificate)
    : fingerprint(certificate.fingerprint), issuer(certificate.issuer_fingerprint), uris(certificate.uris) {
  for (const std::string& name : certificate.dns) dns.push_back(to_lower(name));
}

std::size_t NameHash::operator()(std::string_view name) const noexcept {
  if (name.empty()) return 0;
  std::uint64_t first = 0, last = 0;
  const std::size_t bytes = std::min(name.size(), sizeof first);
  std::memcpy(&first, name.data(), bytes);
  std::memcpy(&last, name.data() + name.size() - bytes, bytes);
  std::uint64_t hash = (last ^ name.size()) * 0x9E3779B97F4A7C15U;
  hash = (hash ^ (hash >> 32) ^ first) * 0xD6E8FEB86659FD93U;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

ServerList::Index::Index(const std::vector<ServerEntry>& servers) : servers_(servers), next_(servers.size(), kNone) {
  for (std::uint32_t i = 0; i < servers.size(); ++i) {
    const Match& match = servers[i].match;
    if (match.fingerprint)
      add(by_fingerprint_, *match.fingerprint, i);
    else if (match.uri && !is_open(*match.uri))
      add(by_uri_, *match.uri, i);
    else if (match.dns && !is_open(*match.dns))
      add(by_dns_, *match.dns, i);
    else if (match.uri)
      add(by_place_, uri_place(*match.uri), i);
    else if (match.dns)
      add(by_place_, dns_place(*match.dns), i);
    else if (match.sid)
      add(by_sid_, *match.sid, i);
    else if (match.account)
      add(by_account_, *match.account, i);
    else if (match.group_sid)
      add(by_group_, *match.group_sid, i);
  }
}

void ServerList::Index::add(Names& names, std::string_view name, std::uint32_t entry) {
  const auto [place, added] = names.try_emplace(name, entry);
  if (added) return;
  next_[entry] = place->second;
  place->second = entry;
}

template <class Consider>
void ServerList::Index::each_under(const Names& names, std::string_view name, Consider consider) const {
  const auto found = names.find(name);
  for (std::uint32_t i = found == names.end() ? kNone : found->second; i != kNone; i = next_[i]) consider(servers_[i]);
}

template <class Consider>
void ServerList::Index::each_candidate(const CertificateNames& certificate, Consider consider) const {
  each_under(by_fingerprint_, certificate.fingerprint, consider);
  // Many names may be of one place: its patterns are looked at once.
  std::vector<std::string_view> places;
  for (const std::string& uri : certificate.uris) {
    each_under(by_uri_, uri, consider);
    places.push_back(uri_place(uri));
  }
  for (const std::string& name : certificate.dns) {
    each_under(by_dns_, name, consider);
    places.push_back(dns_place(name));
  }
  if (by_place_.empty()) return;
  std::ranges::sort(places);
  const auto same = std::ranges::unique(places);
  places.erase(same.begin(), same.end());
  for (const std::string_view place : places) each_under(by_place_, place, consider);
}

template <class Consider>
void ServerList::Index::each_candidate(const Principal& principal, Consider consider) const {
  const std::string name = to_lower(principal.name);
  each_under(by_account_, name, consider);
  if (!principal.windows) return;
  const std::string account = to_lower(principal.windows->account);
  if (account != name) each_under(by_account_, account, consider);
  each_under(by_sid_, principal.windows->sid, consider);
  if (by_group_.empty()) return;
  for (const std::string& group : principal.windows->groups) each_under(by_group_, group, consider);
}

template <class Consider>
void ServerList::Index::each_with_specificity(const Principal& principal, Consider consider) const {
  if (principal.certificate) {
    const CertificateNames names(*principal.certificate);
    return each_candidate(names, [&](const ServerEntry& entry) { consider(entry, specificity(entry.match, names)); });
  }
  each_candidate(principal, [&](const ServerEntry& entry) { consider(entry, specificity(entry.match, principal)); });
}

ServerList::Index::Best ServerList::Index::most_specific(const Principal& principal) const {
  Best best;
  int most = 0;
  each_with_specificity(principal, [&](const ServerEntry& entry, int specific) {
    // Two names of one caller may lead to one entry.
    if (specific == 0 || specific < most || &entry == best.entry) return;
    best = {&entry, specific == most};
    most = specific;
  });
  return best;
}

std::vector<const ServerEntry*> ServerList::Index::all_most_specific(const Principal& principal) const {
  std::vector<const ServerEntry*> all;
  int most = 1;
  each_with_specificity(principal, [&](const ServerEntry& entry, int specific) {
    if (specific < most || std::ranges::find(all, &entry) != all.end()) return;
    if (specific > most) all.clear();
    most = specific;
    all.push_back(&entry);
  });
  return all;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/difference.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "connector/settings/keys.h"

namespace rms::connector {
namespace {

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

ChangeKind kind_of(std::string_view key) {
  if (key.starts_with("limits.")) return ChangeKind::limit;
  if (key.starts_with("cloud.")) return ChangeKind::cloud;
  if (key.starts_with("authentication.") || key == "listen.client_ca" || key == "listen.client_crl")
    return ChangeKind::access;
  if (key.starts_with("listen.")) return ChangeKind::certificate;
  return ChangeKind::other;
}

std::string or_nothing(const std::string& text) {
  return text.empty() ? "nothing" : text;
}

void compare_keys(const Settings& from, const Settings& to, Difference& found) {
  for (const SettingKey& key : setting_keys()) {
    const std::string before = key.text(from), after = key.text(to);
    if (before == after) continue;
    if (key.restart)
      found.restart.push_back({std::string(key.path), before, after});
    else
      found.changes.push_back(
          {kind_of(key.path), fmt::format("{}: {} -> {}", key.path, or_nothing(before), or_nothing(after))});
  }
}

void compare_endpoints(const Settings& from, const Settings& to, Difference& found) {
  const auto say = [&](std::string text) { found.changes.push_back({ChangeKind::cloud, std::move(text)}); };
  const auto in = [](const Settings& settings, const CloudEndpoint& each) {
    return std::ranges::find(settings.cloud.endpoints, each.address, &CloudEndpoint::address);
  };
  for (const CloudEndpoint& after : to.cloud.endpoints) {
    const auto before = in(from, after);
    const std::string name = to_string(after.address);
    if (before == from.cloud.endpoints.end())
      say(fmt::format("cloud: the endpoint {} is added, priority {}, weight {}", name, after.priority, after.weight));
    else if (*before != after)
      say(fmt::format("cloud: the endpoint {} has priority {} and weight {} (was {} and {})", name, after.priority,
                      after.weight, before->priority, before->weight));
  }
  for (const CloudEndpoint& before : from.cloud.endpoints)
    if (in(to, before) == to.cloud.endpoints.end())
      say(fmt::format("cloud: the endpoint {} is removed", to_string(before.address)));
}

void compare_own_certificates(const Settings& from, const Settings& to, Difference& found) {
  for (const OwnCertificate& after : to.certificates) {
    const auto before = std::ranges::find(from.certificates, after.usage, &OwnCertificate::usage);
    if (before == from.certificates.end() || before->fingerprint == after.fingerprint) continue;
    found.changes.push_back({after.usage == "listen" ? ChangeKind::certificate : ChangeKind::cloud,
                             fmt::format("{}.certificate: another certificate, {} sha256:{}, good until {} (was {} "
                                         "sha256:{}, good until {})",
                                         after.usage, after.subject, after.fingerprint, date(after.not_after),
                                         before->subject, before->fingerprint, date(before->not_after))});
  }
}

void compare_trusted(const Settings& from, const Settings& to, Difference& found) {
  const auto is_in = [](const Settings& settings, const TrustedCertificate& each) {
    return std::ranges::any_of(settings.trusted, [&](const TrustedCertificate& other) {
      return other.key == each.key && other.fingerprint == each.fingerprint;
    });
  };
  const auto kind = [](const TrustedCertificate& each) {
    return each.key == "listen.client_ca" ? ChangeKind::access : ChangeKind::cloud;
  };
  for (const TrustedCertificate& each : from.trusted)
    if (!is_in(to, each))
      found.changes.push_back({kind(each),
                               fmt::format("{}: certificates signed by {} sha256:{} are no longer accepted", each.key,
                                           each.subject, each.fingerprint),
                               each.key == "listen.client_ca"});
  for (const TrustedCertificate& each : to.trusted)
    if (!is_in(from, each))
      found.changes.push_back({kind(each), fmt::format("{}: certificates signed by {} sha256:{} are accepted now",
                                                       each.key, each.subject, each.fingerprint)});
}

void compare_crls(const Settings& from, const Settings& to, Difference& found) {
  if (to.crls.empty() && !from.crls.empty())
    found.changes.push_back(
        {ChangeKind::access, "listen.client_crl: nobody asks any more whether a certificate is revoked", true});
  for (const KnownCrl& after : to.crls) {
    const auto before = std::ranges::find_if(
        from.crls, [&](const KnownCrl& each) { return each.issuer == after.issuer && each.key_id == after.key_id; });
    if (before != from.crls.end() && before->this_update == after.this_update && before->revoked == after.revoked)
      continue;
    found.changes.push_back(
        {ChangeKind::access,
         fmt::format("listen.client_crl: the list of {} is of {} and has {} revoked certificates{}", after.issuer,
                     date(after.this_update), after.revoked,
                     before == from.crls.end()
                         ? ""
                         : fmt::format(" (was of {} and had {})", date(before->this_update), before->revoked))});
  }
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::server:
      return "server";
    case ChangeKind::access:
      return "access";
    case ChangeKind::cloud:
      return "cloud";
    case ChangeKind::certificate:
      return "certificate";
    case ChangeKind::limit:
      return "limit";
    case ChangeKind::other:
      return "other";
  }
  return "other";
}

Difference difference(const Settings& from, const Settings& to) {
  Difference found;
  compare_servers(from, to, found);
  compare_endpoints(from, to, found);
  compare_keys(from, to, found);
  compare_trusted(from, to, found);
  compare_crls(from, to, found);
  if (from.keytab_digest != to.keytab_digest && !from.keytab_digest.empty() && !to.keytab_digest.empty())
    found.changes.push_back({ChangeKind::access, "authentication.kerberos.keytab: other keys than before"});
  if (from.authentication.kerberos && !to.authentication.kerberos)
    found.changes.push_back({ChangeKind::access, "Kerberos tickets are no longer accepted", true});
  compare_own_certificates(from, to, found);
  return found;
}

}  // namespace rms::connector

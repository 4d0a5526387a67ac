// SPDX-License-Identifier: Apache-2.0
#include "client/words.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "xrml/certificates.h"

namespace rms::client {
namespace {

std::string days(int number) {
  return fmt::format("{} day{}", number, number == 1 ? "" : "s");
}

}  // namespace

std::string_view purpose_of(xrml::Kind kind) {
  switch (kind) {
    case xrml::Kind::machine_certificate:
      return "a machine's own certificate; account certificates are sealed for its key";
    case xrml::Kind::rights_account_certificate:
      return "says who an account is, and holds its key, sealed for one machine";
    case xrml::Kind::client_licensor_certificate:
      return "lets its holder protect content without asking the rights service";
    case xrml::Kind::server_licensor_certificate:
      return "the rights service's own certificate: it vouches for what the service issues";
    case xrml::Kind::authority_certificate:
      return "vouches for rights services";
    case xrml::Kind::publishing_license:
      return "goes with protected content: whose it is, and, for the rights service only, who may do what";
    case xrml::Kind::rights_data:
      return "who may do what with one content; a publishing licence carries it encrypted";
    case xrml::Kind::official_template:
      return "who may do what, made by the rights service for publishers to use";
    case xrml::Kind::use_license:
      return "lets one account use one content; its key opens with that account's key only";
  }
  return "";
}

std::string describe(const xrml::Object& object) {
  std::string text = object.name.empty() ? object.id : object.name;
  if (!object.id.empty() && object.id != text) text += " " + object.id;
  if (!object.type.empty()) text += " (" + object.type + ")";
  return text;
}

std::string describe(const xrml::Principal& principal) {
  std::string text = describe(principal.object);
  if (principal.key)
    text += fmt::format(", RSA-{} {}", principal.key->bits(), principal.key->fingerprint().substr(0, 16));
  return text;
}

std::string describe(xrml::Time time, xrml::Time now) {
  return xrml::format(time) + (time <= now ? "Z (past)" : "Z");
}

std::string describe(const xrml::Period& period, xrml::Time now) {
  std::string text;
  if (period.from) text += "from " + xrml::format(*period.from) + "Z" + (now < *period.from ? " (not yet)" : "");
  if (period.until) text += (text.empty() ? "until " : " until ") + describe(*period.until, now);
  return text;
}

std::string grantee(const xrml::Object& object) {
  if (object.id_type == "Internal" && equal_without_case(object.id, "Anyone"))
    return "everybody with an account here (ANYONE)";
  if (object.id_type == "Internal" && equal_without_case(object.id, "Owner")) return "the owner";
  return object.name.empty() ? object.id : object.name;
}

std::vector<Granted> by_grantee(const xrml::Work& work) {
  std::vector<Granted> all;
  std::map<std::string, std::size_t> places;
  for (const auto& grant : work.grants) {
    const std::string to = grant.grantee ? grantee(*grant.grantee) : std::string();
    const auto [place, is_new] = places.emplace(to, all.size());
    if (is_new) all.push_back({to, {}});
    all[place->second].rights.push_back(&grant);
  }
  return all;
}

std::string expiry_of(const xrml::Work& work, xrml::Time now) {
  if (work.interval_days) return days(*work.interval_days) + " after it was protected";
  return work.time.until ? describe(*work.time.until, now) : "never";
}

std::string offline_days_of(const xrml::Document& document, xrml::Time now) {
  const xrml::Content& content = document.content();
  if (!xrml::may_be_kept(document))
    return "not at all: a use licence may not be kept, each opening asks the rights service (NOLICCACHE)";
  std::optional<int> least;
  if (content.work)
    for (const auto& grant : content.work->grants)
      if (grant.interval_days) least = std::min(least.value_or(*grant.interval_days), *grant.interval_days);
  if (!least) return "as long as the rights last";
  const std::string span = days(*least);
  if (document.kind() != xrml::Kind::use_license) return span + " with each use licence";
  const auto end = std::min<xrml::Time>(content.issued + std::chrono::days(*least), xrml::kLastTime);
  return span + ", until " + describe(end, now);
}

}  // namespace rms::client

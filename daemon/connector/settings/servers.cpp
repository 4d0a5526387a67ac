// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "connector/settings/names.h"
#include "connector/settings/patterns.h"
#include "connector/settings/sections.h"
#include "yaml/values.h"

namespace rms::connector {
namespace {

using yaml::in_quotes;
using yaml::optional;
using yaml::required;

// As a mail address that has the placeholder in it would be with a name in its place.
bool is_mail_or_pattern(std::string_view text) {
  const std::size_t at = text.find(kAccountPlaceholder);
  if (at == text.npos) return is_mail_address(text);
  std::string mail(text);
  return is_mail_address(mail.replace(at, kAccountPlaceholder.size(), "name"));
}

void read_identity(yaml::Map& map, ServerEntry& to) {
  map.choice("identity", to.identity, {{"shared", IdentityOf::entry}, {"own", IdentityOf::server}});
  read_checked(map, "mail", to.mail, required, is_mail_or_pattern, "a mail address, as exchange@contoso.com");
  read_checked(map, "sid", to.sid, optional, is_sid, kSidExample);

  const bool pattern = to.mail.find(kAccountPlaceholder) != to.mail.npos;
  const bool by_certificate = to.match.dns || to.match.uri || to.match.fingerprint;
  const std::string placeholder(kAccountPlaceholder);
  if (to.identity == IdentityOf::entry) {
    if (pattern) map.problem("mail", "must not have " + placeholder + " unless identity is own");
    return;
  }
  if (!to.sid.empty()) map.problem("sid", "must not be given with identity: own; a server's own SID is in its ticket");
  // Without a SID the address alone says who it is.
  if (by_certificate && !to.mail.empty() && !pattern)
    map.problem("mail", "must have " + placeholder + " with identity: own, as '" + placeholder +
                            "@servers.contoso.com': servers known by certificates differ in nothing else");
  if (by_certificate && !to.match.dns)
    map.problem("identity", "own needs match.dns: it is what a server known by its certificate is called");
}

// What nobody could tell apart: found while the list is read, with no more work for each entry than for the last one.
class Twins {
 public:
  void look_for(const ServerEntry& entry, yaml::Map& map) {
    if (!entry.name.empty() && !names_.insert(to_lower(entry.name)).second)
      map.problem("name", "is the name of another server; each must have its own (is " + in_quotes(entry.name) + ")");
    const Match& match = entry.match;
    if (match == Match{}) return;
    const auto [other, added] = matches_.try_emplace(
        std::tuple(match.dns, match.uri, match.issuer, match.fingerprint, match.account, match.sid, match.group_sid),
        entry.name);
    if (!added)
      return map.problem("match",
                         "is that of server " + in_quotes(other->second) + " too; nobody could tell the two apart");
    if (is_pattern(match) && match.issuer) look_for_overlap(entry, map);
  }

 private:
  // Two patterns of one CA that one certificate may fit: neither is more specific, and the server would be neither.
  void look_for_overlap(const ServerEntry& entry, yaml::Map& map) {
    auto& of_same_place = patterns_[*entry.match.issuer + " " + pattern_place(entry.match)];
    for (const auto& [name, match] : of_same_place)
      if (may_both_match(match, entry.match))
        return map.problem("match", "overlaps that of server " + in_quotes(name) +
                                        ": one certificate may fit both, and would then be neither's");
    of_same_place.emplace_back(entry.name, entry.match);
  }

  std::set<std::string> names_;
  std::map<std::tuple<std::optional<std::string>, std::optional<std::string>, std::optional<std::string>,
                      std::optional<std::string>, std::optional<std::string>, std::optional<std::string>,
                      std::optional<std::string>>,
           std::string>
      matches_;
  std::unordered_map<std::string, std::vector<std::pair<std::string, Match>>> patterns_;
};

// Addresses that are made of names which others choose stand in a domain where no entry has one of its own: else a
// server could be called like somebody who has rights.
class MadeAddresses {
 public:
  void note(const ServerEntry& entry, const yaml::Map& map) {
    const std::size_t at = entry.mail.rfind('@');
    if (at == entry.mail.npos) return;
    const bool made = entry.mail.find(kAccountPlaceholder) != entry.mail.npos;
    (made ? made_ : given_)
        .try_emplace(to_lower(std::string_view(entry.mail).substr(at + 1)), Named{entry.name, map.place("mail")});
  }
  void check(yaml::File& file) const {
    for (const auto& [domain, made] : made_)
      if (const auto given = given_.find(domain); given != given_.end())
        file.problem(made.second, "must be in a domain in which no other address is: server " +
                                      in_quotes(given->second.first) + " has one in " + in_quotes(domain) +
                                      " too, and a server could be named like it");
  }

 private:
  using Named = std::pair<std::string, yaml::Place>;  // an entry, and where its mail stands
  std::map<std::string, Named> made_, given_;         // by domain
};

}  // namespace

void read_servers(yaml::Map& root, yaml::File& file, Settings& settings, const Clock& clock) {
  Twins twins;
  MadeAddresses addresses;
  root.maps("servers", required, [&](yaml::Map& map) {
    ServerEntry entry;
    read_checked(map, "name", entry.name, required, is_entry_name, "1 to 64 letters, digits, '.', '-' or '_'");
    map.choice("role", entry.role,
               {{to_string(Role::exchange), Role::exchange},
                {to_string(Role::sharepoint), Role::sharepoint},
                {to_string(Role::file_classification), Role::file_classification}},
               required);
    read_match(map, entry, settings);
    read_identity(map, entry);
    read_grants(map, file, entry, settings, clock);
    twins.look_for(entry, map);
    addresses.note(entry, map);
    settings.servers.push_back(std::move(entry));
  });
  addresses.check(file);
}

}  // namespace rms::connector

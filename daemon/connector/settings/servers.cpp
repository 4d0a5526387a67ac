// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "connector/settings/names.h"
#include "connector/settings/sections.h"
#include "yaml/values.h"

namespace rms::connector {
namespace {

using yaml::in_quotes;
using yaml::required;

constexpr std::string_view kSidExample = "a Windows SID, as S-1-5-21-1004336348-1177238915-682003330-1105";

// Reads a text that `is_right`, or says what would be.
bool read_checked(yaml::Map& map, std::string_view key, std::string& to, yaml::Presence presence,
                  bool (*is_right)(std::string_view), std::string_view right) {
  std::string text;
  if (!map.text(key, text, presence)) return false;
  if (!is_right(text)) {
    map.problem(key, "must be " + std::string(right) + " (is " + in_quotes(text) + ")");
    return false;
  }
  to = std::move(text);
  return true;
}

void read_match(yaml::Map& map, Match& to) {
  std::string text;
  // A wildcard would authorize servers that nobody listed.
  if (read_checked(map, "dns", text, yaml::optional, is_dns_name,
                   "one DNS name without wildcards, as exchange.contoso.com"))
    to.dns = to_lower(text);
  if (read_checked(map, "uri", text, yaml::optional, is_uri, "a URI, as spiffe://contoso.com/exchange")) to.uri = text;
  if (read_checked(map, "fingerprint", text, yaml::optional, is_fingerprint,
                   "the SHA-256 of the certificate, 64 hex digits"))
    to.fingerprint = bare_fingerprint(text);
  if (read_checked(map, "account", text, yaml::optional, is_account,
                   "an account of a domain, as EXCH01$@CONTOSO.COM or CONTOSO\\EXCH01$"))
    to.account = to_lower(text);
  if (read_checked(map, "sid", text, yaml::optional, is_sid, kSidExample)) to.sid = text;
  if (read_checked(map, "group_sid", text, yaml::optional, is_sid, kSidExample)) to.group_sid = text;
}

std::string operation_names() {
  std::string names;
  for (std::size_t i = 0; i < soap::kOperationCount; ++i) {
    if (i != 0) names += i + 1 == soap::kOperationCount ? " or " : ", ";
    names += soap::setting_name(static_cast<soap::Operation>(i));
  }
  return names;
}

void read_grants(yaml::Map& map, yaml::File& file, ServerEntry& to) {
  if (!map.has("grants")) to.operations = default_grants(to.role);
  map.texts("grants", yaml::optional, operation_names(), [&](std::string_view name, const yaml::Place& place) {
    const auto operation = soap::operation_from_setting(name);
    if (!operation)
      file.problem(place, "must be " + operation_names() + " (is " + in_quotes(name) + ")");
    else if (!to.operations.insert(*operation).second)
      file.problem(place, "given twice: remove one");
  });
}

void read_server(yaml::Map& map, yaml::File& file, ServerEntry& to) {
  read_checked(map, "name", to.name, required, is_entry_name, "1 to 64 letters, digits, '.', '-' or '_'");
  map.choice("role", to.role,
             {{to_string(Role::exchange), Role::exchange},
              {to_string(Role::sharepoint), Role::sharepoint},
              {to_string(Role::file_classification), Role::file_classification}},
             required);
  bool certificate = false, ticket = false;
  const bool has_match = map.map("match", required, [&](yaml::Map& match) {
    certificate = match.has("dns") || match.has("uri") || match.has("fingerprint");
    ticket = match.has("account") || match.has("sid") || match.has("group_sid");
    read_match(match, to.match);
  });
  if (has_match && !certificate && !ticket)
    map.problem("match", "must have at least one of dns, uri, fingerprint, account, sid and group_sid");
  if (certificate && ticket)
    map.problem("match",
                "must not have dns, uri or fingerprint beside account, sid or group_sid: a caller is known by its "
                "certificate or by its ticket, never by both");
  read_checked(map, "mail", to.mail, required, is_mail_address, "a mail address, as exchange@contoso.com");
  read_checked(map, "sid", to.sid, yaml::optional, is_sid, kSidExample);
  read_grants(map, file, to);
}

}  // namespace

void read_servers(yaml::Map& root, yaml::File& file, Settings& settings) {
  std::vector<ServerEntry>& servers = settings.servers;
  root.maps("servers", required, [&](yaml::Map& map) {
    ServerEntry entry;
    read_server(map, file, entry);
    for (const ServerEntry& other : servers) {
      if (!entry.name.empty() && equal_without_case(entry.name, other.name))
        map.problem("name", "is the name of another server; each must have its own (is " + in_quotes(entry.name) + ")");
      if (entry.match != Match{} && entry.match == other.match)
        map.problem("match", "is that of server " + in_quotes(other.name) + " too; nobody could tell the two apart");
    }
    const bool by_ticket = entry.match.account || entry.match.sid || entry.match.group_sid;
    if (by_ticket && !settings.authentication.kerberos)
      map.problem("match", "is by Kerberos ticket, which nobody can show unless authentication.kerberos is set");
    servers.push_back(std::move(entry));
  });
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "connector/settings/names.h"
#include "connector/settings/sections.h"

namespace rms::connector {
namespace {

using yaml::optional;

bool is_dns_name_or_pattern(std::string_view text) {
  return is_dns_name(text) || is_dns_pattern(text);
}
bool is_plain_uri(std::string_view text) {
  return is_uri(text) && text.find('*') == text.npos;
}
bool is_plain_uri_or_pattern(std::string_view text) {
  return is_plain_uri(text) || is_uri_pattern(text);
}

void read_names(yaml::Map& map, Match& to) {
  std::string text;
  // A wildcard would authorize servers that nobody listed: only together with the one CA that may name them.
  const bool patterns = map.has("issuer");
  if (read_checked(map, "dns", text, optional, patterns ? is_dns_name_or_pattern : is_dns_name,
                   patterns ? "one DNS name, or one with one * in its first label, as exch*.contoso.com"
                            : "one DNS name, as exchange.contoso.com; without wildcards unless issuer is given"))
    to.dns = to_lower(text);
  if (read_checked(map, "uri", text, optional, patterns ? is_plain_uri_or_pattern : is_plain_uri,
                   patterns ? "a URI, or one with one * in its last segment, as spiffe://contoso.com/exchange/*"
                            : "a URI, as spiffe://contoso.com/exchange; without wildcards unless issuer is given"))
    to.uri = text;
  if (read_checked(map, "issuer", text, optional, is_fingerprint,
                   "the SHA-256 of the certificate of the CA that signed it, 64 hex digits"))
    to.issuer = bare_fingerprint(text);
  if (read_checked(map, "fingerprint", text, optional, is_fingerprint, "the SHA-256 of the certificate, 64 hex digits"))
    to.fingerprint = bare_fingerprint(text);
  if (read_checked(map, "account", text, optional, is_account,
                   "an account of a domain, as EXCH01$@CONTOSO.COM or CONTOSO\\EXCH01$"))
    to.account = to_lower(text);
  if (read_checked(map, "sid", text, optional, is_sid, kSidExample)) to.sid = text;
  if (read_checked(map, "group_sid", text, optional, is_sid, kSidExample)) to.group_sid = text;
}

}  // namespace

void read_match(yaml::Map& server, ServerEntry& to, const Settings& settings) {
  bool certificate = false, ticket = false, issuer_alone = false;
  const bool there = server.map(
      "match", yaml::required,
      [&](yaml::Map& match) {
        certificate = match.has("dns") || match.has("uri") || match.has("fingerprint") || match.has("issuer");
        ticket = match.has("account") || match.has("sid") || match.has("group_sid");
        issuer_alone = match.has("issuer") && !match.has("dns") && !match.has("uri");
        read_names(match, to.match);
      },
      "{dns: exchange.contoso.com}");
  if (!there) return;
  if (!certificate && !ticket)
    server.problem("match", "must have at least one of dns, uri, fingerprint, account, sid and group_sid");
  if (issuer_alone)
    server.problem("match", "must have dns or uri beside issuer: not every certificate of a CA is this server's");
  if (certificate && ticket)
    server.problem("match",
                   "must not have dns, uri, issuer or fingerprint beside account, sid or group_sid: a caller is known "
                   "by its certificate or by its ticket, never by both");
  if (ticket && !settings.authentication.kerberos)
    server.problem("match", "is by Kerberos ticket, which nobody can show unless authentication.kerberos is set");
}

}  // namespace rms::connector

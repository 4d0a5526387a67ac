// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/keys.h"

#include "yaml/values.h"

namespace rms::connector {
namespace {

constexpr bool kRestart = true;

std::string text_of(bool value) {
  return value ? "true" : "false";
}

std::string text_of(LogFormat format) {
  switch (format) {
    case LogFormat::automatic:
      return "auto";
    case LogFormat::text:
      return "text";
    case LogFormat::json:
      return "json";
  }
  return "auto";
}

// What is said of Kerberos; empty where it is off.
template <class Text>
std::string kerberos(const Settings& settings, Text text) {
  return settings.authentication.kerberos ? text(*settings.authentication.kerberos) : std::string();
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

// What is said of the proxy; empty where there is none.
template <class Text>
std::string proxy(const Settings& settings, Text text) {
  return settings.cloud.proxy ? text(*settings.cloud.proxy) : std::string();
}

std::string text_of(ProxyAuthentication authentication) {
  switch (authentication) {
    case ProxyAuthentication::none:
      return "none";
    case ProxyAuthentication::basic:
      return "basic";
    case ProxyAuthentication::negotiate:
      return "negotiate";
  }
  return "none";
}

std::string text_of(const std::vector<NoProxyRule>& rules) {
  std::vector<std::string> texts;
  for (const NoProxyRule& rule : rules) texts.push_back(rule.text());
  return joined(texts);
}

using P = const ProxySettings&;
using S = const Settings&;
using std::to_string;
using yaml::format_duration;
using yaml::format_size;

constexpr SettingKey kKeys[]{
    {"version", [](S) { return std::string("1"); }, kRestart},
    {"listen.address", [](S s) { return to_string(s.listen.address); }, kRestart},
    {"listen.certificate", [](S s) { return s.listen.certificate.string(); }},
    {"listen.key", [](S s) { return s.listen.key.string(); }},
    {"listen.client_ca", [](S s) { return s.listen.client_ca.string(); }},
    {"listen.client_crl", [](S s) { return s.listen.client_crl.string(); }},
    {"listen.unsafe_http_address",
     [](S s) { return s.listen.unsafe_http_address ? to_string(*s.listen.unsafe_http_address) : std::string(); },
     kRestart},
    {"authentication.kerberos.keytab",
     [](S s) { return kerberos(s, [](const KerberosSettings& k) { return k.keytab.string(); }); }},
    {"authentication.kerberos.service",
     [](S s) { return kerberos(s, [](const KerberosSettings& k) { return k.service; }); }},
    {"authentication.kerberos.channel_binding",
     [](S s) {
       return kerberos(s, [](const KerberosSettings& k) {
         return std::string(k.channel_binding == ChannelBinding::required ? "required" : "when_sent");
       });
     }},
    {"authentication.kerberos.trusted_domains",
     [](S s) { return kerberos(s, [](const KerberosSettings& k) { return joined(k.trusted_domains); }); }},
    {"limits.connections", [](S s) { return to_string(s.limits.connections); }},
    {"limits.handshakes", [](S s) { return to_string(s.limits.handshakes); }},
    {"limits.handshake_timeout", [](S s) { return format_duration(s.limits.handshake_timeout); }},
    {"limits.header_bytes", [](S s) { return format_size(s.limits.header_bytes); }},
    {"limits.header_timeout", [](S s) { return format_duration(s.limits.header_timeout); }},
    {"limits.body_bytes", [](S s) { return format_size(s.limits.body_bytes); }},
    {"limits.body_timeout", [](S s) { return format_duration(s.limits.body_timeout); }},
    {"limits.idle_timeout", [](S s) { return format_duration(s.limits.idle_timeout); }},
    {"limits.in_flight", [](S s) { return to_string(s.limits.in_flight); }},
    {"limits.per_server_in_flight", [](S s) { return to_string(s.limits.per_server_in_flight); }},
    {"limits.queue", [](S s) { return to_string(s.limits.queue); }},
    {"limits.queue_timeout", [](S s) { return format_duration(s.limits.queue_timeout); }},
    {"limits.request_timeout", [](S s) { return format_duration(s.limits.request_timeout); }},
    {"cloud.ca", [](S s) { return s.cloud.ca.string(); }},
    {"cloud.certificate", [](S s) { return s.cloud.certificate.string(); }},
    {"cloud.key", [](S s) { return s.cloud.key.string(); }},
    {"cloud.connections", [](S s) { return to_string(s.cloud.connections); }},
    {"cloud.per_connection_in_flight", [](S s) { return to_string(s.cloud.per_connection_in_flight); }},
    {"cloud.rotate_connections_every", [](S s) { return format_duration(s.cloud.rotate_every); }},
    {"cloud.hedge", [](S s) { return std::string(s.cloud.hedge ? "on" : "off"); }},
    {"cloud.proxy.url",
     [](S s) { return proxy(s, [](P p) {
                 return "http://" + to_string(HostPort{p.host, p.port});
               }); }},
    {"cloud.proxy.authentication", [](S s) { return proxy(s, [](P p) { return text_of(p.authentication); }); }},
    {"cloud.proxy.user", [](S s) { return proxy(s, [](P p) { return p.user; }); }},
    {"cloud.proxy.password", [](S s) { return proxy(s, [](P p) { return p.password.string(); }); }},
    {"cloud.proxy.principal", [](S s) { return proxy(s, [](P p) { return p.principal; }); }},
    {"cloud.proxy.keytab", [](S s) { return proxy(s, [](P p) { return p.keytab.string(); }); }},
    {"cloud.proxy.credential_cache", [](S s) { return proxy(s, [](P p) { return p.credential_cache.string(); }); }},
    {"cloud.proxy.no_proxy", [](S s) { return proxy(s, [](P p) { return text_of(p.no_proxy); }); }},
    {"cloud.pins", [](S s) { return joined(s.cloud.pins); }},
    {"published_locations.point_to",
     [](S s) { return std::string(s.locations.point_to == PointTo::connector ? "connector" : "tenant"); }},
    {"published_locations.connector_url", [](S s) { return s.locations.connector_url; }},
    {"admin.address", [](S s) { return to_string(s.admin.address); }, kRestart},
    {"admin.socket", [](S s) { return s.admin.socket.string(); }, kRestart},
    {"log.level", [](S s) { return std::string(rms::to_string(s.log.level)); }},
    {"log.format", [](S s) { return text_of(s.log.format); }, kRestart},
    {"audit.directory", [](S s) { return s.audit.directory.string(); }, kRestart},
    {"audit.rotate_bytes", [](S s) { return format_size(s.audit.rotate_bytes); }, kRestart},
    {"audit.rotate_age", [](S s) { return format_duration(s.audit.rotate_age); }, kRestart},
    {"audit.keep", [](S s) { return to_string(s.audit.keep); }, kRestart},
    {"audit.when_full", [](S s) { return std::string(s.audit.when_full == WhenFull::refuse ? "refuse" : "continue"); },
     kRestart},
    {"audit.send_heads_every", [](S s) { return format_duration(s.audit.send_heads_every); }},
    {"shutdown.announce", [](S s) { return format_duration(s.shutdown.announce); }},
    {"shutdown.drain_timeout", [](S s) { return format_duration(s.shutdown.drain_timeout); }},
    {"reload.rollback", [](S s) { return text_of(s.reload.rollback); }},
    {"reload.watch", [](S s) { return format_duration(s.reload.watch); }},
    {"reload.most_failed_percent", [](S s) { return to_string(s.reload.most_failed_percent); }},
    {"reload.most_refused_percent", [](S s) { return to_string(s.reload.most_refused_percent); }},
    {"reload.least_requests", [](S s) { return to_string(s.reload.least_requests); }},
};

}  // namespace

std::span<const SettingKey> setting_keys() {
  return kKeys;
}

}  // namespace rms::connector

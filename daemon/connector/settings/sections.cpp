// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/sections.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include "connector/settings/keys.h"
#include "connector/settings/names.h"
#include "net/local.h"
#include "soap/envelope.h"
#include "yaml/values.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using yaml::optional;
using yaml::required;

constexpr std::size_t KiB = 1024, MiB = 1024 * KiB;
constexpr yaml::Range<std::uint16_t> kAnyPort{0, 65535}, kRealPort{1, 65535};

void read_listen(yaml::Map& map, ListenSettings& to, Places& places) {
  map.endpoint("address", to.address.host, to.address.port, kAnyPort);
  map.path("certificate", to.certificate, required);
  map.path("key", to.key, required);
  map.path("client_ca", to.client_ca, required);
  map.path("client_crl", to.client_crl);
  HostPort plain;
  if (map.endpoint("unsafe_http_address", plain.host, plain.port, kAnyPort)) to.unsafe_http_address = std::move(plain);
  places.listen_address = map.place("address");
  places.listen_certificate = map.place("certificate");
  places.listen_key = map.place("key");
  places.listen_client_ca = map.place("client_ca");
  places.listen_client_crl = map.place("client_crl");
  places.listen_unsafe_http = map.place("unsafe_http_address");
}

// A principal as a keytab writes it: name/host@REALM.
bool is_service(std::string_view text) {
  const std::size_t slash = text.find('/'), at = text.find('@');
  return slash != text.npos && at != text.npos && slash > 0 && slash < at && text.find_first_of(" \\") == text.npos &&
         is_dns_name(text.substr(slash + 1, at - slash - 1)) && is_dns_name(text.substr(at + 1));
}

void read_kerberos(yaml::Map& map, KerberosSettings& to, yaml::File& file, Places& places) {
  map.path("keytab", to.keytab, required);
  places.keytab = map.place("keytab");
  if (map.text("service", to.service) && !is_service(to.service))
    map.problem("service", "must be a principal, as HTTP/rmsconnector.contoso.com@CONTOSO.COM (is " +
                               yaml::in_quotes(to.service) + ")");
  map.choice("channel_binding", to.channel_binding,
             {{"when_sent", ChannelBinding::when_sent}, {"required", ChannelBinding::required}});
  places.channel_binding = map.place("channel_binding");
  constexpr std::string_view kRight = "the SID of a domain, as S-1-5-21-1004336348-1177238915-682003330";
  const bool listed =
      map.texts("trusted_domains", required, kRight, [&](std::string_view sid, const yaml::Place& place) {
        if (is_domain_sid(sid))
          to.trusted_domains.emplace_back(sid);
        else
          file.problem(place, "must be " + std::string(kRight) + " (is " + yaml::in_quotes(sid) + ")");
      });
  if (listed && to.trusted_domains.empty()) map.problem("trusted_domains", "must list at least one domain");
}

void read_authentication(yaml::Map& map, AuthenticationSettings& to, yaml::File& file, Places& places) {
  KerberosSettings kerberos;
  if (map.map("kerberos", optional, [&](yaml::Map& inner) { read_kerberos(inner, kerberos, file, places); }))
    to.kerberos = std::move(kerberos);
}

void read_limits(yaml::Map& map, LimitSettings& to, Places& places) {
  map.integer("connections", to.connections, {1, 65536});
  map.integer("handshakes", to.handshakes, {1, 1024});
  map.duration("handshake_timeout", to.handshake_timeout, {100ms, 5min});
  map.size("header_bytes", to.header_bytes, {4 * KiB, 1 * MiB});
  map.duration("header_timeout", to.header_timeout, {100ms, 5min});
  map.size("body_bytes", to.body_bytes, {64 * KiB, soap::kMaxEnvelopeBytes});
  map.duration("body_timeout", to.body_timeout, {100ms, 30min});
  map.duration("idle_timeout", to.idle_timeout, {1s, 1h});
  map.integer("in_flight", to.in_flight, {1, 65536});
  map.integer("per_server_in_flight", to.per_server_in_flight, {1, 65536});
  map.integer("queue", to.queue, {1, 65536});
  map.duration("queue_timeout", to.queue_timeout, {100ms, 1min});
  map.duration("request_timeout", to.request_timeout, {100ms, 5min});
  places.handshakes = map.place("handshakes");
}

void read_endpoint(yaml::Map& map, std::vector<CloudEndpoint>& to) {
  CloudEndpoint read;
  const bool there = map.endpoint("address", read.address.host, read.address.port, kRealPort, required);
  map.integer("priority", read.priority, {1U, 100U});
  map.integer("weight", read.weight, {1U, 100U});
  if (!there) return;
  const auto same = [&](const CloudEndpoint& other) { return other.address == read.address; };
  if (std::any_of(to.begin(), to.end(), same))
    map.problem("address", "named twice (" + to_string(read.address) + "); give the one entry more weight");
  to.push_back(std::move(read));
}

// Exactly one of endpoint, which is the short form, and endpoints.
void read_endpoints(yaml::Map& map, std::vector<CloudEndpoint>& to) {
  CloudEndpoint only;
  const bool listed = map.has("endpoints");
  if (map.endpoint("endpoint", only.address.host, only.address.port, kRealPort, listed ? optional : required))
    to.push_back(std::move(only));
  if (map.has("endpoint") && listed) {
    to.clear();
    map.problem("endpoints", "must not stand beside cloud.endpoint: remove one");
  }
  std::size_t items = 0;
  const auto read_one = [&](yaml::Map& item) {
    ++items;
    read_endpoint(item, to);
  };
  if (map.maps("endpoints", optional, read_one) && (items == 0 || items > kMostEndpoints))
    map.problem("endpoints", "must be a list of 1 .. " + std::to_string(kMostEndpoints) + " endpoints (has " +
                                 std::to_string(items) + ")");
}

void read_cloud(yaml::Map& map, CloudSettings& to, yaml::File& file, Places& places) {
  read_endpoints(map, to.endpoints);
  map.path("ca", to.ca, required);
  map.path("certificate", to.certificate, required);
  map.path("key", to.key, required);
  map.integer("connections", to.connections, {1, 64});
  map.integer("per_connection_in_flight", to.per_connection_in_flight, {1, 1000});
  constexpr std::chrono::milliseconds kMostOften = 1min;
  if (map.duration("rotate_connections_every", to.rotate_every, {0s, 24h}) && to.rotate_every > 0s &&
      to.rotate_every < kMostOften)
    map.problem("rotate_connections_every", "must be 0s, for never, or 1m .. 24h");
  map.choice("hedge", to.hedge, {{"off", false}, {"on", true}});
  ProxySettings proxy;
  if (map.map("proxy", optional, [&](yaml::Map& inner) { read_proxy(inner, proxy, file, places); }))
    to.proxy = std::move(proxy);
  read_pins(map, to.pins, file);
  places.cloud_ca = map.place("ca");
  places.cloud_certificate = map.place("certificate");
  places.cloud_key = map.place("key");
}

// https://host or https://host:port, and nothing behind it: paths are ours.
bool is_own_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return false;
  const std::string_view authority = text.substr(kScheme.size());
  if (authority.find_first_of("_%") != std::string_view::npos) return false;  // no host of a URL
  if (const auto endpoint = yaml::parse_endpoint(authority)) return endpoint->port > 0;
  return yaml::parse_endpoint(std::string(authority) + ":443").has_value();
}

void read_locations(yaml::Map& map, LocationSettings& to, Places& places) {
  map.choice("point_to", to.point_to, {{"tenant", PointTo::tenant}, {"connector", PointTo::connector}});
  if (map.text("connector_url", to.connector_url) && !is_own_url(to.connector_url))
    map.problem("connector_url", "must be https://host or https://host:port, as https://rmsconnector.contoso.com (is " +
                                     yaml::in_quotes(to.connector_url) + ")");
  places.connector_url = map.place("connector_url");
}

void read_admin(yaml::Map& map, AdminSettings& to, Places& places) {
  map.endpoint("address", to.address.host, to.address.port, kAnyPort);
  map.path("socket", to.socket);
  if (to.socket.native().size() > net::kMostLocalPathBytes)
    map.problem("socket", "too long for a socket: its whole path may have 107 bytes (has " +
                              std::to_string(to.socket.native().size()) + ")");
  places.admin_address = map.place("address");
}

void read_log(yaml::Map& map, LogSettings& to) {
  map.choice("level", to.level,
             {{"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}});
  map.choice("format", to.format,
             {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}});
}

void read_audit(yaml::Map& map, AuditSettings& to, Places& places) {
  map.path("directory", to.directory, required);
  map.size("rotate_bytes", to.rotate_bytes, {64 * KiB, 1024 * MiB});
  map.duration("rotate_age", to.rotate_age, {1min, 8760h});
  map.integer("keep", to.keep, {0, 100'000});
  map.choice("when_full", to.when_full, {{"refuse", WhenFull::refuse}, {"continue", WhenFull::go_on}});
  map.duration("send_heads_every", to.send_heads_every, {1s, 1h});
  places.audit_directory = map.place("directory");
}

void read_shutdown(yaml::Map& map, ShutdownSettings& to) {
  map.duration("announce", to.announce, {0s, 1min});
  map.duration("drain_timeout", to.drain_timeout, {0s, 10min});
}

void read_reload(yaml::Map& map, ReloadSettings& to) {
  map.boolean("rollback", to.rollback);
  map.duration("watch", to.watch, {1s, 1h});
  map.integer("most_failed_percent", to.most_failed_percent, {1U, 100U});
  map.integer("most_refused_percent", to.most_refused_percent, {1U, 100U});
  map.integer("least_requests", to.least_requests, {1U, 10'000U});
}

// Whether both would listen at one port of one address. An address that is none has been reported.
bool collide(const HostPort& one, const HostPort& other) {
  boost::system::error_code no_address;
  const auto first = boost::asio::ip::make_address(one.host, no_address);
  const auto second = boost::asio::ip::make_address(other.host, no_address);
  return one.port != 0 && one.port == other.port &&
         (first == second || first.is_unspecified() || second.is_unspecified());
}

// Plain HTTP shows no certificate: tickets are the only way to say who one is, and nothing binds them to a connection.
void check_unsafe_http(const Settings& settings, const Places& places, yaml::File& file) {
  if (!settings.listen.unsafe_http_address) return;
  const HostPort& plain = *settings.listen.unsafe_http_address;
  boost::system::error_code no_address;
  boost::asio::ip::make_address(plain.host, no_address);
  if (no_address)
    file.problem(places.listen_unsafe_http, "must be an IP address of this machine, as 0.0.0.0:80 or [::]:80");
  if (collide(plain, settings.listen.address))
    file.problem(places.listen_unsafe_http, "must not have the port of listen.address");
  if (collide(plain, settings.admin.address))
    file.problem(places.listen_unsafe_http, "must not have the port of admin.address");
  const auto& kerberos = settings.authentication.kerberos;
  if (!kerberos)
    file.problem(places.listen_unsafe_http,
                 "needs authentication.kerberos: without TLS nobody can show a certificate, so nobody could come in");
  else if (kerberos->channel_binding == ChannelBinding::required)
    file.problem(places.channel_binding,
                 "must be when_sent with listen.unsafe_http_address: without TLS there is nothing to bind a ticket to");
}

void note_places(yaml::Map& section, std::string_view name, Settings& settings) {
  const std::string prefix = std::string(name) + ".";
  for (const SettingKey& key : setting_keys())
    if (key.restart && key.path.starts_with(prefix))
      settings.places[std::string(key.path)] = section.place(key.path.substr(prefix.size()));
}

}  // namespace

Places read_sections(yaml::Map& root, yaml::File& file, Settings& settings) {
  Places places;
  int version = 1;
  root.integer("version", version, {1, 1}, required);
  root.map("listen", required, [&](yaml::Map& map) {
    read_listen(map, settings.listen, places);
    note_places(map, "listen", settings);
  });
  root.map("authentication", optional,
           [&](yaml::Map& map) { read_authentication(map, settings.authentication, file, places); });
  root.map("limits", optional, [&](yaml::Map& map) { read_limits(map, settings.limits, places); });
  root.map("cloud", required, [&](yaml::Map& map) {
    read_cloud(map, settings.cloud, file, places);
    note_places(map, "cloud", settings);
  });
  root.map("published_locations", optional, [&](yaml::Map& map) { read_locations(map, settings.locations, places); });
  root.map("admin", optional, [&](yaml::Map& map) {
    read_admin(map, settings.admin, places);
    note_places(map, "admin", settings);
  });
  root.map("log", optional, [&](yaml::Map& map) {
    read_log(map, settings.log);
    note_places(map, "log", settings);
  });
  root.map("audit", optional, [&](yaml::Map& map) {
    read_audit(map, settings.audit, places);
    note_places(map, "audit", settings);
  });
  root.map("shutdown", optional, [&](yaml::Map& map) { read_shutdown(map, settings.shutdown); });
  root.map("reload", optional, [&](yaml::Map& map) { read_reload(map, settings.reload); });
  return places;
}

void check_rules(const Settings& settings, const Places& places, yaml::File& file) {
  boost::system::error_code no_address;
  const auto listen = boost::asio::ip::make_address(settings.listen.address.host, no_address);
  if (no_address)
    file.problem(places.listen_address, "must be an IP address of this machine, as 0.0.0.0:443 or [::]:443");

  // The admin endpoint asks nobody who they are.
  const auto admin = boost::asio::ip::make_address(settings.admin.address.host, no_address);
  if (no_address || !admin.is_loopback())
    file.problem(places.admin_address, "must be a loopback address, as 127.0.0.1:9464 or [::1]:9464 (is '" +
                                           settings.admin.address.host + "')");

  const bool same_port =
      settings.admin.address.port != 0 && settings.admin.address.port == settings.listen.address.port;
  if (same_port && (listen == admin || listen.is_unspecified()))
    file.problem(places.admin_address, "must not have the port of listen.address");

  check_unsafe_http(settings, places, file);

  if (settings.locations.point_to == PointTo::connector && settings.locations.connector_url.empty())
    file.problem(places.connector_url,
                 "required with point_to: connector: how servers reach us, as https://rmsconnector.contoso.com");

  std::error_code unknown;
  if (!settings.audit.directory.empty() && !std::filesystem::is_directory(settings.audit.directory, unknown))
    file.problem(places.audit_directory, settings.audit.directory.string() + ": no such directory");

  if (settings.limits.handshakes > settings.limits.connections)
    file.problem(places.handshakes, "must not be more than limits.connections (is " +
                                        std::to_string(settings.limits.handshakes) + ", more than " +
                                        std::to_string(settings.limits.connections) + ")");
}

}  // namespace rms::connector

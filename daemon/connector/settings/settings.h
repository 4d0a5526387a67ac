// SPDX-License-Identifier: Apache-2.0
//
// Everything that rms-connectord can be told, with defaults, units and ranges. Immutable once loaded; shared as a
// snapshot. config/rms-connector.yaml is its commented reference.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/settings/kerberos.h"
#include "connector/settings/proxy.h"
#include "connector/settings/role.h"
#include "grants/scope.h"
#include "soap/operation.h"
#include "yaml/file.h"

namespace rms::connector {

struct HostPort {
  std::string host;  // Name or address, without brackets.
  std::uint16_t port = 0;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};
// "host:port", "[2001:db8::1]:443".
std::string to_string(const HostPort& address);

struct ListenSettings {               // listen:
  HostPort address{"0.0.0.0", 443};   // address: "0.0.0.0:443"; port 0 takes a free one
  std::filesystem::path certificate;  // certificate: PEM, the chain
  std::filesystem::path key;          // key: PEM, a secret file
  std::filesystem::path client_ca;    // client_ca: PEM, who signs the servers' certificates
  std::filesystem::path client_crl;   // client_crl: PEM, their CRLs; read again when it changes; empty: none are asked
  // unsafe_http_address: "0.0.0.0:80"; the same pages without TLS, for tickets only; nullopt: there is no such door
  std::optional<HostPort> unsafe_http_address;
};

struct AuthenticationSettings {              // authentication:
  std::optional<KerberosSettings> kerberos;  // without it a client certificate is the only way in
};

struct LimitSettings {                                  // limits:
  std::size_t connections = 1024;                       // 1 .. 65536
  std::size_t handshakes = 64;                          // 1 .. 1024, concurrent; never more than connections
  std::chrono::milliseconds handshake_timeout{10'000};  // 100ms .. 5m
  std::size_t header_bytes = 64 * 1024;                 // 4KiB .. 1MiB
  std::chrono::milliseconds header_timeout{10'000};     // 100ms .. 5m
  std::size_t body_bytes = 16 * 1024 * 1024;            // 64KiB .. 16MiB: soap::kMaxEnvelopeBytes
  std::chrono::milliseconds body_timeout{60'000};       // 100ms .. 30m
  std::chrono::milliseconds idle_timeout{120'000};      // 1s .. 1h, between two requests of a connection
  std::size_t in_flight = 256;                          // 1 .. 65536, calls to the cloud
  std::size_t per_server_in_flight = 64;                // 1 .. 65536, of one server; its others wait
  std::size_t queue = 512;                              // 1 .. 65536, calls that wait
  std::chrono::milliseconds queue_timeout{2'000};       // 100ms .. 1m, for a place or a connection
  std::chrono::milliseconds request_timeout{20'000};    // 100ms .. 5m: the one deadline of a call
};

// One place where the rights service is.
struct CloudEndpoint {    // cloud.endpoints: - ...
  HostPort address;       // address: "rights.example.com:8443"
  unsigned priority = 1;  // 1 .. 100; those with the lowest number are asked as long as one of them can be
  unsigned weight = 1;    // 1 .. 100; its share among those of its priority

  friend bool operator==(const CloudEndpoint&, const CloudEndpoint&) = default;
};
inline constexpr std::size_t kMostEndpoints = 8;

struct CloudSettings {                        // cloud:
  std::vector<CloudEndpoint> endpoints;       // 1 .. kMostEndpoints; endpoint: "host:port" is one with the defaults
  std::filesystem::path ca;                   // ca: PEM
  std::filesystem::path certificate;          // certificate: PEM, this connector's
  std::filesystem::path key;                  // key: PEM, a secret file
  std::size_t connections = 4;                // 1 .. 64, really separate, to each endpoint
  std::size_t per_connection_in_flight = 70;  // 1 .. 1000
  // rotate_connections_every: 0s for never, else 1m .. 24h, and up to 20 % more or less
  std::chrono::milliseconds rotate_every{30 * 60'000};
  bool hedge = false;                  // hedge: on or off
  std::optional<ProxySettings> proxy;  // without it connections are made directly, whatever the environment says
  // pins: SHA-256 of public keys, 64 lower-case hex digits; with them one of the chain's certificates must have one
  std::vector<std::string> pins;

  friend bool operator==(const CloudSettings&, const CloudSettings&) = default;
};

// Whose URLs answers about locations name (FindServiceLocationsForUser, GetServerInfo). Licences and certificates
// always carry the tenant's.
enum class PointTo { tenant, connector };

struct LocationSettings {              // published_locations:
  PointTo point_to = PointTo::tenant;  // point_to: tenant or connector
  std::string connector_url;  // connector_url: "https://rmsconnector.contoso.com"; set if they are to point to us
};

// What the service is to name: "https://rmsconnector.contoso.com/_wmcs", or nothing, for the tenant's own.
std::string published_base(const LocationSettings& settings);

struct AdminSettings {                  // admin:
  HostPort address{"127.0.0.1", 9464};  // loopback only
  std::filesystem::path socket;         // socket: a Unix socket, for commands too; empty: there is none
};

struct LogSettings {  // log:
  Level level = Level::info;
  LogFormat format = LogFormat::automatic;
};

// What becomes of a request whose decision cannot be recorded.
enum class WhenFull { refuse, go_on };

struct AuditSettings {                                  // audit:
  std::filesystem::path directory;                      // directory: an existing one; empty: no journal is kept
  std::uint64_t rotate_bytes = 64 * 1024 * 1024;        // 64KiB .. 1GiB, of one file
  std::chrono::milliseconds rotate_age{24 * 3600'000};  // 1m .. 8760h
  std::size_t keep = 0;                                 // 0 .. 100000 files; 0: all
  WhenFull when_full = WhenFull::refuse;                // when_full: refuse or continue
  std::chrono::milliseconds send_heads_every{60'000};   // 1s .. 1h: how often the service gets the journal's head
};

struct ShutdownSettings {                           // shutdown:
  std::chrono::milliseconds announce{0};            // 0s .. 1m: readyz says no, but we still accept
  std::chrono::milliseconds drain_timeout{25'000};  // 0s .. 10m
};

struct ReloadSettings {                     // reload:
  bool rollback = true;                     // true or false: whether settings that do harm go by themselves
  std::chrono::milliseconds watch{60'000};  // 1s .. 1h: how long that is looked at after a reload
  // What is too much. Both are of a hundred requests of servers that were served before.
  unsigned most_failed_percent = 20;   // 1 .. 100: more could-not-asks than in as long a time before
  unsigned most_refused_percent = 10;  // 1 .. 100: refusals that the settings before would not have made
  unsigned least_requests = 5;         // 1 .. 10000: fewer failed, or refused, say nothing
};

// How an entry recognizes its servers. At least one member is set; all that are set must hold of one certificate, or of
// one Kerberos ticket. With `issuer`, dns or uri may be a pattern: one '*' in the first label of a name ("exch*.contoso
// .com") or in the last segment of a URI stands for one or more characters of that label or segment.
struct Match {
  std::optional<std::string> dns{};          // SAN DNS, lower case (compared without case)
  std::optional<std::string> uri{};          // SAN URI, character for character
  std::optional<std::string> issuer{};       // SHA-256 of the CA's certificate that signed it; with dns or uri only
  std::optional<std::string> fingerprint{};  // SHA-256 of the certificate, 64 lower-case hex digits
  std::optional<std::string> account{};      // "EXCH01$@CONTOSO.TEST" or "CONTOSO\\EXCH01$", lower case
  std::optional<std::string> sid{};          // the account's own
  std::optional<std::string> group_sid{};    // of a group that the account is in, directly or through others

  friend bool operator==(const Match&, const Match&) = default;
};

// Whether the servers of an entry are one account at the service, or one each.
enum class IdentityOf { entry, server };

// In the `mail` of an entry whose servers have an identity each: what the server is called.
inline constexpr std::string_view kAccountPlaceholder = "{account}";

struct ServerEntry {  // servers: - ...
  std::string name;   // unique; 1 .. 64 letters, digits, '.', '-', '_'
  Role role = Role::exchange;
  Match match;
  IdentityOf identity = IdentityOf::entry;  // identity: shared or own
  std::string mail;                         // the identity that the cloud certifies; own: may have kAccountPlaceholder
  std::string sid;                          // optional; with it the account is known by it, not by its mail
  std::set<soap::Operation> operations;     // grants.operations; defaults by role
  Scope scope;                              // the rest of grants
};

// Nobody may open what was not granted for longer than this, from the day on which the settings are read.
inline constexpr std::chrono::days kLongestOpenAny{366};

// A certificate of ours that the settings name.
struct OwnCertificate {
  std::string_view usage;  // "listen" or "cloud"
  WallTime not_after;
  std::string fingerprint{};  // SHA-256, 64 hex digits
  std::string subject{};      // RFC 2253
};

// One of a CA that they name.
struct TrustedCertificate {
  std::string key;  // "listen.client_ca" or "cloud.ca"
  std::string fingerprint, subject;
};

// A list of withdrawn certificates.
struct KnownCrl {
  std::string issuer, key_id;
  WallTime this_update;
  std::size_t revoked = 0;
};

struct Settings {
  std::filesystem::path file;  // where it was read
  ListenSettings listen;
  AuthenticationSettings authentication;
  LimitSettings limits;
  CloudSettings cloud;
  LocationSettings locations;
  AdminSettings admin;
  LogSettings log;
  AuditSettings audit;
  ShutdownSettings shutdown;
  ReloadSettings reload;
  std::vector<ServerEntry> servers;  // may be empty: then everyone is refused (event 2003)

  // Learned when the files that they name were opened.
  std::vector<OwnCertificate> certificates;
  std::vector<TrustedCertificate> trusted;
  std::vector<KnownCrl> crls;
  std::string keytab_digest;  // tells two states of the keytab apart, and nothing else; empty: there is none
  // Of the file and of all of that, 64 hex digits: two that are equal are the same settings.
  std::string digest;
  // Where in the file what needs a restart is said, by key.
  std::map<std::string, yaml::Place, std::less<>> places;
  // What is no error but should be seen, for log and --check: a certificate outside its validity time. That is no error
  // because a machine that boots with a wrong clock must not end for good with "bad configuration".
  std::vector<std::string> warnings;
};

// What a role may ask where its entry has no grants.operations. Every server may ask what the service says of itself,
// certify itself, publish (online too: that is no more than it may do with a client licensor certificate), ask for
// licences and see templates; Exchange also fetches licences for its users before they ask (AcquirePreLicense).
// Precertification is for nobody unless granted: no server product of today needs it.
const std::set<soap::Operation>& default_grants(Role role);

// Reads and checks everything that can be told from the text and from the files it names (certificates and keys are
// opened and parsed). `clock` tells whether certificates are valid now.
// Errc::invalid_setting carries *all* problems, one a line:
// `file:line:col: key.path: what is wrong, and what would be right`. Errc::not_found, Errc::io_error, Errc::too_large,
// Errc::malformed if there is no such text to check.
Result<Settings> load_settings(const std::filesystem::path& file, const Clock& clock = SystemClock());

// admin.socket of a settings file, whatever else is wrong in it; empty: it has none. For programs that look for a
// running connector. Errors as load_settings(), of what is no YAML at all.
Result<std::filesystem::path> read_admin_socket(const std::filesystem::path& file);

// Every key that there is and what may be said there, for documentation and its tests.
std::vector<yaml::KnownKey> known_settings();

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Everything that rms-connectord can be told, with defaults, units and ranges. Immutable once loaded; shared as a
// snapshot. config/rms-connector.yaml is its commented reference.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "connector/settings/role.h"
#include "soap/operation.h"

namespace rms::connector {

struct HostPort {
  std::string host;  // Name or address, without brackets.
  std::uint16_t port = 0;
};

struct ListenSettings {               // listen:
  HostPort address{"0.0.0.0", 443};   // address: "0.0.0.0:443"; port 0 takes a free one
  std::filesystem::path certificate;  // certificate: PEM, the chain
  std::filesystem::path key;          // key: PEM, a secret file
  std::filesystem::path client_ca;    // client_ca: PEM, who signs the servers' certificates
};

struct LimitSettings {                                  // limits:
  std::size_t connections = 1024;                       // 1 .. 65536
  std::size_t handshakes = 64;                          // 1 .. 1024, concurrent
  std::chrono::milliseconds handshake_timeout{10'000};  // 100ms .. 5m
  std::size_t header_bytes = 64 * 1024;                 // 4KiB .. 1MiB
  std::chrono::milliseconds header_timeout{10'000};
  std::size_t body_bytes = 16 * 1024 * 1024;  // 64KiB .. 256MiB
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds idle_timeout{120'000};
  std::size_t in_flight = 256;                        // 1 .. 65536, requests in hand
  std::chrono::milliseconds request_timeout{20'000};  // the one deadline of a call
};

struct CloudSettings {                        // cloud:
  HostPort endpoint;                          // endpoint: "rights.example.com:8443"
  std::filesystem::path ca;                   // ca: PEM
  std::filesystem::path certificate;          // certificate: PEM, this connector's
  std::filesystem::path key;                  // key: PEM, a secret file
  std::size_t connections = 4;                // 1 .. 64, really separate
  std::size_t per_connection_in_flight = 70;  // 1 .. 1000
};

struct AdminSettings {                  // admin:
  HostPort address{"127.0.0.1", 9464};  // loopback only
};

struct LogSettings {  // log:
  Level level = Level::info;
  LogFormat format = LogFormat::text;
};

struct ShutdownSettings {                           // shutdown:
  std::chrono::milliseconds announce{0};            // 0s .. 1m: readyz says no, but we still accept
  std::chrono::milliseconds drain_timeout{25'000};  // 0s .. 10m
};

// How an entry recognizes its servers. At least one member is set; all that are set must hold... of one certificate.
struct Match {
  std::optional<std::string> dns;          // SAN DNS, compared without case; no wildcards
  std::optional<std::string> uri;          // SAN URI
  std::optional<std::string> fingerprint;  // SHA-256 of the certificate, 64 hex digits
};

struct ServerEntry {  // servers: - ...
  std::string name;   // unique
  Role role = Role::exchange;
  Match match;
  std::string mail;                      // the identity that the cloud certifies
  std::string sid;                       // optional
  std::set<soap::Operation> operations;  // grants: [...]; defaults by role
};

struct Settings {
  std::filesystem::path file;  // where it was read
  ListenSettings listen;
  LimitSettings limits;
  CloudSettings cloud;
  AdminSettings admin;
  LogSettings log;
  ShutdownSettings shutdown;
  std::vector<ServerEntry> servers;  // may be empty: then everyone is refused (event 2003)
};

// What a role may do where its entry says nothing.
std::set<soap::Operation> default_grants(Role role);

// Reads and checks everything that can be told from the text and from the files it names (certificates and keys are
// opened and parsed). Errc::invalid_setting carries *all* problems, one a line:
// `file:line:col: key.path: what is wrong, and what would be right`.
Result<Settings> load_settings(const std::filesystem::path& file);

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Everything that rms-cloudd can be told, with defaults, units and ranges. rms-cloudctl reads the same file to find the
// store and the key. config/rms-cloud.yaml is its commented reference.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "yaml/file.h"

namespace rms::cloud {

struct ListenSettings {          // listen:
  std::string host = "0.0.0.0";  // address: "0.0.0.0:8443"; port 0 takes a free one
  std::uint16_t port = 8443;
  std::filesystem::path certificate;                       // certificate: PEM, the chain
  std::filesystem::path key;                               // key: PEM, a secret file
  std::filesystem::path client_ca;                         // client_ca: PEM, who signs the connectors' certificates
  std::chrono::milliseconds connection_age{30 * 60'000};   // 1s .. 24h, a tenth more or less: then GOAWAY
  std::chrono::milliseconds connection_age_grace{30'000};  // 1s .. 10m, for calls in hand after that
  std::chrono::milliseconds connection_idle{10 * 60'000};  // 1s .. 24h without a call: GOAWAY
};

struct LimitSettings {                                  // limits:
  std::size_t connections = 256;                        // 1 .. 65536
  std::chrono::milliseconds handshake_timeout{10'000};  // 100ms .. 5m
  std::size_t message_bytes = 32 * 1024 * 1024;         // 1MiB .. 256MiB, one request
  std::size_t streams_per_connection = 100;             // 1 .. 10000, calls at a time
  std::size_t workers = 0;                              // 0 .. 256; 0: as many as there are cores
  std::size_t queue = 1024;                             // 1 .. 65536, calls that wait for a worker
};

struct StoreSettings {                            // store:
  std::filesystem::path sqlite;                   // sqlite: the file; made if there is none
  std::chrono::milliseconds busy_timeout{5'000};  // 10ms .. 1m
  std::size_t answers = 512 * 1024 * 1024;        // 16MiB .. 64GiB: kept for later attempts, besides 10 minutes
};

struct KeySettings {                     // keys:
  std::filesystem::path encryption_key;  // encryption_key: a secret file; wraps the tenants' keys
  std::size_t spare = 128;               // 0 .. 1024, key pairs that are made ahead; 0: none
};

struct LogSettings {  // log:
  Level level = Level::info;
  LogFormat format = LogFormat::automatic;
};

struct ShutdownSettings {                           // shutdown:
  std::chrono::milliseconds drain_timeout{25'000};  // 0s .. 10m
};

struct Settings {
  std::filesystem::path file;
  ListenSettings listen;
  LimitSettings limits;
  StoreSettings store;
  KeySettings keys;
  LogSettings log;
  ShutdownSettings shutdown;
};

// How far load_settings() looks; each looks at all before it too.
enum class Look {
  text,   // syntax, keys, units, ranges
  files,  // the certificates and keys that it names: opened as the service will, and thrown away
  store,  // the store: what is in it can be opened with the key. Makes none, and brings no older one up to date
};

// Reads the file and checks it. Errc::invalid_setting carries all problems with their places in the file, one a line;
// others as yaml::File::load().
Result<Settings> load_settings(const std::filesystem::path& file, Look look = Look::text);

// Every key that load_settings() asks for, in its order, with what would be right: the reference and the schema are
// held against it.
std::vector<yaml::KnownKey> known_settings();

}  // namespace rms::cloud

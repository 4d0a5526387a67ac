// SPDX-License-Identifier: Apache-2.0
#include "cloud/settings/settings.h"

#include "cloud/settings/files.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using yaml::required;

constexpr std::size_t kMiB = 1024 * 1024;

void read_listen(yaml::Map& map, ListenSettings& listen, Places& places) {
  map.endpoint("address", listen.host, listen.port, {0, 65535});
  map.path("certificate", listen.certificate, required);
  map.path("key", listen.key, required);
  map.path("client_ca", listen.client_ca, required);
  map.duration("connection_age", listen.connection_age, {1s, 24h});
  map.duration("connection_age_grace", listen.connection_age_grace, {1s, 10min});
  map.duration("connection_idle", listen.connection_idle, {1s, 24h});
  places.certificate = map.place("certificate");
  places.key = map.place("key");
  places.client_ca = map.place("client_ca");
}

void read_limits(yaml::Map& map, LimitSettings& limits) {
  map.integer("connections", limits.connections, {1, 65536});
  map.duration("handshake_timeout", limits.handshake_timeout, {100ms, 5min});
  map.size("message_bytes", limits.message_bytes, {kMiB, 256 * kMiB});
  map.integer("streams_per_connection", limits.streams_per_connection, {1, 10'000});
  map.integer("workers", limits.workers, {0, 256});
  map.integer("queue", limits.queue, {1, 65536});
}

void read_log(yaml::Map& map, LogSettings& log) {
  map.choice("level", log.level,
             {{"debug", Level::debug}, {"info", Level::info}, {"warning", Level::warning}, {"error", Level::error}});
  map.choice("format", log.format,
             {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}});
}

Places read_all(yaml::Map& root, Settings& settings) {
  Places places;
  int version = 0;
  root.integer("version", version, {1, 1}, required);
  root.map("listen", required, [&](yaml::Map& map) { read_listen(map, settings.listen, places); });
  root.map("limits", yaml::optional, [&](yaml::Map& map) { read_limits(map, settings.limits); });
  root.map("store", required, [&](yaml::Map& map) {
    map.path("sqlite", settings.store.sqlite, required);
    places.sqlite = map.place("sqlite");
    map.duration("busy_timeout", settings.store.busy_timeout, {10ms, 1min});
    map.size("answers", settings.store.answers, {16 * kMiB, 64 * 1024 * kMiB});
  });
  root.map("keys", required, [&](yaml::Map& map) {
    map.path("encryption_key", settings.keys.encryption_key, required);
    places.encryption_key = map.place("encryption_key");
    map.integer("spare", settings.keys.spare, {0, 1024});
  });
  root.map("log", yaml::optional, [&](yaml::Map& map) { read_log(map, settings.log); });
  root.map("shutdown", yaml::optional, [&](yaml::Map& map) {
    map.duration("drain_timeout", settings.shutdown.drain_timeout, {0ms, 10min});
  });
  return places;
}

}  // namespace

Result<Settings> load_settings(const std::filesystem::path& path, Look look) {
  Settings settings;
  settings.file = path;
  RMS_TRY(auto file, yaml::File::load(path));
  Places places;
  file.read([&](yaml::Map& root) { places = read_all(root, settings); });
  if (look != Look::text) check_files(settings, places, look, file);
  RMS_CHECK(file.check());
  return settings;
}

std::vector<yaml::KnownKey> known_settings() {
  Settings settings;
  auto file = yaml::File::parse("{}", "none");
  file->read([&](yaml::Map& root) { read_all(root, settings); });
  return file->known_keys();
}

}  // namespace rms::cloud

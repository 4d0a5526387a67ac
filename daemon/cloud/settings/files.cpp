// SPDX-License-Identifier: Apache-2.0
#include "cloud/settings/files.h"

#include <fstream>
#include <system_error>

#include "base/secret.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/keys/key_file.h"
#include "cloud/store/schema.h"
#include "cloud/store/sqlite_store.h"
#include "net/tls.h"

namespace rms::cloud {
namespace {

namespace fs = std::filesystem;

bool check_readable(const fs::path& path, const yaml::Place& place, yaml::File& file) {
  if (path.empty()) return false;
  std::error_code ignored;
  const bool there = fs::exists(path, ignored);
  if (there && std::ifstream(path).peek() != std::ifstream::traits_type::eof()) return true;
  file.problem(place, path.string() + (there ? ": cannot be read, or is empty" : ": no such file"));
  return false;
}

bool check_secret(const fs::path& path, const yaml::Place& place, yaml::File& file) {
  if (path.empty()) return false;
  const auto secret = read_secret_file(path);
  if (!secret) file.problem(place, secret.error().context);
  return secret.has_value();
}

// Each file by itself, so that all that are missing are noted; then what they are together.
void check_tls(const ListenSettings& listen, const Places& places, yaml::File& file) {
  const bool certificate = check_readable(listen.certificate, places.certificate, file);
  const bool key = check_secret(listen.key, places.key, file);
  const bool client_ca = check_readable(listen.client_ca, places.client_ca, file);
  if (!certificate || !key || !client_ca) return;
  // A context, not only the files: OpenSSL refuses more than what it cannot parse.
  const auto context = net::make_mutual_server_context(listen.certificate, listen.key, listen.client_ca);
  if (context) return;
  // What is wrong begins with the path of the file.
  const std::string& what = context.error().context;
  const auto is_about = [&](const fs::path& path) { return what.starts_with(path.string() + ":"); };
  file.problem(is_about(listen.key)         ? places.key
               : is_about(listen.client_ca) ? places.client_ca
                                            : places.certificate,
               what);
}

// Whether a start would take the store as it is; false: it would first bring it up to date.
// Errc::unsupported is left to SqliteStore::open(), which says it better.
Result<bool> is_up_to_date(const StoreSettings& store) {
  constexpr const char* kVersion = "PRAGMA user_version";
  RMS_TRY(auto newest, Database::open(":memory:", store.busy_timeout));
  RMS_CHECK(migrate(newest));
  RMS_TRY(const auto known, newest.number(kVersion));
  RMS_TRY(auto database, Database::open(store.sqlite, store.busy_timeout));
  RMS_TRY(const auto version, database.number(kVersion));
  return version >= known;
}

// The tenants of an existing store, opened as TenantCache::open_all() does at a start.
Result<void> check_tenants(const StoreSettings& settings, const Secret& wrapping_key) {
  RMS_TRY(auto store, SqliteStore::open({settings.sqlite, settings.busy_timeout}));
  RMS_TRY(const auto tenants, store->tenants());
  for (const auto& tenant : tenants) RMS_CHECK(IssuingTenant::open(tenant, wrapping_key));
  return {};
}

void check_store(const Settings& settings, const Places& places, const Result<Secret>& wrapping_key, yaml::File& file) {
  const fs::path& path = settings.store.sqlite;
  std::error_code error;
  // Empty or not there at all: a start makes it.
  if (const bool filled = fs::exists(path, error) && fs::file_size(path, error) > 0; error || !filled) {
    if (error) file.problem(places.sqlite, path.string() + ": cannot be examined: " + error.message());
    return;
  }
  auto current = is_up_to_date(settings.store);
  if (!current) return file.problem(places.sqlite, std::move(current).error().in(path.string()).context);
  if (!*current || !wrapping_key) return;
  if (const auto good = check_tenants(settings.store, *wrapping_key); !good) {
    const bool is_key = good.error() == Errc::wrong_key;
    file.problem(
        is_key ? places.encryption_key : places.sqlite,
        (is_key ? settings.keys.encryption_key.string() + ": not the key of this store: " : "") + good.error().context);
  }
}

}  // namespace

void check_files(const Settings& settings, const Places& places, Look look, yaml::File& file) {
  check_tls(settings.listen, places, file);
  const fs::path& key_path = settings.keys.encryption_key;
  const auto wrapping_key = key_path.empty() ? Result<Secret>(Error(Errc::not_found, "")) : read_key_file(key_path);
  if (!wrapping_key && !key_path.empty()) file.problem(places.encryption_key, wrapping_key.error().context);

  if (settings.store.sqlite.empty()) return;
  const auto directory = fs::absolute(settings.store.sqlite).parent_path();
  std::error_code ignored;
  if (!fs::is_directory(directory, ignored))
    return file.problem(places.sqlite, directory.string() + ": no such directory");
  if (look == Look::store) check_store(settings, places, wrapping_key, file);
}

}  // namespace rms::cloud

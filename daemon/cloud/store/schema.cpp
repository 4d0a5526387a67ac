// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/schema.h"

#include <array>
#include <string>

namespace rms::cloud {
namespace {

// One step a version; a step that was released is never edited. The version is SQLite's own user_version.
// Times are milliseconds since 1970, UTC.
constexpr std::array kSteps = {
    // 1
    R"sql(
CREATE TABLE tenants (
  guid TEXT PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  url TEXT NOT NULL,
  chain TEXT NOT NULL,
  licensor_key BLOB NOT NULL,
  intermediate_key BLOB NOT NULL,
  root_key BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE connectors (
  fingerprint TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  name TEXT NOT NULL COLLATE NOCASE,
  created INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_log (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  time INTEGER NOT NULL,
  row_id TEXT NOT NULL,
  request_type TEXT NOT NULL,
  user_id TEXT NOT NULL,
  result TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  content_id TEXT NOT NULL,
  owner_email TEXT NOT NULL,
  issuer TEXT NOT NULL,
  template_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  date_published TEXT NOT NULL,
  c_info TEXT NOT NULL,
  c_ip TEXT NOT NULL,
  admin_action INTEGER NOT NULL,
  acting_as_user TEXT NOT NULL,
  connector TEXT NOT NULL,
  entry TEXT NOT NULL,
  role TEXT NOT NULL,
  principal TEXT NOT NULL,
  mechanism TEXT NOT NULL
) STRICT;
CREATE INDEX usage_log_by_tenant ON usage_log (tenant, id);
)sql",
};

}  // namespace

Result<void> migrate(Database& database) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  RMS_TRY(const auto version, database.number("PRAGMA user_version"));
  const auto known = static_cast<std::int64_t>(kSteps.size());
  if (version > known) {
    return Error(Errc::unsupported, "the store has schema version " + std::to_string(version) +
                                        "; this program knows " + std::to_string(known) + " at most: run a newer one");
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step)
    RMS_CHECK(database.execute(kSteps[step]));
  // PRAGMA takes no parameters; the number is ours.
  RMS_CHECK(database.execute(("PRAGMA user_version=" + std::to_string(known)).c_str()));
  return transaction.commit();
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/licensor_sql.h"

#include "base/guid.h"
#include "cloud/store/sql_values.h"
#include "cloud/store/store.h"

namespace rms::cloud::sql {

#define RMS_LICENSOR_COLUMNS "key, account, certificate, created"

Result<void> insert_licensor(Database& database, std::string_view tenant, const LicensorRecord& record) {
  RMS_TRY(auto* insert,
          database.prepared("INSERT INTO licensors (tenant, " RMS_LICENSOR_COLUMNS ") VALUES (?,?,?,?,?)"));
  RMS_CHECK(insert->bind(1, without_braces(tenant))
                .bind(2, record.key)
                .bind(3, without_braces(record.account))
                .bind(4, record.certificate)
                .bind(5, to_number(record.created))
                .run());
  RMS_TRY(auto* forget, database.prepared("DELETE FROM licensors WHERE rowid IN (SELECT rowid FROM licensors "
                                          "WHERE tenant = ? AND account = ? ORDER BY created DESC, rowid DESC "
                                          "LIMIT -1 OFFSET ?)"));
  return forget->bind(1, without_braces(tenant))
      .bind(2, without_braces(record.account))
      .bind(3, static_cast<std::int64_t>(kMaxLicensorsOfOne))
      .run();
}

Result<std::optional<LicensorRecord>> select_licensor(Database& database, std::string_view tenant,
                                                      std::string_view key) {
  RMS_TRY(auto* select,
          database.prepared("SELECT " RMS_LICENSOR_COLUMNS " FROM licensors WHERE tenant = ? AND key = ?"));
  RMS_TRY(const bool found, select->bind(1, without_braces(tenant)).bind(2, key).step());
  if (!found) return std::nullopt;
  LicensorRecord record{select->text(0), select->text(1), select->text(2), to_time(select->number(3))};
  select->reset();
  return record;
}

}  // namespace rms::cloud::sql

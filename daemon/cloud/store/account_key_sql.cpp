// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/account_key_sql.h"

#include <string>

#include "base/guid.h"
#include "cloud/store/sql_values.h"

namespace rms::cloud::sql {

Result<std::optional<std::vector<std::uint8_t>>> select_account_key(Database& database, std::string_view tenant,
                                                                    std::string_view account) {
  RMS_TRY(auto* select, database.prepared("SELECT wrapped FROM account_keys WHERE tenant = ? AND account = ?"));
  RMS_TRY(const bool found, select->bind(1, without_braces(tenant)).bind(2, without_braces(account)).step());
  if (!found) return std::nullopt;
  auto wrapped = select->blob(0);
  select->reset();
  return wrapped;
}

Result<std::vector<std::uint8_t>> insert_account_key(Database& database, std::string_view tenant,
                                                     std::string_view account, std::span<const std::uint8_t> wrapped) {
  // One statement is one transaction: of two that add at once, in one process or in two, one comes first, and the
  // other reads what it kept.
  RMS_TRY(auto* insert, database.prepared("INSERT INTO account_keys (tenant, account, wrapped) VALUES (?,?,?) "
                                          "ON CONFLICT DO NOTHING"));
  RMS_CHECK(insert->bind(1, without_braces(tenant)).bind(2, without_braces(account)).bind(3, wrapped).run());
  RMS_TRY(auto kept, select_account_key(database, tenant, account));
  if (!kept) return Error(Errc::io_error, "an account key that was just written is gone");
  return *std::move(kept);
}

}  // namespace rms::cloud::sql

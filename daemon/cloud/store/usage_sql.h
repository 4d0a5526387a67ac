// SPDX-License-Identifier: Apache-2.0
// The usage log, and what connectors signed of those who asked. For SqliteStore only.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"
#include "cloud/usage_log/row.h"

namespace rms::cloud::sql {

// One row, in the transaction of the caller.
Result<void> insert_row(Database& database, std::string_view tenant, const UsageRow& row);
// REQUIRES: within a transaction.
Result<void> insert_usage(Database& database, std::string_view tenant, std::span<const UsageRow> rows,
                          const AttributionRecord* vouched);
Result<std::vector<UsageRow>> select_usage(Database& database, std::optional<std::string_view> tenant,
                                           std::size_t most);
Result<AttributionRecord> select_attribution(Database& database, std::string_view id);

}  // namespace rms::cloud::sql

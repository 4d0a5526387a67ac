// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"

namespace rms::cloud::sql {

// As LicensorStore promises (store.h). insert: REQUIRES: within a transaction.
Result<void> insert_licensor(Database& database, std::string_view tenant, const LicensorRecord& record);
Result<std::optional<LicensorRecord>> select_licensor(Database& database, std::string_view tenant,
                                                      std::string_view key);

}  // namespace rms::cloud::sql

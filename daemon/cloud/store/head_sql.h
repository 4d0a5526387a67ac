// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"
#include "cloud/store/store.h"

namespace rms::cloud::sql {

// As HeadStore promises (store.h).
Result<KeptHead> insert_head(Database& database, std::string_view tenant, const HeadRecord& head,
                             const HeadLimits& limits);
Result<std::vector<HeadRecord>> select_heads(Database& database, std::string_view tenant,
                                             std::optional<std::string_view> connector, std::size_t most);
Result<std::size_t> forget_journal(Database& database, std::string_view tenant, std::string_view connector,
                                   std::string_view journal, const UsageRow& trace);

}  // namespace rms::cloud::sql

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cloud/store/sqlite_database.h"

namespace rms::cloud::sql {

// As AccountKeyStore promises (store.h).
Result<std::optional<std::vector<std::uint8_t>>> select_account_key(Database& database, std::string_view tenant,
                                                                    std::string_view account);
Result<std::vector<std::uint8_t>> insert_account_key(Database& database, std::string_view tenant,
                                                     std::string_view account, std::span<const std::uint8_t> wrapped);

}  // namespace rms::cloud::sql

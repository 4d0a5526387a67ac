// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"

namespace rms::cloud::sql {

// As DirectoryStore promises (store.h).
Result<void> replace_directory(Database& database, std::string_view tenant, std::span<const UserRecord> users,
                               std::span<const GroupRecord> groups);
Result<std::optional<UserRecord>> select_user(Database& database, std::string_view tenant, std::string_view name);
Result<std::optional<GroupRecord>> select_group(Database& database, std::string_view tenant, std::string_view name);
Result<std::vector<GroupName>> select_groups_of(Database& database, std::string_view tenant,
                                                std::span<const std::string> addresses);
Result<std::vector<UserRecord>> select_users(Database& database, std::string_view tenant, std::string_view after,
                                             std::size_t most);
Result<std::vector<GroupRecord>> select_groups(Database& database, std::string_view tenant, std::string_view after,
                                               std::size_t most);

}  // namespace rms::cloud::sql

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"

namespace rms::cloud::sql {

// As TemplateStore promises (store.h).
Result<void> insert_templates(Database& database, std::string_view tenant, std::span<const TemplateRecord> records);
Result<TemplateRecord> select_template(Database& database, std::string_view tenant, std::string_view guid);
Result<std::vector<TemplateRecord>> select_templates(Database& database, std::string_view tenant);

}  // namespace rms::cloud::sql

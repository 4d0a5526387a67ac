// SPDX-License-Identifier: Apache-2.0
// The answers that are kept for later attempts at the same question. For SqliteStore only.
#pragma once

#include <optional>
#include <string_view>

#include "cloud/store/records.h"
#include "cloud/store/sqlite_database.h"
#include "cloud/store/store.h"

namespace rms::cloud::sql {

Result<std::optional<AnswerRecord>> select_answer(Database& database, std::string_view tenant,
                                                  const QuestionRecord& question);

// As UsageStore::book(), in one transaction.
Result<std::optional<AnswerRecord>> book(Database& database, std::string_view tenant, const Booking& booking,
                                         const AnswerLimits& limits);

}  // namespace rms::cloud::sql

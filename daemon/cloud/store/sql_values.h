// SPDX-License-Identifier: Apache-2.0
//
// How values are written in columns, and rows read: shared by the files of this room that hold SQL.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cloud/store/sqlite_database.h"

namespace rms::cloud::sql {

// Times are milliseconds since 1970, UTC.
inline std::int64_t to_number(WallTime t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}
inline WallTime to_time(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

// All rows that are left.
template <class Record>
Result<std::vector<Record>> read_all(Statement& statement, Record (*read)(const Statement&)) {
  std::vector<Record> records;
  for (;;) {
    RMS_TRY(const bool row, statement.step());
    if (!row) return records;
    records.push_back(read(statement));
  }
}

}  // namespace rms::cloud::sql

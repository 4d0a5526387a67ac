// SPDX-License-Identifier: Apache-2.0
//
// The usage log as people and tools read it. The W3C form is Azure RMS's: header lines, field order, tabs and quotes
// are the same, so that what administrators own keeps working; our own fields follow after the seventeen.
// Pure; any thread. Every function escapes what it prints: one row is one line, whatever a caller called itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cloud/usage_log/row.h"

namespace rms::cloud {

enum class UsageFormat { w3c, json, table };
// nullopt if there is no such format.
std::optional<UsageFormat> parse_usage_format(std::string_view name);

// What comes before the rows, with its line ends; empty for JSON.
std::string usage_header(UsageFormat format);
// One row, with its line end. JSON: one object a line.
std::string usage_line(UsageFormat format, const UsageRow& row);

// Header and rows.
std::string format_usage(UsageFormat format, std::span<const UsageRow> rows);

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/usage_log/format.h"

#include <array>
#include <chrono>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rms::cloud {
namespace {

constexpr std::string_view kFields =
    "date\ttime\trow-id\trequest-type\tuser-id\tresult\tcorrelation-id\tcontent-id\towner-email\tissuer\ttemplate-id\t"
    "file-name\tdate-published\tc-info\tc-ip\tadmin-action\tacting-as-user\t"
    "x-connector\tx-entry\tx-role\tx-principal\tx-mechanism\tx-used-grant\tx-missing-grant\tx-attribution";

std::string date(WallTime t) {
  return fmt::format("{:%Y-%m-%d}", std::chrono::floor<std::chrono::seconds>(t));
}
std::string time_of_day(WallTime t) {
  return fmt::format("{:%H:%M:%S}", std::chrono::floor<std::chrono::seconds>(t));
}

// A value that is one field of one line: control characters (a tab or line end would begin another field or row)
// become spaces, and so does DEL.
std::string plain(std::string_view value) {
  std::string out(value);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (c < 0x20 || c == 0x7f) out[i] = ' ';
    // U+0080 to U+009F: some terminals take them for escape sequences.
    const auto next = i + 1 < out.size() ? static_cast<unsigned char>(out[i + 1]) : 0;
    if (c == 0xc2 && next >= 0x80 && next <= 0x9f) out[i] = out[i + 1] = ' ';
  }
  return out;
}

// In single quotes, as the String fields of the log are. A quote inside is doubled: the end stays the end.
std::string in_quotes(std::string_view value) {
  std::string out = "'";
  for (const char c : plain(value)) {
    out += c;
    if (c == '\'') out += c;
  }
  out += '\'';
  return out;
}

std::string in_quotes_if_any(std::string_view value) {
  return value.empty() ? std::string() : in_quotes(value);
}
std::string braced_if_any(std::string_view guid) {
  return guid.empty() ? std::string() : "{" + plain(guid) + "}";
}

std::string w3c_line(const UsageRow& row) {
  const std::array fields{date(row.time),
                          time_of_day(row.time),
                          plain(row.row_id),
                          plain(row.request_type),
                          in_quotes(row.user_id),
                          in_quotes(row.result),
                          plain(row.correlation_id),
                          braced_if_any(row.content_id),
                          plain(row.owner_email),
                          plain(row.issuer),
                          braced_if_any(row.template_id),
                          plain(row.file_name),
                          plain(row.date_published),
                          in_quotes(row.c_info),
                          plain(row.c_ip),
                          std::string(row.admin_action ? "True" : "False"),
                          in_quotes_if_any(row.acting_as_user),
                          plain(row.connector),
                          plain(row.entry),
                          plain(row.role),
                          plain(row.principal),
                          plain(row.mechanism),
                          plain(row.used_grant),
                          plain(row.missing_grant),
                          plain(row.attribution)};
  return fmt::format("{}\n", fmt::join(fields, "\t"));
}

std::string json_line(const UsageRow& row) {
  const nlohmann::ordered_json object{{"date", date(row.time)},
                                      {"time", time_of_day(row.time)},
                                      {"row-id", row.row_id},
                                      {"request-type", row.request_type},
                                      {"user-id", row.user_id},
                                      {"result", row.result},
                                      {"correlation-id", row.correlation_id},
                                      {"content-id", row.content_id},
                                      {"owner-email", row.owner_email},
                                      {"issuer", row.issuer},
                                      {"template-id", row.template_id},
                                      {"file-name", row.file_name},
                                      {"date-published", row.date_published},
                                      {"c-info", row.c_info},
                                      {"c-ip", row.c_ip},
                                      {"admin-action", row.admin_action},
                                      {"acting-as-user", row.acting_as_user},
                                      {"connector", row.connector},
                                      {"entry", row.entry},
                                      {"role", row.role},
                                      {"principal", row.principal},
                                      {"mechanism", row.mechanism},
                                      {"used-grant", row.used_grant},
                                      {"missing-grant", row.missing_grant},
                                      {"attribution", row.attribution}};
  // Bytes that are no UTF-8 are replaced, never an exception.
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The longest request type, and the longest refusal, have room.
constexpr const char* kTableLine = "{:<19}  {:<27} {:<26} {:<26} {:<38} {:<16} {:<22} {}\n";

// What was opened as a super user opens it, and what more would have been needed.
std::string grant_of(const UsageRow& row) {
  if (!row.missing_grant.empty()) return "lacks " + plain(row.missing_grant);
  if (row.used_grant.empty()) return {};
  return "used " + plain(std::string_view(row.used_grant).substr(0, row.used_grant.find(':')));
}

std::string table_line(const UsageRow& row) {
  return fmt::format(kTableLine, date(row.time) + " " + time_of_day(row.time), plain(row.request_type),
                     plain(row.user_id), plain(row.acting_as_user), plain(row.result), plain(row.entry), grant_of(row),
                     braced_if_any(row.content_id));
}

}  // namespace

std::optional<UsageFormat> parse_usage_format(std::string_view name) {
  if (name == "w3c") return UsageFormat::w3c;
  if (name == "json") return UsageFormat::json;
  if (name == "table") return UsageFormat::table;
  return std::nullopt;
}

std::string usage_header(UsageFormat format) {
  switch (format) {
    case UsageFormat::w3c:
      return fmt::format("#Software: RMS\n#Version: 1.1\n#Fields: {}\n", kFields);
    case UsageFormat::table:
      return fmt::format(kTableLine, "TIME (UTC)", "REQUEST", "USER", "FOR", "RESULT", "ENTRY", "GRANT", "CONTENT");
    case UsageFormat::json:
      break;
  }
  return {};
}

std::string usage_line(UsageFormat format, const UsageRow& row) {
  switch (format) {
    case UsageFormat::w3c:
      return w3c_line(row);
    case UsageFormat::table:
      return table_line(row);
    case UsageFormat::json:
      break;
  }
  return json_line(row);
}

std::string format_usage(UsageFormat format, std::span<const UsageRow> rows) {
  std::string out = usage_header(format);
  for (const auto& row : rows) out += usage_line(format, row);
  return out;
}

}  // namespace rms::cloud

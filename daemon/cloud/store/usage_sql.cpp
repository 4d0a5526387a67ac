// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/usage_sql.h"

#include <algorithm>
#include <string>

#include "base/guid.h"
#include "cloud/store/sql_values.h"

namespace rms::cloud::sql {
namespace {

#define RMS_USAGE_COLUMNS                                                                                       \
  "time, row_id, request_type, user_id, result, correlation_id, content_id, owner_email, issuer, template_id, " \
  "file_name, date_published, c_info, c_ip, admin_action, acting_as_user, connector, entry, role, principal, "  \
  "mechanism, used_grant, missing_grant, attribution"
UsageRow read_usage(const Statement& row) {
  return {to_time(row.number(0)),
          row.text(1),
          row.text(2),
          row.text(3),
          row.text(4),
          row.text(5),
          row.text(6),
          row.text(7),
          row.text(8),
          row.text(9),
          row.text(10),
          row.text(11),
          row.text(12),
          row.text(13),
          row.number(14) != 0,
          row.text(15),
          row.text(16),
          row.text(17),
          row.text(18),
          row.text(19),
          row.text(20),
          row.text(21),
          row.text(22),
          row.text(23)};
}

std::span<const std::uint8_t> blob(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}
std::string text(const std::vector<std::uint8_t>& blob) {
  return {blob.begin(), blob.end()};
}

Result<void> keep(Database& database, const AttributionRecord& vouched) {
  RMS_TRY(auto* certificate,
          database.prepared("INSERT OR IGNORE INTO connector_certificates (fingerprint, pem) VALUES (?,?)"));
  RMS_CHECK(certificate->bind(1, vouched.fingerprint).bind(2, vouched.certificate).run());
  RMS_TRY(auto* insert, database.prepared("INSERT OR IGNORE INTO attributions (id, attribution, signature, "
                                          "fingerprint) VALUES (?,?,?,?)"));
  return insert->bind(1, vouched.id)
      .bind(2, blob(vouched.attribution))
      .bind(3, blob(vouched.signature))
      .bind(4, vouched.fingerprint)
      .run();
}

}  // namespace

Result<void> insert_row(Database& database, std::string_view tenant, const UsageRow& row) {
  RMS_TRY(auto* insert, database.prepared("INSERT INTO usage_log (tenant, " RMS_USAGE_COLUMNS
                                          ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  return insert->bind(1, tenant)
      .bind(2, to_number(row.time))
      .bind(3, row.row_id)
      .bind(4, row.request_type)
      .bind(5, row.user_id)
      .bind(6, row.result)
      .bind(7, row.correlation_id)
      .bind(8, row.content_id)
      .bind(9, row.owner_email)
      .bind(10, row.issuer)
      .bind(11, row.template_id)
      .bind(12, row.file_name)
      .bind(13, row.date_published)
      .bind(14, row.c_info)
      .bind(15, row.c_ip)
      .bind(16, std::int64_t{row.admin_action})
      .bind(17, row.acting_as_user)
      .bind(18, row.connector)
      .bind(19, row.entry)
      .bind(20, row.role)
      .bind(21, row.principal)
      .bind(22, row.mechanism)
      .bind(23, row.used_grant)
      .bind(24, row.missing_grant)
      .bind(25, row.attribution)
      .run();
}

Result<void> insert_usage(Database& database, std::string_view tenant, std::span<const UsageRow> rows,
                          const AttributionRecord* vouched) {
  if (vouched != nullptr) RMS_CHECK(keep(database, *vouched));
  for (const auto& row : rows) RMS_CHECK(insert_row(database, tenant, row));
  return {};
}

Result<std::vector<UsageRow>> select_usage(Database& database, std::optional<std::string_view> tenant,
                                           std::size_t most) {
  const char* sql = tenant ? "SELECT " RMS_USAGE_COLUMNS " FROM usage_log WHERE tenant = ?2 ORDER BY id DESC LIMIT ?1"
                           : "SELECT " RMS_USAGE_COLUMNS " FROM usage_log ORDER BY id DESC LIMIT ?1";
  RMS_TRY(auto* select, database.prepared(sql));
  select->bind(1, static_cast<std::int64_t>(most));
  if (tenant) select->bind(2, without_braces(*tenant));
  RMS_TRY(auto rows, read_all(*select, read_usage));
  std::ranges::reverse(rows);
  return rows;
}

Result<AttributionRecord> select_attribution(Database& database, std::string_view id) {
  RMS_TRY(auto* select, database.prepared("SELECT id, attribution, signature, fingerprint, pem FROM attributions JOIN "
                                          "connector_certificates USING (fingerprint) WHERE id = ?"));
  RMS_TRY(const bool found, select->bind(1, id).step());
  if (!found) return Error(Errc::not_found, "no attribution " + std::string(id));
  AttributionRecord record{select->text(0), text(select->blob(1)), text(select->blob(2)), select->text(3),
                           select->text(4)};
  select->reset();
  return record;
}

}  // namespace rms::cloud::sql

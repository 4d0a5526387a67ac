// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/template_sql.h"

#include <string>

#include "base/guid.h"
#include "cloud/store/sql_values.h"

namespace rms::cloud::sql {
namespace {

#define RMS_TEMPLATE_COLUMNS "guid, definition, xrml, changed, archived"
TemplateRecord read_template(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), to_time(row.number(3)), row.number(4) != 0};
}

Result<void> insert_template(Database& database, std::string_view tenant, const TemplateRecord& record) {
  RMS_TRY(auto* insert,
          database.prepared("INSERT INTO templates (tenant, " RMS_TEMPLATE_COLUMNS ") VALUES (?,?,?,?,?,?)"));
  auto added = insert->bind(1, without_braces(tenant))
                   .bind(2, without_braces(record.guid))
                   .bind(3, record.definition)
                   .bind(4, record.xrml)
                   .bind(5, to_number(record.changed))
                   .bind(6, std::int64_t{record.archived})
                   .run();
  if (!added && added.error() == Errc::already_exists)
    return Error(Errc::already_exists, "there is a template " + record.guid + " in that tenant");
  return added;
}

}  // namespace

Result<void> insert_templates(Database& database, std::string_view tenant, std::span<const TemplateRecord> records) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  for (const auto& record : records) RMS_CHECK(insert_template(database, tenant, record));
  return transaction.commit();
}

Result<TemplateRecord> select_template(Database& database, std::string_view tenant, std::string_view guid) {
  RMS_TRY(auto* select,
          database.prepared("SELECT " RMS_TEMPLATE_COLUMNS " FROM templates WHERE tenant = ? AND guid = ?"));
  RMS_TRY(const bool found, select->bind(1, without_braces(tenant)).bind(2, without_braces(guid)).step());
  if (!found) return Error(Errc::not_found, "no template \"" + std::string(guid) + "\" in that tenant");
  auto record = read_template(*select);
  select->reset();
  return record;
}

Result<std::vector<TemplateRecord>> select_templates(Database& database, std::string_view tenant) {
  RMS_TRY(auto* select,
          database.prepared("SELECT " RMS_TEMPLATE_COLUMNS " FROM templates WHERE tenant = ? ORDER BY guid"));
  select->bind(1, without_braces(tenant));
  return read_all(*select, read_template);
}

}  // namespace rms::cloud::sql

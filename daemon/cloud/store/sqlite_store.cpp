// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/sqlite_store.h"

#include <algorithm>

#include "base/guid.h"
#include "base/secret.h"
#include "cloud/store/account_key_sql.h"
#include "cloud/store/answer_sql.h"
#include "cloud/store/directory_sql.h"
#include "cloud/store/head_sql.h"
#include "cloud/store/licensor_sql.h"
#include "cloud/store/schema.h"
#include "cloud/store/sql_values.h"
#include "cloud/store/template_sql.h"
#include "cloud/store/usage_sql.h"

namespace rms::cloud {
namespace {

#define RMS_TENANT_COLUMNS "guid, name, url, chain, licensor_key, intermediate_key, root_key, created"
TenantRecord read_tenant(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3),
          row.blob(4), row.blob(5), row.blob(6), sql::to_time(row.number(7))};
}

#define RMS_CONNECTOR_COLUMNS "tenant, name, fingerprint, created, disabled, open_any"
ConnectorRecord read_connector(const Statement& row) {
  return {row.text(0), row.text(1), row.text(2), sql::to_time(row.number(3)), row.number(4) != 0, row.number(5) != 0};
}

Result<void> insert_tenant(Database& database, const TenantRecord& tenant) {
  RMS_TRY(auto* insert, database.prepared("INSERT INTO tenants (" RMS_TENANT_COLUMNS ") VALUES (?,?,?,?,?,?,?,?)"));
  return insert->bind(1, tenant.guid)
      .bind(2, tenant.name)
      .bind(3, tenant.url)
      .bind(4, tenant.chain)
      .bind(5, tenant.licensor_key)
      .bind(6, tenant.intermediate_key)
      .bind(7, tenant.root_key)
      .bind(8, sql::to_number(tenant.created))
      .run();
}

Result<TenantRecord> select_tenant(Database& database, std::string_view guid_or_name) {
  RMS_TRY(auto* select,
          database.prepared("SELECT " RMS_TENANT_COLUMNS
                            " FROM tenants WHERE guid = ?1 OR name = ?2 ORDER BY guid = ?1 DESC LIMIT 1"));
  RMS_TRY(const bool found, select->bind(1, without_braces(guid_or_name)).bind(2, guid_or_name).step());
  if (!found) return Error(Errc::not_found, "no tenant \"" + std::string(guid_or_name) + "\"");
  auto tenant = read_tenant(*select);
  select->reset();
  return tenant;
}

Result<std::vector<TenantRecord>> select_tenants(Database& database) {
  RMS_TRY(auto* select, database.prepared("SELECT " RMS_TENANT_COLUMNS " FROM tenants ORDER BY name"));
  return sql::read_all(*select, read_tenant);
}

Result<void> insert_connector(Database& database, const ConnectorRecord& connector) {
  RMS_TRY(auto* insert, database.prepared("INSERT INTO connectors (" RMS_CONNECTOR_COLUMNS ") VALUES (?,?,?,?,?,?)"));
  return insert->bind(1, connector.tenant)
      .bind(2, connector.name)
      .bind(3, connector.fingerprint)
      .bind(4, sql::to_number(connector.created))
      .bind(5, std::int64_t{connector.disabled})
      .bind(6, std::int64_t{connector.open_any})
      .run();
}

Result<ConnectorRecord> select_connector(Database& database, std::string_view fingerprint) {
  RMS_TRY(auto* select, database.prepared("SELECT " RMS_CONNECTOR_COLUMNS " FROM connectors WHERE fingerprint = ?"));
  RMS_TRY(const bool found, select->bind(1, fingerprint).step());
  if (!found) return Error(Errc::not_found, "no connector with that certificate");
  auto connector = read_connector(*select);
  select->reset();
  return connector;
}

Result<std::vector<ConnectorRecord>> select_connectors(Database& database) {
  RMS_TRY(auto* select, database.prepared("SELECT " RMS_CONNECTOR_COLUMNS " FROM connectors ORDER BY tenant, name"));
  return sql::read_all(*select, read_connector);
}

// As many bytes as an answer of a few licences takes.
Result<void> write_and_take_away(Database& database) {
  // Makes room where there is none: what the log holds may go into the file, and the log begin anew.
  static_cast<void>(database.execute("PRAGMA wal_checkpoint(PASSIVE)"));
  RMS_CHECK(database.execute("UPDATE probe SET padding = zeroblob(65536)"));
  return database.execute("UPDATE probe SET padding = x''");
}

Result<void> probe_database(Database& database, ProbedStore::Probe how) {
  if (how == ProbedStore::Probe::write) return write_and_take_away(database);
  RMS_CHECK(Transaction::begin(database));
  return {};
}

Error no_such_connector(std::string_view name) {
  return {Errc::not_found, "no connector \"" + std::string(name) + "\" in that tenant"};
}

Result<void> delete_connector(Database& database, std::string_view tenant, std::string_view name) {
  RMS_TRY(auto* remove, database.prepared("DELETE FROM connectors WHERE tenant = ? AND name = ?"));
  RMS_CHECK(remove->bind(1, without_braces(tenant)).bind(2, name).run());
  if (database.changes() == 0) return no_such_connector(name);
  return {};
}

Result<bool> update_open_any(Database& database, std::string_view tenant, std::string_view name, bool consent,
                             const UsageRow& trace) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  RMS_TRY(auto* select, database.prepared("SELECT open_any FROM connectors WHERE tenant = ? AND name = ?"));
  RMS_TRY(const bool found, select->bind(1, without_braces(tenant)).bind(2, name).step());
  if (!found) return no_such_connector(name);
  const bool was = select->number(0) != 0;
  select->reset();
  if (was == consent) return false;
  RMS_TRY(auto* update, database.prepared("UPDATE connectors SET open_any = ? WHERE tenant = ? AND name = ?"));
  RMS_CHECK(update->bind(1, std::int64_t{consent}).bind(2, without_braces(tenant)).bind(3, name).run());
  RMS_CHECK(sql::insert_row(database, without_braces(tenant), trace));
  RMS_CHECK(transaction.commit());
  return true;
}

}  // namespace

SqliteStore::SqliteStore(Database writer, Database reader, Database prober, const Options& options)
    : file_(options.file.string()),
      busy_timeout_(options.busy_timeout),
      head_limits_(options.heads),
      answer_limits_(options.answers),
      writer_(std::move(writer)),
      reader_(std::move(reader)),
      prober_(std::move(prober)) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const Options& options) {
  const auto file = options.file.string();
  // An empty file is an empty database; made by us it is ours alone, whatever the umask, and SQLite gives its WAL the
  // same mode.
  if (auto made = create_secret_file(options.file, ""); !made && made.error() != Errc::already_exists)
    return std::move(made).error().in("making the store");
  auto writer = Database::open(options.file, options.busy_timeout);
  if (!writer) return std::move(writer).error().in(file);
  if (auto migrated = migrate(*writer); !migrated) return std::move(migrated).error().in(file);
  auto reader = Database::open(options.file, options.busy_timeout);
  if (!reader) return std::move(reader).error().in(file);
  auto prober = Database::open(options.file, options.busy_timeout);
  if (!prober) return std::move(prober).error().in(file);
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(*std::move(writer), *std::move(reader), *std::move(prober), options));
}

template <class Call>
auto SqliteStore::locked(Connection& connection, Call call) -> decltype(call(connection.database)) {
  return locked_for(busy_timeout_, connection, std::move(call));
}

template <class Call>
auto SqliteStore::locked_for(std::chrono::milliseconds busy, Connection& connection, Call call)
    -> decltype(call(connection.database)) {
  const auto deadline = std::chrono::steady_clock::now() + busy;
  const std::scoped_lock lock(connection.mutex);
  connection.database.wait_until(deadline);
  if (auto there = connection.database.check_in_place(); !there) return std::move(there).error().in(file_);
  auto result = call(connection.database);
  if (!result) return std::move(result).error().in(file_);
  return result;
}

Result<void> SqliteStore::add_tenant(const TenantRecord& tenant) {
  return locked(writer_, [&](Database& database) { return insert_tenant(database, tenant); });
}
Result<TenantRecord> SqliteStore::find_tenant(std::string_view guid_or_name) {
  return locked(reader_, [&](Database& database) { return select_tenant(database, guid_or_name); });
}
Result<std::vector<TenantRecord>> SqliteStore::tenants() {
  return locked(reader_, select_tenants);
}

Result<void> SqliteStore::add_connector(const ConnectorRecord& connector) {
  return locked(writer_, [&](Database& database) { return insert_connector(database, connector); });
}
Result<ConnectorRecord> SqliteStore::find_connector(std::string_view fingerprint) {
  return locked(reader_, [&](Database& database) { return select_connector(database, fingerprint); });
}
Result<std::vector<ConnectorRecord>> SqliteStore::connectors() {
  return locked(reader_, select_connectors);
}
Result<void> SqliteStore::remove_connector(std::string_view tenant_guid, std::string_view name) {
  return locked(writer_, [&](Database& database) { return delete_connector(database, tenant_guid, name); });
}

Result<bool> SqliteStore::consent_to_open_any(std::string_view tenant_guid, std::string_view name, bool consent,
                                              const UsageRow& trace) {
  return locked(writer_,
                [&](Database& database) { return update_open_any(database, tenant_guid, name, consent, trace); });
}

Result<std::optional<AnswerRecord>> SqliteStore::book(std::string_view tenant_guid, const Booking& booking) {
  return locked(writer_, [&](Database& database) { return sql::book(database, tenant_guid, booking, answer_limits_); });
}
Result<std::optional<AnswerRecord>> SqliteStore::find_answer(std::string_view tenant_guid,
                                                             const QuestionRecord& question) {
  return locked(reader_, [&](Database& database) { return sql::select_answer(database, tenant_guid, question); });
}
Result<void> SqliteStore::probe(Probe how) {
  constexpr std::chrono::milliseconds kProbe{250};  // store.h
  return locked_for(how == Probe::write ? std::min(kProbe, busy_timeout_) : busy_timeout_, prober_,
                    [&](Database& database) { return probe_database(database, how); });
}
Result<std::vector<UsageRow>> SqliteStore::last_usage(std::optional<std::string_view> tenant_guid, std::size_t most) {
  return locked(reader_, [&](Database& database) { return sql::select_usage(database, tenant_guid, most); });
}
Result<AttributionRecord> SqliteStore::find_attribution(std::string_view id) {
  return locked(reader_, [&](Database& database) { return sql::select_attribution(database, id); });
}

Result<void> SqliteStore::replace_directory(std::string_view tenant_guid, std::span<const UserRecord> users,
                                            std::span<const GroupRecord> groups) {
  return locked(writer_,
                [&](Database& database) { return sql::replace_directory(database, tenant_guid, users, groups); });
}
Result<std::optional<UserRecord>> SqliteStore::find_user(std::string_view tenant_guid, std::string_view name) {
  return locked(reader_, [&](Database& database) { return sql::select_user(database, tenant_guid, name); });
}
Result<std::optional<GroupRecord>> SqliteStore::find_group(std::string_view tenant_guid, std::string_view name) {
  return locked(reader_, [&](Database& database) { return sql::select_group(database, tenant_guid, name); });
}
Result<std::vector<GroupName>> SqliteStore::groups_of(std::string_view tenant_guid,
                                                      std::span<const std::string> addresses) {
  return locked(reader_, [&](Database& database) { return sql::select_groups_of(database, tenant_guid, addresses); });
}
Result<std::vector<UserRecord>> SqliteStore::users(std::string_view tenant_guid, std::string_view after,
                                                   std::size_t most) {
  return locked(reader_, [&](Database& database) { return sql::select_users(database, tenant_guid, after, most); });
}
Result<std::vector<GroupRecord>> SqliteStore::groups(std::string_view tenant_guid, std::string_view after,
                                                     std::size_t most) {
  return locked(reader_, [&](Database& database) { return sql::select_groups(database, tenant_guid, after, most); });
}

Result<std::optional<std::vector<std::uint8_t>>> SqliteStore::find_account_key(std::string_view tenant_guid,
                                                                               std::string_view account) {
  return locked(reader_, [&](Database& database) { return sql::select_account_key(database, tenant_guid, account); });
}
Result<std::vector<std::uint8_t>> SqliteStore::add_account_key(std::string_view tenant_guid, std::string_view account,
                                                               std::span<const std::uint8_t> wrapped) {
  return locked(writer_,
                [&](Database& database) { return sql::insert_account_key(database, tenant_guid, account, wrapped); });
}

Result<void> SqliteStore::add_licensor(std::string_view tenant_guid, const LicensorRecord& record) {
  return locked(writer_, [&](Database& database) -> Result<void> {
    RMS_TRY(auto transaction, Transaction::begin(database));
    RMS_CHECK(sql::insert_licensor(database, tenant_guid, record));
    return transaction.commit();
  });
}
Result<std::optional<LicensorRecord>> SqliteStore::find_licensor(std::string_view tenant_guid, std::string_view key) {
  return locked(reader_, [&](Database& database) { return sql::select_licensor(database, tenant_guid, key); });
}

Result<void> SqliteStore::add_templates(std::string_view tenant_guid, std::span<const TemplateRecord> records) {
  return locked(writer_, [&](Database& database) { return sql::insert_templates(database, tenant_guid, records); });
}
Result<TemplateRecord> SqliteStore::find_template(std::string_view tenant_guid, std::string_view guid) {
  return locked(reader_, [&](Database& database) { return sql::select_template(database, tenant_guid, guid); });
}
Result<std::vector<TemplateRecord>> SqliteStore::templates(std::string_view tenant_guid) {
  return locked(reader_, [&](Database& database) { return sql::select_templates(database, tenant_guid); });
}

Result<KeptHead> SqliteStore::keep_head(std::string_view tenant_guid, const HeadRecord& head) {
  return locked(writer_,
                [&](Database& database) { return sql::insert_head(database, tenant_guid, head, head_limits_); });
}
Result<std::vector<HeadRecord>> SqliteStore::last_heads(std::string_view tenant_guid,
                                                        std::optional<std::string_view> connector, std::size_t most) {
  return locked(reader_, [&](Database& database) { return sql::select_heads(database, tenant_guid, connector, most); });
}

Result<std::size_t> SqliteStore::forget_journal(std::string_view tenant_guid, std::string_view connector,
                                                std::string_view journal, const UsageRow& trace) {
  return locked(writer_, [&](Database& database) {
    return sql::forget_journal(database, tenant_guid, connector, journal, trace);
  });
}

Result<void> SqliteStore::limit_pages_for_test(int pages) {
  const auto sql = "PRAGMA max_page_count=" + std::to_string(pages);
  const auto limit = [&](Database& database) { return database.execute(sql.c_str()); };
  RMS_CHECK(locked(prober_, limit));
  return locked(writer_, limit);
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/directory_sql.h"

#include <nlohmann/json.hpp>

#include "base/guid.h"
#include "cloud/store/sql_values.h"
#include "cloud/store/store.h"

namespace rms::cloud::sql {
namespace {

// ---- writing

// "carol@contoso.test", for whoever has `value` already.
Result<std::string> holder(Database& database, const char* sql, std::string_view tenant, std::string_view value) {
  RMS_TRY(auto* select, database.prepared(sql));
  RMS_TRY(const bool found, select->bind(1, tenant).bind(2, value).step());
  std::string mail = found ? select->text(0) : "another";
  select->reset();
  return mail;
}

Result<void> insert_address(Database& database, std::string_view tenant, std::string_view address, std::int64_t id,
                            std::int64_t position, const std::string& mail) {
  RMS_TRY(auto* insert,
          database.prepared("INSERT INTO addresses (tenant, address, principal, position) VALUES (?,?,?,?)"));
  auto added = insert->bind(1, tenant).bind(2, address).bind(3, id).bind(4, position).run();
  if (added || added.error() != Errc::already_exists) return added;
  RMS_TRY(const auto other, holder(database,
                                   "SELECT p.mail FROM addresses a JOIN principals p ON p.id = a.principal "
                                   "WHERE a.tenant = ? AND a.address = ?",
                                   tenant, address));
  return Error(Errc::already_exists, "the address " + std::string(address) + " of " + mail + " is one of " + other);
}

template <class Record>  // UserRecord or GroupRecord
Result<std::int64_t> insert_principal(Database& database, std::string_view tenant, const Record& record, bool group) {
  RMS_TRY(auto* insert, database.prepared("INSERT INTO principals (tenant, is_group, mail, name, sid) "
                                          "VALUES (?, ?, ?, ?, nullif(?, ''))"));
  auto added = insert->bind(1, tenant)
                   .bind(2, std::int64_t{group})
                   .bind(3, record.mail)
                   .bind(4, record.name)
                   .bind(5, record.sid)
                   .run();
  if (!added && added.error() == Errc::already_exists) {
    RMS_TRY(const auto other,
            holder(database, "SELECT mail FROM principals WHERE tenant = ? AND sid = ?", tenant, record.sid));
    return Error(Errc::already_exists, "the SID " + record.sid + " of " + record.mail + " is that of " + other);
  }
  RMS_CHECK(added);
  const auto id = database.last_id();
  RMS_CHECK(insert_address(database, tenant, record.mail, id, 0, record.mail));
  for (std::size_t i = 0; i < record.aliases.size(); ++i)
    RMS_CHECK(insert_address(database, tenant, record.aliases[i], id, static_cast<std::int64_t>(i + 1), record.mail));
  return id;
}

Result<void> delete_directory(Database& database, std::string_view tenant) {
  for (const char* sql : {"DELETE FROM members WHERE tenant = ?", "DELETE FROM addresses WHERE tenant = ?",
                          "DELETE FROM principals WHERE tenant = ?"}) {
    RMS_TRY(auto* remove, database.prepared(sql));
    RMS_CHECK(remove->bind(1, tenant).run());
  }
  return {};
}

// ---- reading

struct Row {
  std::int64_t id = 0;
  std::string mail, name, sid;
};
#define RMS_PRINCIPAL_COLUMNS "id, mail, name, ifnull(sid, '')"
Row read_row(const Statement& row) {
  return {row.number(0), row.text(1), row.text(2), row.text(3)};
}
std::string read_text(const Statement& row) {
  return row.text(0);
}

Result<std::vector<std::string>> select_texts(Database& database, const char* sql, std::int64_t id) {
  RMS_TRY(auto* select, database.prepared(sql));
  select->bind(1, id);
  return read_all(*select, read_text);
}
Result<std::vector<std::string>> select_aliases(Database& database, std::int64_t id) {
  return select_texts(database, "SELECT address FROM addresses WHERE principal = ? AND position > 0 ORDER BY position",
                      id);
}

Result<UserRecord> complete(Database& database, Row row, UserRecord*) {
  RMS_TRY(auto aliases, select_aliases(database, row.id));
  return UserRecord{std::move(row.mail), std::move(row.name), std::move(row.sid), std::move(aliases)};
}
Result<GroupRecord> complete(Database& database, Row row, GroupRecord*) {
  RMS_TRY(auto aliases, select_aliases(database, row.id));
  RMS_TRY(auto members,
          select_texts(database, "SELECT member FROM members WHERE in_group = ? ORDER BY member", row.id));
  return GroupRecord{std::move(row.mail), std::move(row.name), std::move(row.sid), std::move(aliases),
                     std::move(members)};
}

template <class Record>
Result<std::optional<Record>> select_one(Database& database, std::string_view tenant, std::string_view name,
                                         bool group) {
  // An import gives the ids of all to others: what is looked up by an id must be of the moment in which that was read.
  RMS_TRY(const auto moment, Snapshot::begin(database));
  RMS_TRY(auto* select,
          database.prepared("SELECT " RMS_PRINCIPAL_COLUMNS " FROM principals WHERE is_group = ?3 AND id IN ("
                            "SELECT principal FROM addresses WHERE tenant = ?1 AND address = ?2 UNION ALL "
                            "SELECT id FROM principals WHERE tenant = ?1 AND sid = ?2)"));
  RMS_TRY(const bool found, select->bind(1, without_braces(tenant)).bind(2, name).bind(3, std::int64_t{group}).step());
  if (!found) return std::nullopt;
  auto row = read_row(*select);
  select->reset();
  RMS_TRY(auto record, complete(database, std::move(row), static_cast<Record*>(nullptr)));
  return std::optional(std::move(record));
}

template <class Record>
Result<std::vector<Record>> select_page(Database& database, std::string_view tenant, std::string_view after,
                                        std::size_t most, bool group) {
  RMS_TRY(const auto moment, Snapshot::begin(database));
  RMS_TRY(auto* select, database.prepared("SELECT " RMS_PRINCIPAL_COLUMNS " FROM principals "
                                          "WHERE tenant = ? AND is_group = ? AND mail > ? ORDER BY mail LIMIT ?"));
  select->bind(1, without_braces(tenant))
      .bind(2, std::int64_t{group})
      .bind(3, after)
      .bind(4, static_cast<std::int64_t>(most));
  RMS_TRY(auto rows, read_all(*select, read_row));
  std::vector<Record> records;
  for (auto& row : rows) {
    RMS_TRY(auto record, complete(database, std::move(row), static_cast<Record*>(nullptr)));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

Result<void> replace_directory(Database& database, std::string_view tenant, std::span<const UserRecord> users,
                               std::span<const GroupRecord> groups) {
  tenant = without_braces(tenant);
  RMS_TRY(auto transaction, Transaction::begin(database));
  RMS_CHECK(delete_directory(database, tenant));
  for (const auto& user : users) RMS_CHECK(insert_principal(database, tenant, user, false));
  for (const auto& group : groups) {
    RMS_TRY(const auto id, insert_principal(database, tenant, group, true));
    RMS_TRY(auto* insert, database.prepared("INSERT OR IGNORE INTO members (tenant, member, in_group) VALUES (?,?,?)"));
    for (const auto& member : group.members) RMS_CHECK(insert->bind(1, tenant).bind(2, member).bind(3, id).run());
  }
  return transaction.commit();
}

Result<std::optional<UserRecord>> select_user(Database& database, std::string_view tenant, std::string_view name) {
  return select_one<UserRecord>(database, tenant, name, false);
}
Result<std::optional<GroupRecord>> select_group(Database& database, std::string_view tenant, std::string_view name) {
  return select_one<GroupRecord>(database, tenant, name, true);
}
Result<std::vector<UserRecord>> select_users(Database& database, std::string_view tenant, std::string_view after,
                                             std::size_t most) {
  return select_page<UserRecord>(database, tenant, after, most, false);
}
Result<std::vector<GroupRecord>> select_groups(Database& database, std::string_view tenant, std::string_view after,
                                               std::size_t most) {
  return select_page<GroupRecord>(database, tenant, after, most, true);
}

Result<std::vector<GroupName>> select_groups_of(Database& database, std::string_view tenant,
                                                std::span<const std::string> addresses) {
  // UNION drops groups that were found before: circles end, and there are never more rows than groups. CROSS JOIN
  // keeps SQLite from turning the joins round; each step is a look-up by key.
  RMS_TRY(auto* select, database.prepared(R"sql(
WITH RECURSIVE found(id) AS (
  SELECT m.in_group FROM json_each(?2) a CROSS JOIN members m ON m.tenant = ?1 AND m.member = a.value
  UNION
  SELECT m.in_group FROM found f CROSS JOIN addresses a ON a.principal = f.id
    CROSS JOIN members m ON m.tenant = ?1 AND m.member = a.address
  LIMIT ?3
)
SELECT p.id, p.mail, ifnull(p.sid, ''), a.position, a.address FROM found f CROSS JOIN principals p ON p.id = f.id
  CROSS JOIN addresses a ON a.principal = p.id ORDER BY p.id, a.position
)sql"));
  const auto list =
      nlohmann::json(std::vector<std::string>(addresses.begin(), addresses.end()))
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);  // what is no UTF-8 is nobody's address
  select->bind(1, without_braces(tenant)).bind(2, list).bind(3, static_cast<std::int64_t>(kMaxGroupsOfOne + 1));
  std::vector<GroupName> groups;
  for (;;) {
    RMS_TRY(const bool row, select->step());
    if (!row) return groups;
    if (select->number(3) > 0 && !groups.empty()) {
      groups.back().aliases.push_back(select->text(4));
      continue;
    }
    if (groups.size() == kMaxGroupsOfOne) {
      select->reset();
      return Error(Errc::too_large, "an account is in more than " + std::to_string(kMaxGroupsOfOne) + " groups");
    }
    groups.push_back({select->text(1), select->text(2), {}});
  }
}

}  // namespace rms::cloud::sql

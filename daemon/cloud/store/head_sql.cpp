// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/head_sql.h"

#include <algorithm>
#include <limits>

#include "base/guid.h"
#include "cloud/store/sql_values.h"
#include "cloud/store/usage_sql.h"

namespace rms::cloud::sql {
namespace {

using namespace std::chrono_literals;

#define RMS_HEAD_COLUMNS "connector, journal, sequence, hash, written, kept, pinned"
HeadRecord read_head(const Statement& row) {
  return {row.text(0),
          row.text(1),
          static_cast<std::uint64_t>(row.number(2)),
          row.text(3),
          to_time(row.number(4)),
          to_time(row.number(5)),
          row.number(6) != 0};
}

// One connector's rows, and what is asked about a head among them.
class Rows {
 public:
  Rows(Database& database, std::string_view tenant, const HeadRecord& head)
      : database_(database), tenant_(without_braces(tenant)), head_(head) {}

  struct Found {
    std::int64_t id;
    WallTime kept;
  };
  // The head itself.
  Result<std::optional<Found>> same() {
    RMS_TRY(auto* select,
            database_.prepared("SELECT id, kept FROM audit_heads WHERE tenant = ? AND connector = ? AND journal = ? "
                               "AND sequence = ? AND hash = ?"));
    bind(*select).bind(3, head_.journal).bind(4, sequence()).bind(5, head_.hash);
    RMS_TRY(const bool found, select->step());
    if (!found) return std::optional<Found>();
    const Found row{select->number(0), to_time(select->number(1))};
    select->reset();
    return std::optional(row);
  }

  // The newest of the journal among those before `id`.
  Result<std::optional<HeadRecord>> before(std::int64_t id) {
    RMS_TRY(auto* select, database_.prepared("SELECT " RMS_HEAD_COLUMNS
                                             " FROM audit_heads WHERE tenant = ? AND connector = ? AND journal = ? "
                                             "AND id < ? ORDER BY id DESC LIMIT 1"));
    RMS_TRY(const bool found, bind(*select).bind(3, head_.journal).bind(4, id).step());
    if (!found) return std::optional<HeadRecord>();
    auto record = read_head(*select);
    select->reset();
    return std::optional(std::move(record));
  }

  // The newest of other journals among those before the first of this one; if it has none yet, among all.
  Result<std::optional<HeadRecord>> before_this_journal() {
    RMS_TRY(auto* select,
            database_.prepared("SELECT " RMS_HEAD_COLUMNS " FROM audit_heads WHERE id = MAX("
                               "IFNULL((SELECT MAX(id) FROM audit_heads WHERE tenant = ?1 AND connector = ?2 AND "
                               "pinned = 0 AND id < ?3), 0), "
                               "IFNULL((SELECT MAX(id) FROM audit_heads WHERE tenant = ?1 AND connector = ?2 AND "
                               "pinned = 1 AND id < ?3), 0))"));
    RMS_TRY(const auto first, first_of_journal());
    RMS_TRY(const bool found, bind(*select).bind(3, first).step());
    if (!found) return std::optional<HeadRecord>();
    auto record = read_head(*select);
    select->reset();
    return std::optional(std::move(record));
  }

  // Whether one before `id` has the same number and another hash.
  Result<bool> contradicted(std::int64_t id) {
    RMS_TRY(auto* select,
            database_.prepared("SELECT COUNT(*) FROM audit_heads WHERE tenant = ? AND connector = ? AND journal = ? "
                               "AND sequence = ? AND hash <> ? AND id < ?"));
    bind(*select).bind(3, head_.journal).bind(4, sequence()).bind(5, head_.hash).bind(6, id);
    RMS_TRY(const auto count, number(*select));
    return count > 0;
  }

  // Up to the head's own time: a clock that was ahead for a while puts nobody off for as long.
  Result<std::int64_t> since(WallTime time) {
    RMS_TRY(auto* select, database_.prepared("SELECT COUNT(*) FROM audit_heads WHERE tenant = ? AND connector = ? AND "
                                             "kept BETWEEN ? AND ?"));
    return number(bind(*select).bind(3, to_number(time)).bind(4, to_number(head_.kept)));
  }

  Result<std::int64_t> journals() {
    RMS_TRY(auto* select,
            database_.prepared("SELECT COUNT(DISTINCT journal) FROM audit_heads WHERE tenant = ? AND connector = ?"));
    return number(bind(*select));
  }

  Result<void> insert(bool pinned) {
    RMS_TRY(auto* insert,
            database_.prepared("INSERT INTO audit_heads (tenant, " RMS_HEAD_COLUMNS ") VALUES (?,?,?,?,?,?,?,?)"));
    return bind(*insert)
        .bind(3, head_.journal)
        .bind(4, sequence())
        .bind(5, head_.hash)
        .bind(6, to_number(head_.written))
        .bind(7, to_number(head_.kept))
        .bind(8, std::int64_t{pinned})
        .run();
  }

  Result<void> let_go_over(std::size_t most) {
    RMS_TRY(auto* remove, database_.prepared("DELETE FROM audit_heads WHERE tenant = ?1 AND connector = ?2 AND "
                                             "pinned = 0 AND id <= (SELECT id FROM audit_heads WHERE tenant = ?1 AND "
                                             "connector = ?2 AND pinned = 0 ORDER BY id DESC LIMIT 1 OFFSET ?3)"));
    return bind(*remove).bind(3, static_cast<std::int64_t>(most)).run();
  }

 private:
  Result<std::int64_t> first_of_journal() {
    RMS_TRY(auto* select, database_.prepared("SELECT IFNULL(MIN(id), ?4) FROM audit_heads WHERE tenant = ?1 AND "
                                             "connector = ?2 AND journal = ?3"));
    return number(bind(*select).bind(3, head_.journal).bind(4, std::numeric_limits<std::int64_t>::max()));
  }

  Statement& bind(Statement& statement) { return statement.bind(1, tenant_).bind(2, head_.connector); }
  std::int64_t sequence() const { return static_cast<std::int64_t>(head_.sequence); }
  static Result<std::int64_t> number(Statement& select) {
    RMS_CHECK(select.step());
    const auto value = select.number(0);
    select.reset();
    return value;
  }

  Database& database_;
  const std::string_view tenant_;
  const HeadRecord& head_;
};

}  // namespace

Result<KeptHead> insert_head(Database& database, std::string_view tenant, const HeadRecord& head,
                             const HeadLimits& limits) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  Rows rows(database, tenant, head);
  RMS_TRY(const auto same, rows.same());
  const auto id = same ? same->id : std::numeric_limits<std::int64_t>::max();
  KeptHead result;
  result.repeated = same.has_value();
  result.kept = same ? same->kept : head.kept;
  RMS_TRY(result.previous, rows.before(id));
  RMS_TRY(result.before, rows.before_this_journal());
  RMS_TRY(const bool contradicted, rows.contradicted(id));
  if (contradicted)
    result.finding = HeadFinding::other_hash;
  else if (result.previous && result.previous->sequence > head.sequence)
    result.finding = HeadFinding::backwards;
  if (same) return result;

  RMS_TRY(const auto lately, rows.since(head.kept - 1h));
  if (lately >= static_cast<std::int64_t>(limits.an_hour))
    return Error(Errc::overloaded, head.connector + ": " + std::to_string(lately) + " heads within an hour");
  if (!result.previous) {
    RMS_TRY(const auto journals, rows.journals());
    if (journals >= static_cast<std::int64_t>(limits.journals))
      return Error(Errc::overloaded, head.connector + " has begun " + std::to_string(journals) + " journals already");
    result.journal_anew = journals > 0;
  }
  RMS_TRY(const auto today, rows.since(std::chrono::floor<std::chrono::days>(head.kept)));
  RMS_CHECK(rows.insert(!result.previous || today == 0));
  RMS_CHECK(rows.let_go_over(limits.newest));
  RMS_CHECK(transaction.commit());
  return result;
}

Result<std::vector<HeadRecord>> select_heads(Database& database, std::string_view tenant,
                                             std::optional<std::string_view> connector, std::size_t most) {
  const char* sql = connector ? "SELECT " RMS_HEAD_COLUMNS
                                " FROM audit_heads WHERE tenant = ?1 AND connector = ?3 ORDER BY id DESC LIMIT ?2"
                              : "SELECT " RMS_HEAD_COLUMNS
                                " FROM audit_heads WHERE tenant = ?1 ORDER BY id DESC LIMIT ?2";
  RMS_TRY(auto* select, database.prepared(sql));
  select->bind(1, without_braces(tenant)).bind(2, static_cast<std::int64_t>(most));
  if (connector) select->bind(3, *connector);
  RMS_TRY(auto heads, read_all(*select, read_head));
  std::ranges::reverse(heads);
  return heads;
}

Result<std::size_t> forget_journal(Database& database, std::string_view tenant, std::string_view connector,
                                   std::string_view journal, const UsageRow& trace) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  RMS_TRY(auto* newest, database.prepared("SELECT journal FROM audit_heads WHERE tenant = ? AND connector = ? "
                                          "ORDER BY id DESC LIMIT 1"));
  RMS_TRY(const bool any, newest->bind(1, without_braces(tenant)).bind(2, connector).step());
  const bool is_newest = any && newest->text(0) == journal;
  if (any) newest->reset();
  if (is_newest)
    return Error(Errc::denied, std::string(journal) + ": is the newest journal of " + std::string(connector) +
                                   ", which it may be writing now: its heads stay");
  RMS_TRY(auto* remove,
          database.prepared("DELETE FROM audit_heads WHERE tenant = ? AND connector = ? AND journal = ?"));
  RMS_CHECK(remove->bind(1, without_braces(tenant)).bind(2, connector).bind(3, journal).run());
  const auto forgotten = static_cast<std::size_t>(database.changes());
  if (forgotten == 0)
    return Error(Errc::not_found, std::string(journal) + ": no head of such a journal of " + std::string(connector) +
                                      " is kept: rms-cloudctl audit-heads shows those that are");
  RMS_CHECK(insert_row(database, without_braces(tenant), trace));
  RMS_CHECK(transaction.commit());
  return forgotten;
}

}  // namespace rms::cloud::sql

// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/sqlite_database.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <sqlite3.h>

namespace rms::cloud {
namespace {

// What administrators can do about it decides the code; SQLite's own words go into the context.
Error failed(sqlite3* handle, int result) {
  const std::string words = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // the race for a lock was lost too often
      return Error(Errc::unavailable, "the store is locked by another process: " + words);
    case SQLITE_FULL:
      return Error(Errc::io_error, "the store's disk is full: " + words);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(Errc::corrupt, "the store's file is damaged or no database: " + words);
    case SQLITE_CONSTRAINT:
      if (result == SQLITE_CONSTRAINT_FOREIGNKEY) return Error(Errc::not_found, "no such tenant");
      return Error(Errc::already_exists, words);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Error(Errc::io_error, "the store cannot be opened for writing: " + words);
    default:
      return Error(Errc::io_error, "the store failed: " + words);
  }
}

// Of two processes that switch a new file to WAL at once SQLite sends one away without waiting, for each holds what the
// other wants. There is nothing to lose by letting go and coming back; a file that is WAL already is not switched.
Result<void> switch_to_wal(Database& database, std::chrono::milliseconds busy) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  const auto deadline = std::chrono::steady_clock::now() + busy;
  for (;;) {
    auto switched = database.execute("PRAGMA journal_mode=WAL");
    if (switched || switched.error() != Errc::unavailable || std::chrono::steady_clock::now() >= deadline)
      return switched;
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::reset() {
  sqlite3_reset(statement_);  // repeats the error of the last step, which was reported then
  sqlite3_clear_bindings(statement_);
}

// Binding fails only for a parameter that the SQL does not have, or without memory: step() then says so.
Statement& Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL, and an empty text is not that.
  sqlite3_bind_text64(statement_, parameter, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind(int parameter, std::span<const std::uint8_t> blob) {
  sqlite3_bind_blob64(statement_, parameter, blob.data(), blob.size(), SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_, parameter, number);
  return *this;
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    sqlite3_reset(statement_);  // a statement left open would hold its lock
    return false;
  }
  sqlite3* handle = sqlite3_db_handle(statement_);
  Error error = failed(handle, sqlite3_extended_errcode(handle));
  sqlite3_reset(statement_);
  return error;
}

Result<void> Statement::run() {
  for (;;) {
    RMS_TRY(const bool row, step());
    if (!row) return {};
  }
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}
std::vector<std::uint8_t> Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return data ? std::vector<std::uint8_t>(data, data + sqlite3_column_bytes(statement_, column))
              : std::vector<std::uint8_t>();
}
std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}
Database::Database(sqlite3* handle) : patience_(std::make_unique<Patience>()), handle_(handle) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&& other) noexcept {
  // Member by member the old patience would go before the old handle, which holds its address until it is closed.
  std::swap(patience_, other.patience_);
  std::swap(handle_, other.handle_);
  std::swap(statements_, other.statements_);
  return *this;
}
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& path, std::chrono::milliseconds busy) {
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.string().c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (opened != SQLITE_OK) return failed(handle, opened);
  sqlite3_extended_result_codes(handle, 1);
  database.patience_->busy = busy;
  sqlite3_busy_handler(handle, &Database::wait_a_little, database.patience_.get());
  // synchronous=NORMAL with WAL: what is committed survives the process, however it ends; a power failure may take the
  // last moments with it but never the database.
  RMS_CHECK(switch_to_wal(database, busy));
  RMS_CHECK(database.execute("PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"));
  return database;
}

// SQLite's own handler soon sleeps a tenth of a second at a time, in which the others of a busy store come and go and
// come again. A transaction takes a millisecond: so look again after about that, and give up at the end of the time.
int Database::wait_a_little(void* patience, int waits) {
  using Clock = std::chrono::steady_clock;
  auto& self = *static_cast<Patience*>(patience);
  const auto now = Clock::now();
  if (waits == 0) self.until = self.deadline.value_or(now + self.busy);
  if (now >= self.until) return 0;
  const auto pause = std::min(std::chrono::microseconds(250) * (1 + waits), std::chrono::microseconds(5'000));
  std::this_thread::sleep_for(std::min<Clock::duration>(pause, self.until - now));
  return 1;
}

Result<void> Database::check_in_place() {
  int moved = 0;
  const int result = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (result != SQLITE_OK) return failed(handle_.get(), result);
  if (moved != 0) return Error(Errc::io_error, "the store's file is gone, or another one is in its place");
  return {};
}

Result<void> Database::execute(const char* sql) {
  const int result = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failed(handle_.get(), sqlite3_extended_errcode(handle_.get()));
  return {};
}

Result<Statement*> Database::prepared(const char* sql) {
  auto& kept = statements_[sql];
  if (!kept) {
    sqlite3_stmt* statement = nullptr;
    const int result = sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) {
      statements_.erase(sql);
      return failed(handle_.get(), sqlite3_extended_errcode(handle_.get()));
    }
    kept = std::make_unique<Statement>(statement);
  }
  kept->reset();
  return kept.get();
}

Result<std::int64_t> Database::number(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK)
    return failed(handle_.get(), sqlite3_extended_errcode(handle_.get()));
  Statement statement(raw);
  RMS_TRY(const bool row, statement.step());
  return row ? statement.number(0) : 0;
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_.get());
}
std::int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(handle_.get());
}

Result<Snapshot> Snapshot::begin(Database& database) {
  RMS_CHECK(database.execute("BEGIN"));
  return Snapshot(&database);
}

Snapshot::~Snapshot() {
  if (database_) static_cast<void>(database_->execute("COMMIT"));  // nothing was written
}

Result<Transaction> Transaction::begin(Database& database) {
  // IMMEDIATE: to wait for the write lock here, where nothing has been read yet, is what busy_timeout can do.
  RMS_CHECK(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::~Transaction() {
  if (database_) static_cast<void>(database_->execute("ROLLBACK"));  // a failed COMMIT may have done it already
}

Result<void> Transaction::commit() {
  RMS_CHECK(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace rms::cloud

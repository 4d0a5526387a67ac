// SPDX-License-Identifier: Apache-2.0
//
// The little of SQLite's C interface that the store needs, with our errors and without leaks.
// Not thread-safe: the store holds one mutex around each use. sqlite3.h stays in sqlite_database.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rms::cloud {

// A statement ready to bind and step. Columns and parameters count from 0 and 1 as in SQLite.
// Texts and blobs that are bound must live until step() or run() returns.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Forgets bindings and position: a statement may be used again and again.
  void reset();
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const std::uint8_t> blob);
  Statement& bind(int parameter, std::int64_t number);

  Result<bool> step();  // true: a row is there to be read
  Result<void> run();   // to the end, for statements without rows

  std::string text(int column) const;
  std::vector<std::uint8_t> blob(int column) const;
  std::int64_t number(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class Database {
 public:
  // Opens `path`, which must exist; an empty file is an empty database. WAL, foreign keys on, durable to a crash of
  // the process at each commit. Waits `busy` for other processes' locks, each time.
  static Result<Database> open(const std::filesystem::path& path, std::chrono::milliseconds busy);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Several statements without parameters.
  Result<void> execute(const char* sql);
  // A statement that is prepared once and kept. `sql` must be a literal: its address is the key. It comes back reset.
  Result<Statement*> prepared(const char* sql);
  // One number: "PRAGMA user_version".
  Result<std::int64_t> number(const char* sql);
  // Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  // The INTEGER PRIMARY KEY that the last INSERT gave.
  std::int64_t last_id() const;

  // From now on waits for others until `deadline`, and not `busy` anew each time.
  void wait_until(std::chrono::steady_clock::time_point deadline) { patience_->deadline = deadline; }
  // Errc::io_error if the file is not where it was opened: what would be written to it nobody would find again, and
  // what is read from it may long be otherwise.
  Result<void> check_in_place();

 private:
  explicit Database(sqlite3* handle);
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  // How long to wait for others; SQLite holds its address.
  struct Patience {
    std::chrono::milliseconds busy{};
    std::optional<std::chrono::steady_clock::time_point> deadline{};
    std::chrono::steady_clock::time_point until{};  // of the wait that is under way
  };
  static int wait_a_little(void* patience, int waits);

  std::unique_ptr<Patience> patience_;  // outlives handle_
  std::unique_ptr<sqlite3, Close> handle_;
  std::unordered_map<const void*, std::unique_ptr<Statement>> statements_;  // dies before handle_
};

// While it lives, all that is read is of one moment, whatever others write meanwhile.
class Snapshot {
 public:
  static Result<Snapshot> begin(Database& database);
  Snapshot(Snapshot&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot();

 private:
  explicit Snapshot(Database* database) : database_(database) {}
  Database* database_;
};

// BEGIN IMMEDIATE ... COMMIT; rolled back unless commit() succeeded.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>

#include "cloud/store/sqlite_database.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// The embedded store: one file, readable by its owner only, shared by rms-cloudd and rms-cloudctl at the same time.
// Two connections, each behind its own mutex: who writes may wait as long as busy_timeout for another process's write
// lock, and with WAL nobody who reads has to. What was written is read from then on. Reading takes microseconds, and
// SQLite has one writer anyhow. A third one is for probe(). Several processes may share the file
// (docs/high-availability.md); busy_timeout counts from the call, the wait for the mutex included.
class SqliteStore final : public Store {
 public:
  struct Options {
    std::filesystem::path file;
    std::chrono::milliseconds busy_timeout{5'000};
    HeadLimits heads{};
    AnswerLimits answers{};
  };
  // Makes the file (mode 0600) if there is none, and brings its schema up to date.
  // Errc::unsupported: written by a newer program. Others: store.h; each names the file.
  static Result<std::unique_ptr<SqliteStore>> open(const Options& options);

  Result<void> add_tenant(const TenantRecord& tenant) override;
  Result<TenantRecord> find_tenant(std::string_view guid_or_name) override;
  Result<std::vector<TenantRecord>> tenants() override;

  Result<void> add_connector(const ConnectorRecord& connector) override;
  Result<ConnectorRecord> find_connector(std::string_view fingerprint) override;
  Result<std::vector<ConnectorRecord>> connectors() override;
  Result<void> remove_connector(std::string_view tenant_guid, std::string_view name) override;
  Result<bool> consent_to_open_any(std::string_view tenant_guid, std::string_view name, bool consent,
                                   const UsageRow& trace) override;

  Result<std::optional<AnswerRecord>> book(std::string_view tenant_guid, const Booking& booking) override;
  Result<std::optional<AnswerRecord>> find_answer(std::string_view tenant_guid,
                                                  const QuestionRecord& question) override;
  Result<AttributionRecord> find_attribution(std::string_view id) override;
  Result<std::vector<UsageRow>> last_usage(std::optional<std::string_view> tenant_guid, std::size_t most) override;

  Result<void> replace_directory(std::string_view tenant_guid, std::span<const UserRecord> users,
                                 std::span<const GroupRecord> groups) override;
  Result<std::optional<UserRecord>> find_user(std::string_view tenant_guid, std::string_view name) override;
  Result<std::optional<GroupRecord>> find_group(std::string_view tenant_guid, std::string_view name) override;
  Result<std::vector<GroupName>> groups_of(std::string_view tenant_guid,
                                           std::span<const std::string> addresses) override;
  Result<std::vector<UserRecord>> users(std::string_view tenant_guid, std::string_view after,
                                        std::size_t most) override;
  Result<std::vector<GroupRecord>> groups(std::string_view tenant_guid, std::string_view after,
                                          std::size_t most) override;

  Result<std::optional<std::vector<std::uint8_t>>> find_account_key(std::string_view tenant_guid,
                                                                    std::string_view account) override;
  Result<std::vector<std::uint8_t>> add_account_key(std::string_view tenant_guid, std::string_view account,
                                                    std::span<const std::uint8_t> wrapped) override;

  Result<void> add_licensor(std::string_view tenant_guid, const LicensorRecord& record) override;
  Result<std::optional<LicensorRecord>> find_licensor(std::string_view tenant_guid, std::string_view key) override;

  Result<void> add_templates(std::string_view tenant_guid, std::span<const TemplateRecord> records) override;
  Result<TemplateRecord> find_template(std::string_view tenant_guid, std::string_view guid) override;
  Result<std::vector<TemplateRecord>> templates(std::string_view tenant_guid) override;

  Result<KeptHead> keep_head(std::string_view tenant_guid, const HeadRecord& head) override;
  Result<std::vector<HeadRecord>> last_heads(std::string_view tenant_guid, std::optional<std::string_view> connector,
                                             std::size_t most) override;
  Result<std::size_t> forget_journal(std::string_view tenant_guid, std::string_view connector, std::string_view journal,
                                     const UsageRow& trace) override;

  Result<void> probe(Probe how) override;

  // Keeps the file from growing past `pages`: the next write that needs more finds the "disk" full.
  Result<void> limit_pages_for_test(int pages);

 private:
  struct Connection {
    explicit Connection(Database opened) : database(std::move(opened)) {}
    std::mutex mutex;  // guards database
    Database database;
  };
  SqliteStore(Database writer, Database reader, Database prober, const Options& options);

  // Calls `call` with the database of `connection` under its mutex; what goes wrong names the file.
  template <class Call>
  auto locked(Connection& connection, Call call) -> decltype(call(connection.database));
  template <class Call>
  auto locked_for(std::chrono::milliseconds busy, Connection& connection, Call call)
      -> decltype(call(connection.database));

  const std::string file_;
  const std::chrono::milliseconds busy_timeout_;
  const HeadLimits head_limits_;
  const AnswerLimits answer_limits_;
  Connection writer_, reader_, prober_;
};

}  // namespace rms::cloud

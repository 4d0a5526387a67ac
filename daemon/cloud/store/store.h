// SPDX-License-Identifier: Apache-2.0
//
// What the service remembers, as three small interfaces: SQLite keeps them today, PostgreSQL can tomorrow.
// SQL lives in this room only.
//
// Any thread. Calls may block for the store's busy time. Failures common to all: Errc::unavailable (locked by another
// for too long), Errc::io_error (disk full, unreadable; the context says which), Errc::corrupt (no sound database).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/store/records.h"
#include "cloud/usage_log/row.h"

namespace rms::cloud {

class TenantStore {
 public:
  virtual ~TenantStore() = default;
  // Errc::already_exists if its GUID or its name is taken.
  virtual Result<void> add_tenant(const TenantRecord& tenant) = 0;
  // By GUID (braces allowed) or name. Errc::not_found.
  virtual Result<TenantRecord> find_tenant(std::string_view guid_or_name) = 0;
  // In the order of their names.
  virtual Result<std::vector<TenantRecord>> tenants() = 0;
};

class ConnectorStore {
 public:
  virtual ~ConnectorStore() = default;
  // Errc::already_exists if the name or the certificate is taken; Errc::not_found if there is no such tenant.
  virtual Result<void> add_connector(const ConnectorRecord& connector) = 0;
  // By certificate, disabled ones too. Errc::not_found.
  virtual Result<ConnectorRecord> find_connector(std::string_view fingerprint) = 0;
  virtual Result<std::vector<ConnectorRecord>> connectors() = 0;
  // Errc::not_found.
  virtual Result<void> remove_connector(std::string_view tenant_guid, std::string_view name) = 0;
};

class UsageStore {
 public:
  virtual ~UsageStore() = default;
  // All rows or none; they have been written when this returns.
  virtual Result<void> append_usage(std::string_view tenant_guid, std::span<const UsageRow> rows) = 0;
  // The newest `most` rows, oldest first; of one tenant or of all.
  virtual Result<std::vector<UsageRow>> last_usage(std::optional<std::string_view> tenant_guid, std::size_t most) = 0;
};

class Store : public TenantStore, public ConnectorStore, public UsageStore {};

}  // namespace rms::cloud

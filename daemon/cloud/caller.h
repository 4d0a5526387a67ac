// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/store/records.h"
#include "cloud/usage_log/row.h"
#include "grants/scope.h"

namespace rms::cloud {

// On whose behalf a connector asks, in its own words, which it signed.
struct Caller {
  std::string entry;  // which entry of the connector's list matched
  std::string role;   // "exchange", "sharepoint", "file-classification"
  std::string mail;
  std::string sid;            // or empty
  std::string principal;      // "dns:exchange.contoso.test"
  std::string mechanism;      // "tls-client-certificate"
  Scope scope{};              // how far the entry's grants reach
  bool own_identity = false;  // mail was made of the server's name, which others gave it
};

// What is to be written about a question before its answer is given.
struct Unbooked {
  std::vector<UsageRow> rows;
  std::vector<LicensorRecord> licensors;
};

// One question, apart from its documents.
struct Asked {
  ConnectorRecord connector;  // who carried it, as registered: decides the tenant
  Caller caller;
  std::string correlation_id;
  std::string user_agent;
  std::string client_address;
  std::optional<AttributionRecord> attribution{};  // the connector's words about the caller, as it signed them
  // Where to leave what is to be written; who set it writes it before it gives the answer out. Null: it is written
  // before the operation returns.
  Unbooked* leave_to = nullptr;
};

}  // namespace rms::cloud

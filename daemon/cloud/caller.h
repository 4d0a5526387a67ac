// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cloud/store/records.h"

namespace rms::cloud {

// On whose behalf a connector asks, in its own words: its client certificate vouches for all of it.
struct Caller {
  std::string entry;  // which entry of the connector's list matched
  std::string role;   // "exchange", "sharepoint", "file-classification"
  std::string mail;
  std::string sid;        // or empty
  std::string principal;  // "dns:exchange.contoso.test"
  std::string mechanism;  // "tls-client-certificate"
};

// One question, apart from its documents.
struct Asked {
  ConnectorRecord connector;  // who carried it, as registered: decides the tenant
  Caller caller;
  std::string correlation_id;
  std::string user_agent;
  std::string client_address;
};

}  // namespace rms::cloud

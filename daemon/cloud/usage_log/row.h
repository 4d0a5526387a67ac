// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace rms::cloud {

// Nothing that a caller says of itself takes more room in the log than this.
inline constexpr std::size_t kMaxUsageFieldBytes = 512;

// What one request, or one item of a batch, left behind: the 17 fields of Azure RMS's usage log, and eight of ours.
// Strings may be hostile (a User-Agent, names inside a licence): they are made harmless when they are written out.
// An empty string means that there is nothing to say.
struct UsageRow {
  WallTime time;
  std::string row_id;        // GUID, no braces
  std::string request_type;  // "AcquireLicense", "ServerCertify"
  std::string user_id;       // the account's address, not one anonymous principal for every connector
  std::string result;        // "Success", the exception's last name, or "NotAnswered: " and why
  std::string correlation_id;
  std::string content_id;  // GUID, no braces here
  std::string owner_email;
  std::string issuer;       // who protected it
  std::string template_id;  // GUID, no braces here
  std::string file_name;
  std::string date_published;  // "2015-10-15T21:37:00"
  std::string c_info;          // User-Agent
  std::string c_ip;
  bool admin_action = false;  // opened by open_any, as a super user does
  std::string acting_as_user;

  // Ours: who vouched for the account, and how it was recognized.
  std::string connector;
  std::string entry;
  std::string role;
  std::string principal;
  std::string mechanism;
  std::string used_grant;     // "open_any: " and its reason: without it the answer would have been no
  std::string missing_grant;  // which grant of the server would have to reach further (grants/scope.h)
  std::string attribution;    // id of what the connector signed of who asked
};

// Rows that no server's request led to but an administrator's command. They are named so, and nobody signs them.
inline constexpr std::string_view kAdministratorsTool = "rms-cloudctl";  // their mechanism
inline bool is_administrators(const UsageRow& row) {
  return row.mechanism == kAdministratorsTool && row.entry.empty() && row.role.empty() && row.attribution.empty();
}

}  // namespace rms::cloud

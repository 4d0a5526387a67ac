// SPDX-License-Identifier: Apache-2.0
//
// A domain controller's directory over LDAP. With ldap_failure.cpp the only place that knows libldap.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ctl/lookup/directory.h"

namespace rms::ctl {

struct LdapSettings {
  std::string server;                // "ldap://dc1.contoso.test" or "ldaps://...", perhaps with a port
  std::filesystem::path ca;          // PEM, for ldaps: the only one believed
  std::chrono::seconds timeout{20};  // of each wait
};

// "ldap://NAME", "ldaps://NAME", each perhaps with :PORT. Errc::invalid_setting says what would be right.
Result<void> check_server(std::string_view server);

// Logs on with the Kerberos ticket of the default cache, over ldap: with a session that is encrypted by it; over ldaps:
// within TLS, whose certificate is verified, and nothing switches that off: neither the environment nor ldap.conf is
// heard. Follows no referral. One thread. Errc as connect_failure() and bind_failure(); Errc::io_error: the CA's file.
Result<std::unique_ptr<Directory>> connect_directory(const LdapSettings& settings);

// The controllers that DNS names for a domain (_ldap._tcp), the best first; at most four:
// "ldap://dc1.contoso.test:389". Errc::not_found. Takes as long as the system's resolver waits.
Result<std::vector<std::string>> find_controllers(const std::string& domain);

}  // namespace rms::ctl

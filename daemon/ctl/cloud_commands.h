// SPDX-License-Identifier: Apache-2.0
//
// What rms-cloudctl does, apart from its command line. Works beside a running rms-cloudd: both open the same store.
// Each command prints to `out` what an administrator wants to know next, and fails with a sentence that says what to
// do.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/settings/settings.h"
#include "cloud/store/store.h"
#include "cloud/usage_log/format.h"

namespace rms::ctl {

Result<void> create_key(const std::filesystem::path& file, std::ostream& out);

// A directory in files: users and groups as CSV, or both as LDIF.
struct DirectoryFiles {
  std::filesystem::path users, groups;
  std::filesystem::path ldif;  // empty: the other two
};

// What to do if there is no store yet. Only a command that puts the first thing into it makes one.
enum class WithoutStore { fail, make };

// The commands that need the settings file. Opens the store once.
class CloudCommands {
 public:
  // Errc::not_found: there is no store, and none is to be made.
  static Result<CloudCommands> open(const std::filesystem::path& config, WithoutStore without, const Clock& clock,
                                    std::ostream& out);

  Result<void> create_tenant(const cloud::NewTenant& wanted);
  Result<void> list_tenants();
  // The licensor chain of a tenant, as one text: to standard output, or to a file that must not exist yet.
  Result<void> export_root(const std::string& tenant, const std::optional<std::filesystem::path>& file);

  Result<void> add_connector(const std::string& name, const std::string& tenant,
                             const std::filesystem::path& certificate);
  Result<void> list_connectors();
  Result<void> remove_connector(const std::string& name, const std::string& tenant);
  // Consents to open_any of the connector's settings, or takes the consent back; both count from the next request on.
  // Who did it and when is a row of the usage log.
  Result<void> consent_to_open_any(const std::string& name, const std::string& tenant, bool consent);

  // As ctl/directory/commands.h says. Long files are told of on standard error while they are read.
  Result<void> import_directory(const std::string& tenant, const DirectoryFiles& files, bool dry_run);
  Result<void> show_directory_entry(const std::string& tenant, const std::string& name);
  Result<void> list_directory(const std::string& tenant);

  Result<void> usage_log(const std::optional<std::string>& tenant, std::size_t last, cloud::UsageFormat format);
  // Holds each of those rows against what its connector signed of who asked, and says which is not so. Whether all are.
  Result<bool> verify_usage_log(const std::optional<std::string>& tenant, std::size_t last);

  // The newest `last` heads that are kept of a tenant's audit journals, oldest first; of one connector or of all.
  // Errc::not_found: there is no such connector, and never was one that had heads kept.
  Result<void> audit_heads(const std::string& tenant, const std::optional<std::string>& connector, std::size_t last,
                           bool as_json);
  // Lets the heads of one old journal go, so that there is room for others; a row of the usage log says so.
  Result<void> forget_journal(const std::string& tenant, const std::string& connector, const std::string& journal);

 private:
  CloudCommands(cloud::Settings settings, std::unique_ptr<cloud::Store> store, const Clock& clock, std::ostream& out)
      : settings_(std::move(settings)), store_(std::move(store)), clock_(clock), out_(out) {}

  // What an administrator does to `connector`, as the usage log will say it.
  cloud::UsageRow trace(std::string_view request_type, const std::string& connector) const;
  Result<std::vector<cloud::UsageRow>> usage_rows(const std::optional<std::string>& tenant, std::size_t last);

  cloud::Settings settings_;
  std::unique_ptr<cloud::Store> store_;
  const Clock& clock_;
  std::ostream& out_;
};

}  // namespace rms::ctl

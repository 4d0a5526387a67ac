// SPDX-License-Identifier: Apache-2.0
#include "ctl/cloud_commands.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/guid.h"
#include "base/process.h"
#include "base/text.h"
#include "cloud/attribution/attribution.h"
#include "cloud/keys/key_file.h"
#include "cloud/store/sqlite_store.h"
#include "cloud/templates/templates.h"
#include "ctl/audit/printable.h"
#include "ctl/directory/commands.h"
#include "ctl/directory/sources.h"
#include "ctl/heads.h"
#include "net/tls.h"

namespace rms::ctl {
namespace {

constexpr std::size_t kMaxCertificateBytes = 64 * 1024;
constexpr std::size_t kMaxNameBytes = 256;

std::string text_of(WallTime t) {
  return fmt::format("{:%Y-%m-%d %H:%M}", std::chrono::floor<std::chrono::seconds>(t));
}

Result<std::string> read_text(const std::filesystem::path& file, std::size_t limit_bytes) {
  std::ifstream in(file, std::ios::binary);
  std::string text(limit_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() || text.empty() || text.size() > limit_bytes)
    return Error(Errc::io_error, file.string() + ": cannot be read, is empty or is too large");
  return text;
}

}  // namespace

Result<void> create_key(const std::filesystem::path& file, std::ostream& out) {
  RMS_CHECK(cloud::create_key_file(file));
  out << "Wrote a new key to " << file.string() << ".\n"
      << "Keep a copy in a safe place: without it, nothing that the tenants protected can be opened again.\n";
  return {};
}

Result<CloudCommands> CloudCommands::open(const std::filesystem::path& config, WithoutStore without, const Clock& clock,
                                          std::ostream& out) {
  RMS_TRY(auto settings, cloud::load_settings(config));
  // An empty store in a mistyped place would answer that there are no tenants.
  std::error_code error;
  const auto& file = settings.store.sqlite;
  if (without == WithoutStore::fail && !std::filesystem::exists(file, error)) {
    if (error) return Error(Errc::io_error, file.string() + ": cannot be examined: " + error.message());
    return Error(Errc::not_found, file.string() + ": there is no store; store.sqlite in " + config.string() +
                                      " names it, and the first rms-cloudctl tenant create makes it");
  }
  RMS_TRY(auto store, cloud::SqliteStore::open({settings.store.sqlite, settings.store.busy_timeout}));
  return CloudCommands(std::move(settings), std::move(store), clock, out);
}

Result<void> CloudCommands::create_tenant(const cloud::NewTenant& wanted) {
  RMS_TRY(const auto wrapping_key, cloud::read_key_file(settings_.keys.encryption_key));
  RMS_TRY(const auto others, store_->tenants());
  for (const auto& other : others) {
    if (auto opened = cloud::IssuingTenant::open(other, wrapping_key); !opened)
      return std::move(opened).error().in(settings_.keys.encryption_key.string() +
                                          ": not the key of this store; tenant " + other.name +
                                          " cannot be opened with it, and a service needs one key for all");
  }
  RMS_TRY(const auto record, cloud::make_tenant(wanted, wrapping_key, clock_.wall()));
  RMS_TRY(const auto tenant, cloud::IssuingTenant::open(record, wrapping_key));
  if (auto added = store_->add_tenant(record); !added) {
    if (added.error() == Errc::already_exists)
      return Error(Errc::already_exists, "there is a tenant of that name or GUID: rms-cloudctl tenant list");
    return added;
  }
  RMS_CHECK(cloud::add_default_templates(tenant, *store_, clock_.wall()));
  out_ << "Created tenant " << record.name << "\n"
       << "  guid         " << record.guid << "\n"
       << "  url          " << record.url << "\n"
       << "  licensor key " << tenant.licensor_key().public_key().fingerprint() << " (SHA-256 of the modulus)\n"
       << "Export its certificates: rms-cloudctl --config " << settings_.file.string() << " tenant export-root "
       << record.name << "\n";
  return {};
}

Result<void> CloudCommands::list_tenants() {
  RMS_TRY(const auto tenants, store_->tenants());
  out_ << fmt::format("{:<36}  {:<16}  {:<24}  {}\n", "GUID", "CREATED (UTC)", "NAME", "URL");
  for (const auto& tenant : tenants)
    out_ << fmt::format("{:<36}  {:<16}  {:<24}  {}\n", tenant.guid, text_of(tenant.created), tenant.name, tenant.url);
  return {};
}

Result<void> CloudCommands::export_root(const std::string& tenant, const std::optional<std::filesystem::path>& file) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  if (!file) {
    out_ << record.chain << "\n";
    return {};
  }
  if (std::filesystem::exists(*file)) return Error(Errc::already_exists, file->string() + ": exists already");
  std::ofstream written(*file, std::ios::binary);
  written << record.chain;
  written.close();
  if (!written) return Error(Errc::io_error, file->string() + ": cannot be written");
  out_ << "Wrote the licensor chain of " << record.name << " to " << file->string() << "\n";
  return {};
}

Result<void> CloudCommands::add_connector(const std::string& name, const std::string& tenant,
                                          const std::filesystem::path& certificate) {
  if (name.empty() || name.size() > kMaxNameBytes ||
      std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return Error(Errc::invalid_setting, "the connector's name must be 1 to 256 bytes without control characters");
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  RMS_TRY(const auto pem, read_text(certificate, kMaxCertificateBytes));
  auto read = net::read_certificate_pem(pem);
  if (!read) return std::move(read).error().in(certificate.string());
  if (auto added = store_->add_connector({record.guid, name, read->fingerprint, clock_.wall(), false}); !added) {
    if (added.error() == Errc::already_exists)
      return Error(Errc::already_exists,
                   "there is a connector with that name or certificate: rms-cloudctl connector list");
    return added;
  }
  out_ << "Connector " << name << " of tenant " << record.name << " may ask from now on\n"
       << "  subject     " << read->subject << "\n"
       << "  fingerprint " << read->fingerprint << "\n"
       << "  expires     " << text_of(read->not_after) << " UTC\n";
  return {};
}

Result<void> CloudCommands::list_connectors() {
  RMS_TRY(const auto tenants, store_->tenants());
  RMS_TRY(const auto connectors, store_->connectors());
  out_ << fmt::format("{:<24}  {:<24}  {:<16}  {}\n", "TENANT", "NAME", "ADDED (UTC)", "CERTIFICATE (SHA-256)");
  for (const auto& connector : connectors) {
    const auto tenant = std::ranges::find(tenants, connector.tenant, &cloud::TenantRecord::guid);
    out_ << fmt::format(
        "{:<24}  {:<24}  {:<16}  {}{}\n", tenant == tenants.end() ? connector.tenant : tenant->name, connector.name,
        text_of(connector.created), connector.fingerprint,
        std::string(connector.disabled ? " (disabled)" : "") + (connector.open_any ? " (open-any)" : ""));
  }
  return {};
}

Result<void> CloudCommands::remove_connector(const std::string& name, const std::string& tenant) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  RMS_CHECK(store_->remove_connector(record.guid, name));
  out_ << "Connector " << name << " of tenant " << record.name << " is refused from now on\n";
  return {};
}

Result<void> CloudCommands::consent_to_open_any(const std::string& name, const std::string& tenant, bool consent) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  RMS_TRY(const bool changed, store_->consent_to_open_any(record.guid, name, consent,
                                                          trace(consent ? "AdminOpenAnyOn" : "AdminOpenAnyOff", name)));
  if (!changed)
    out_ << "open-any of connector " << name << " of tenant " << record.name << " is " << (consent ? "on" : "off")
         << " already: nothing has changed\n";
  else if (consent)
    out_ << "Servers of connector " << name << " may open everything of tenant " << record.name
         << " from now on, where its settings grant open_any with a reason and an end.\n"
            "Each use is in the usage log (used-grant), and so is this consent.\n";
  else
    out_ << "Servers of connector " << name << " open nothing of tenant " << record.name
         << " any more that they were not granted\n";
  return {};
}

Result<void> CloudCommands::import_directory(const std::string& tenant, const DirectoryFiles& files, bool dry_run) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  const Reading reading = [](std::size_t entries) { std::cerr << entries << " entries read ...\n"; };
  RMS_TRY(const auto contents,
          files.ldif.empty() ? read_csv(files.users, files.groups, reading) : read_ldif(files.ldif, reading));
  return ctl::import_directory(*store_, record, contents, dry_run, out_);
}

Result<void> CloudCommands::show_directory_entry(const std::string& tenant, const std::string& name) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  return show_entry(*store_, record, name, out_);
}

Result<void> CloudCommands::list_directory(const std::string& tenant) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  return list_entries(*store_, record, out_);
}

Result<std::vector<cloud::UsageRow>> CloudCommands::usage_rows(const std::optional<std::string>& tenant,
                                                               std::size_t last) {
  std::optional<std::string> guid;
  if (tenant) {
    RMS_TRY(auto record, store_->find_tenant(*tenant));
    guid = std::move(record.guid);
  }
  return store_->last_usage(guid, last);
}

Result<void> CloudCommands::usage_log(const std::optional<std::string>& tenant, std::size_t last,
                                      cloud::UsageFormat format) {
  RMS_TRY(const auto rows, usage_rows(tenant, last));
  out_ << cloud::format_usage(format, rows);
  return {};
}

Result<bool> CloudCommands::verify_usage_log(const std::optional<std::string>& tenant, std::size_t last) {
  RMS_TRY(auto rows, usage_rows(tenant, last));
  RMS_TRY(const auto connectors, store_->connectors());
  const std::size_t administrators = std::erase_if(rows, cloud::is_administrators);
  std::size_t good = 0, bad = 0, before = 0;
  std::map<std::string, std::set<std::string>> signers;  // connector -> its certificates
  const auto problem = [&](const cloud::UsageRow& row, std::string_view what) {
    ++bad;
    out_ << fmt::format("row {} ({} UTC, {}): {}\n", printable(row.row_id), text_of(row.time),
                        printable(row.request_type), what);
  };
  // Whose certificate it is today; a certificate that was renewed since is nobody's.
  const auto is_another_ones = [&](const cloud::UsageRow& row, const std::string& fingerprint) {
    const auto owner = std::ranges::find(connectors, fingerprint, &cloud::ConnectorRecord::fingerprint);
    return owner != connectors.end() && owner->name != row.connector;
  };
  for (const auto& row : rows) {
    if (row.attribution.empty()) {
      // Connectors sign from some day on, and never stop.
      if (good + bad == 0)
        ++before;
      else
        problem(row, "has no signature, and rows before it have");
      continue;
    }
    const auto record = store_->find_attribution(row.attribution);
    if (!record && record.error() != Errc::not_found) return record.error();
    if (!record) {
      problem(row, "what the connector signed is not there any more");
    } else if (const auto checked = cloud::check_row(row, *record); !checked) {
      problem(row, printable(checked.error().context));
    } else if (is_another_ones(row, record->fingerprint)) {
      problem(row, "the connector is not the one that signed");
    } else {
      ++good;
      signers[row.connector].insert(record->fingerprint);
    }
  }
  out_ << fmt::format("{}: {} of {} rows are as their connector signed them: who asked, by which entry, for what\n",
                      bad == 0 ? "good" : "NOT good", good, rows.size());
  if (administrators > 0)
    out_ << fmt::format("{} rows are of administrators, which nobody signs: they are not among these\n",
                        administrators);
  if (before > 0) out_ << fmt::format("{} rows are from before connectors signed\n", before);
  for (const auto& [connector, certificates] : signers)
    for (const auto& fingerprint : certificates)
      out_ << fmt::format("signed by {} with the certificate {}\n", printable(connector), fingerprint);
  return bad == 0;
}

Result<void> CloudCommands::audit_heads(const std::string& tenant, const std::optional<std::string>& connector,
                                        std::size_t last, bool as_json) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  const WallTime taken = clock_.wall();  // before it is read: all that was kept until then is in it
  RMS_TRY(auto heads, store_->last_heads(record.guid, connector, last + 1));
  bool complete = heads.size() <= last;
  if (!complete) heads.erase(heads.begin());
  if (connector && heads.empty()) {
    RMS_TRY(const auto connectors, store_->connectors());
    const auto is_it = [&](const cloud::ConnectorRecord& each) {
      return each.tenant == record.guid && equal_without_case(each.name, *connector);
    };
    if (std::ranges::none_of(connectors, is_it))
      return Error(Errc::not_found, "there is no connector " + printable(*connector) + " of tenant " + record.name +
                                        ", and no head of one: rms-cloudctl connector list");
  }
  if (!as_json) {
    out_ << heads_table(heads);
    return {};
  }
  // A connector that has as many as there may be may have had more.
  std::map<std::string_view, std::size_t> not_pinned;
  for (const auto& head : heads)
    if (!head.pinned && ++not_pinned[head.connector] >= cloud::HeadLimits().newest) complete = false;
  out_ << heads_json(record.name, taken, complete, heads);
  return {};
}

Result<void> CloudCommands::forget_journal(const std::string& tenant, const std::string& connector,
                                           const std::string& journal) {
  RMS_TRY(const auto record, store_->find_tenant(tenant));
  auto row = trace("AdminForgetJournal", connector);
  row.content_id = to_lower(journal);
  RMS_TRY(const auto heads, store_->forget_journal(record.guid, connector, to_lower(journal), row));
  out_ << heads << " heads of journal " << to_lower(journal) << " of connector " << connector << " of tenant "
       << record.name << " are kept no more: it cannot be held against them any more\n";
  return {};
}

cloud::UsageRow CloudCommands::trace(std::string_view request_type, const std::string& connector) const {
  const LocalAccount who = local_account();
  cloud::UsageRow row;
  row.time = clock_.wall();
  row.row_id = new_guid();
  row.request_type = request_type;
  row.user_id = who.name;
  row.result = "Success";
  row.c_info = std::string(cloud::kAdministratorsTool) + ";host=" + host_name();
  row.admin_action = true;
  row.connector = connector;
  row.principal = who.exact;
  row.mechanism = cloud::kAdministratorsTool;
  return row;
}

}  // namespace rms::ctl

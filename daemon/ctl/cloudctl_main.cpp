// SPDX-License-Identifier: Apache-2.0
//
// rms-cloudctl: tenants, connectors, directories, the usage log and the heads of audit journals of a rights service.
#include <exception>
#include <functional>
#include <iostream>
#include <variant>

#include <CLI/CLI.hpp>

#include "base/guid.h"
#include "base/process.h"
#include "cli/usage.h"
#include "ctl/cloud_commands.h"

namespace {

using rms::Result;
using rms::ctl::CloudCommands;
using rms::ctl::WithoutStore;

constexpr int kDone = 0, kFailed = 1, kUsage = 2;

// What the command line said; only what belongs to the chosen command is set.
struct Arguments {
  std::string config;
  std::filesystem::path file;
  rms::cloud::NewTenant tenant;
  std::string name, of_tenant, format = "table";
  std::string connector, journal;
  std::size_t last = 100, last_heads = 1'000'000;
  rms::ctl::DirectoryFiles directory;
  bool dry_run = false, verify = false;
  std::string consent;
};

// The chosen command.
using Action = std::function<Result<int>()>;

class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.failure_message(&rms::cli::usage_error);
    app_.set_version_flag("--version", "rms-cloudctl " RMS_VERSION);
    app_.add_option("--config", arguments_.config, "Settings of rms-cloudd")->type_name("FILE");
    app_.footer(
        "Set up a service, in this order:\n"
        "  rms-cloudctl key create /etc/rms-connector/tenant-keys.kek\n"
        "  rms-cloudctl --config rms-cloud.yaml tenant create contoso.test --url https://rms.contoso.test\n"
        "  rms-cloudctl --config rms-cloud.yaml connector add connector-1 --tenant contoso.test --certificate "
        "c1.pem\n\n"
        "All commands work while rms-cloudd runs.\n"
        "Exit status: 0 done, 1 failed, 2 usage.");
    add_key_commands();
    add_tenant_commands();
    add_connector_commands();
    add_directory_commands();
    add_usage_log_command();
    add_audit_heads_command();
    add_journal_commands();
  }

  // What to do, or the exit status of a command line that says nothing to do.
  std::variant<Action, int> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      if (needs_config_ && arguments_.config.empty()) throw CLI::RequiredError("--config");
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : kUsage;
    }
    return action_;
  }

 private:
  // A command that works on the store.
  void on_store(CLI::App* command, std::function<Result<void>(CloudCommands&)> run,
                WithoutStore without = WithoutStore::fail) {
    with_status(
        command,
        [run = std::move(run)](CloudCommands& commands) -> Result<int> {
          RMS_CHECK(run(commands));
          return kDone;
        },
        without);
  }
  // The same for one that says how it went by its exit status.
  void with_status(CLI::App* command, std::function<Result<int>(CloudCommands&)> run,
                   WithoutStore without = WithoutStore::fail) {
    command->callback([this, without, run = std::move(run)] {
      needs_config_ = true;
      action_ = [this, without, run]() -> Result<int> {
        RMS_TRY(auto commands, CloudCommands::open(arguments_.config, without, clock_, std::cout));
        return run(commands);
      };
    });
  }

  void add_key_commands() {
    auto* key = app_.add_subcommand("key", "The key that wraps the tenants' keys")->require_subcommand(1);
    auto* create = key->add_subcommand("create", "Make a new key file (mode 0600); never overwrites one");
    create->add_option("FILE", arguments_.file, "Where to write it")->required();
    create->callback([this] {
      action_ = [this]() -> Result<int> {
        RMS_CHECK(rms::ctl::create_key(arguments_.file, std::cout));
        return kDone;
      };
    });
  }

  void add_tenant_commands() {
    auto* tenant = app_.add_subcommand("tenant", "Organizations")->require_subcommand(1);
    auto* create = tenant->add_subcommand("create", "Make a tenant: its root, its licensor certificate, its keys");
    create->add_option("NAME", arguments_.tenant.name, "contoso.test")->required();
    create->add_option("--url", arguments_.tenant.url, "What its licences name as the service, https://...")
        ->required()
        ->check(
            [](const std::string& url) {
              // Nothing listens without TLS, and it stands in every licence for good.
              return std::string(url.starts_with("https://") ? "" : "must begin with https://: " + url);
            },
            "", "");
    create->add_option("--guid", arguments_.tenant.guid, "Its GUID, if it must be a certain one");
    create->footer(
        "Example:\n  rms-cloudctl --config rms-cloud.yaml tenant create contoso.test --url https://rms.contoso.test");
    on_store(
        create, [this](CloudCommands& commands) { return commands.create_tenant(arguments_.tenant); },
        WithoutStore::make);

    auto* list = tenant->add_subcommand("list", "Show all tenants");
    on_store(list, [](CloudCommands& commands) { return commands.list_tenants(); });

    auto* root =
        tenant->add_subcommand("export-root", "Print a tenant's certificates (XrML): licensor first, root last");
    root->add_option("NAME", arguments_.name, "Name or GUID")->required();
    auto* file =
        root->add_option("--output", arguments_.file, "Write a new file instead of printing")->type_name("FILE");
    on_store(root, [this, file](CloudCommands& commands) {
      return commands.export_root(arguments_.name, file->count() > 0 ? std::optional(arguments_.file) : std::nullopt);
    });
  }

  void add_connector_commands() {
    auto* connector = app_.add_subcommand("connector", "Who may ask")->require_subcommand(1);
    auto* add = connector->add_subcommand("add", "Let a connector ask, known by its client certificate");
    add->add_option("NAME", arguments_.name, "connector-1")->required();
    add->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
    add->add_option("--certificate", arguments_.file, "Its client certificate, PEM")->required()->type_name("FILE");
    add->footer(
        "Example:\n  rms-cloudctl --config rms-cloud.yaml connector add connector-1 --tenant contoso.test "
        "--certificate connector-1.pem");
    on_store(add, [this](CloudCommands& commands) {
      return commands.add_connector(arguments_.name, arguments_.of_tenant, arguments_.file);
    });

    auto* list = connector->add_subcommand("list", "Show all connectors");
    on_store(list, [](CloudCommands& commands) { return commands.list_connectors(); });

    auto* remove = connector->add_subcommand("remove", "Refuse a connector from now on");
    remove->add_option("NAME", arguments_.name, "connector-1")->required();
    remove->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
    on_store(remove, [this](CloudCommands& commands) {
      return commands.remove_connector(arguments_.name, arguments_.of_tenant);
    });

    auto* open_any = connector->add_subcommand(
        "open-any", "Whether a connector's servers may open what they were not granted, where its settings say so");
    open_any->add_option("NAME", arguments_.name, "connector-1")->required();
    open_any->add_option("CONSENT", arguments_.consent, "on or off; off for every new connector")
        ->required()
        ->check(CLI::IsMember({"on", "off"}));
    open_any->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
    open_any->footer(
        "Two must agree before a server opens as a super user does: the connector's settings (grants.open_any, with a\n"
        "reason and an end), and the service, by this command.\n"
        "Example:\n  rms-cloudctl --config rms-cloud.yaml connector open-any connector-1 on --tenant contoso.test");
    on_store(open_any, [this](CloudCommands& commands) {
      return commands.consent_to_open_any(arguments_.name, arguments_.of_tenant, arguments_.consent == "on");
    });
  }

  void add_directory_commands() {
    auto* directory =
        app_.add_subcommand("directory", "Who there is: users, aliases and groups")->require_subcommand(1);
    auto* import = directory->add_subcommand("import", "Put files in the place of a tenant's whole directory");
    import->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
    auto* users = import->add_option("--users", arguments_.directory.users, "CSV: mail,name,sid,aliases");
    auto* groups = import->add_option("--groups", arguments_.directory.groups, "CSV: mail,name,sid,aliases,members");
    auto* ldif = import->add_option("--ldif", arguments_.directory.ldif, "LDIF of ldapsearch or ldifde");
    for (auto* option : {users, groups, ldif}) option->type_name("FILE");
    users->needs(groups)->excludes(ldif);
    groups->needs(users);
    import->add_flag("--dry-run", arguments_.dry_run, "Only show what would change");
    import->footer(
        "Examples:\n"
        "  rms-cloudctl --config rms-cloud.yaml directory import --tenant contoso.test --ldif contoso.ldif --dry-run\n"
        "  rms-cloudctl --config rms-cloud.yaml directory import --tenant contoso.test --users users.csv --groups "
        "groups.csv\n"
        "All of it is imported or, if anything is wrong, nothing.");
    import->parse_complete_callback([ldif, users] {
      if (ldif->count() + users->count() == 0)
        throw CLI::ValidationError("directory import", "needs --users and --groups, or --ldif");
  });
  on_store(import, [this](CloudCommands& commands) {
    return commands.import_directory(arguments_.of_tenant, arguments_.directory, arguments_.dry_run);
  });

  auto* show = directory->add_subcommand("show", "Show one user or group and the groups it is in, nested ones too");
  show->add_option("NAME", arguments_.name, "Address, alias or SID")->required();
  show->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
  on_store(show, [this](CloudCommands& commands) {
    return commands.show_directory_entry(arguments_.of_tenant, arguments_.name);
  });

  auto* list = directory->add_subcommand("list", "Show all users and groups");
  list->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
  on_store(list, [this](CloudCommands& commands) { return commands.list_directory(arguments_.of_tenant); });
}

  void add_usage_log_command() {
  auto* usage = app_.add_subcommand("usage-log", "Who asked for what, and what they got");
  auto* tenant = usage->add_option("--tenant", arguments_.of_tenant, "Name or GUID; all tenants without it");
  usage->add_option("--last", arguments_.last, "How many of the newest rows")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  usage->add_option("--format", arguments_.format, "w3c is what Azure RMS's tools read")
      ->check(CLI::IsMember({"w3c", "json", "table"}))
      ->capture_default_str();
  usage->add_flag("--verify", arguments_.verify,
                  "Instead of showing rows, hold each against what its connector signed of who asked");
  usage->footer(
      "Examples:\n"
      "  rms-cloudctl --config rms-cloud.yaml usage-log --tenant contoso.test --last 20 --format json\n"
      "  rms-cloudctl --config rms-cloud.yaml usage-log --tenant contoso.test --last 100000 --verify\n"
      "Exit status with --verify: 0 all are as they were signed, 1 not.");
  with_status(usage, [this, tenant](CloudCommands& commands) -> Result<int> {
    const auto of = tenant->count() > 0 ? std::optional(arguments_.of_tenant) : std::nullopt;
    if (arguments_.verify) {
      RMS_TRY(const bool good, commands.verify_usage_log(of, arguments_.last));
      return good ? kDone : kFailed;
    }
    RMS_CHECK(commands.usage_log(of, arguments_.last, *rms::cloud::parse_usage_format(arguments_.format)));
    return kDone;
  });
}

void add_audit_heads_command() {
  auto* heads = app_.add_subcommand("audit-heads", "Where the connectors' audit journals stood, as they told us");
  heads->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
  auto* connector = heads->add_option("--connector", arguments_.connector, "Of one connector only")->type_name("NAME");
  heads->add_option("--last", arguments_.last_heads, "How many of the newest")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  heads->add_option("--format", arguments_.format, "json is what rms-connectorctl audit verify --heads reads")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  heads->footer(
      "Example:\n"
      "  rms-cloudctl --config rms-cloud.yaml audit-heads --tenant contoso.test --format json > heads.json\n"
      "  rms-connectorctl audit verify /var/lib/rms-connector/audit --heads heads.json");
  on_store(heads, [this, connector](CloudCommands& commands) {
    return commands.audit_heads(arguments_.of_tenant,
                                connector->count() > 0 ? std::optional(arguments_.connector) : std::nullopt,
                                arguments_.last_heads, arguments_.format == "json");
  });
}

void add_journal_commands() {
  auto* journal = app_.add_subcommand("journal", "Audit journals of connectors")->require_subcommand(1);
  auto* forget = journal->add_subcommand("forget", "Let all heads of one old journal of a connector go");
  forget->add_option("JOURNAL", arguments_.journal, "Its GUID, as audit-heads shows it")
      ->required()
      ->check(
          [](const std::string& text) {
            return std::string(text.size() == 36 && rms::is_guid(text) ? "" : "must be a GUID: " + text);
          },
          "", "");
  forget->add_option("--connector", arguments_.connector, "Whose journal it was")->required()->type_name("NAME");
  forget->add_option("--tenant", arguments_.of_tenant, "Name or GUID")->required();
  forget->footer(
      "Heads of at most 1,000 journals of one connector are kept. The newest stays. What was forgotten is no evidence "
      "any\n"
      "more: take the heads first (audit-heads --format json). The usage log says who did it.\n"
      "Example:\n"
      "  rms-cloudctl --config rms-cloud.yaml journal forget b5e0dffe-f417-494b-b804-8fbd2bb9240b --connector "
      "connector-1 --tenant contoso.test");
  on_store(forget, [this](CloudCommands& commands) {
    return commands.forget_journal(arguments_.of_tenant, arguments_.connector, arguments_.journal);
  });
}

CLI::App app_{"Administers a rights service: tenants, connectors, directories, the usage log.", "rms-cloudctl"};
rms::SystemClock clock_;
Arguments arguments_;
bool needs_config_ = false;
Action action_;
};  // namespace

}  // namespace

int main(int argc, char** argv) {
  try {
    if (auto forbidden = rms::forbid_core_dumps(); !forbidden) {
      std::cerr << "rms-cloudctl: " << forbidden.error().to_string() << "\n";
      return kFailed;
    }
    CommandLine command_line;
    auto parsed = command_line.parse(argc, argv);
    if (const auto* status = std::get_if<int>(&parsed)) return *status;
    auto done = std::get<Action>(parsed)();
    if (!done) {
      std::cerr << "rms-cloudctl: " << done.error().context << "\n";
      return kFailed;
    }
    std::cout.flush();
    if (!std::cout) {
      std::cerr << "rms-cloudctl: standard output cannot be written\n";
      return kFailed;
    }
    return *done;
  } catch (const std::exception& error) {
    std::cerr << "rms-cloudctl: " << error.what() << "\n";
    return kFailed;
  }
}

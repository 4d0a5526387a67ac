// SPDX-License-Identifier: Apache-2.0
//
// rms-connectorctl: a connector's settings, its audit journal, why it decided as it did, and whom its settings may
// name.
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <variant>

#include <CLI/CLI.hpp>

#include "base/address.h"
#include "base/guid.h"
#include "base/process.h"
#include "cli/usage.h"
#include "connector/command_line.h"
#include "connector/daemon.h"
#include "connector/settings/settings.h"
#include "ctl/audit/commands.h"
#include "ctl/audit/explain.h"
#include "ctl/lookup/command.h"
#include "ctl/reload/command.h"
#include "grants/scope.h"

namespace {

using rms::Errc;
using rms::Error;
using rms::Result;

constexpr int kDone = 0, kFailed = 1, kUsage = 2, kNotRunning = 3;

// What the command line said; only what belongs to the chosen command is set.
struct Arguments {
  std::vector<std::filesystem::path> journal;
  std::filesystem::path config, directory, heads;
  std::string head, as, operation, id, template_guid, issuer, sid, owner;
  std::vector<std::string> groups, recipients;
  std::optional<rms::ctl::Ahead> ahead;
  rms::ctl::ShowOptions show;
  rms::ctl::LookupOptions lookup;
  rms::ctl::ReloadOptions reload;
};

// The chosen command; gives the exit status.
using Action = std::function<Result<int>()>;

class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.failure_message(&rms::cli::usage_error);
    app_.set_version_flag("--version", "rms-connectorctl " RMS_VERSION);
    app_.footer(
        "Examples:\n"
        "  rms-connectorctl check /etc/rms-connector/rms-connector.yaml\n"
        "  rms-connectorctl audit verify /var/lib/rms-connector/audit\n"
        "  rms-connectorctl explain 0f45fd50-383b-43ee-90a4-ed013cd0cfe5 --config "
        "/etc/rms-connector/rms-connector.yaml\n"
        "  rms-connectorctl reload --dry-run --config /etc/rms-connector/rms-connector.yaml\n"
        "  rms-connectorctl lookup 'Exchange Servers'\n\n"
        "All commands but reload only read; all work while rms-connectord runs.\n"
        "Exit status: 0 done, 1 failed (or the journal is not good), 2 usage, 3 the connector does not run, 78 the\n"
        "configuration is wrong.");
    add_check_command();
    add_reload_command();
    add_audit_commands();
    add_explain_command();
    add_lookup_command();
  }

  // What to do, or the exit status of a command line that says nothing to do.
  std::variant<Action, int> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? kDone : kUsage;
    }
    return action_;
  }

 private:
  void add_check_command() {
    auto* check = app_.add_subcommand("check", "Check a configuration and the files it names, as a start would");
    check->add_option("FILE", arguments_.config, "Settings of rms-connectord")->required();
    check->footer("Every problem is printed as file:line:column: key: what is wrong. Exit status 78 if there is one.");
    check->callback([this] {
      action_ = [this]() -> Result<int> {
        return rms::connector::check_configuration(arguments_.config, std::cout, std::cerr);
      };
    });
  }

  void add_reload_command() {
    auto& options = arguments_.reload;
    auto* reload = app_.add_subcommand("reload", "Have a running connector read its configuration again, as a whole");
    reload->add_flag("--dry-run", options.dry_run, "Only say what would change: who gains what, who loses what");
    reload->add_flag("--force", options.force,
                     "Take settings that went by themselves before, and keep these whatever they do");
    reload->add_flag("--json", options.json, "For other programs");
    auto* config =
        reload->add_option("--config", options.config, "The connector's settings; their admin.socket is asked")
            ->type_name("FILE");
    auto* socket = reload->add_option("--socket", options.socket, "Its Unix socket")->type_name("PATH");
    reload
        ->add_option_function<unsigned>(
            "--timeout", [&options](unsigned value) { options.patience = std::chrono::seconds(value); },
            "How long to wait for the answer, in seconds [60]")
        ->check(CLI::Range(1, 3600));
    config->excludes(socket);
    reload->parse_complete_callback([this, config, socket] {
      if (config->count() + socket->count() == 0)
        throw CLI::ValidationError("reload", "needs --config FILE, or --socket PATH");
      action_ = [this]() -> Result<int> {
        switch (rms::ctl::run_reload(arguments_.reload, std::cout, std::cerr)) {
          case rms::ctl::ReloadEnd::done:
            return kDone;
          case rms::ctl::ReloadEnd::refused:
            return kFailed;
          case rms::ctl::ReloadEnd::not_running:
            return kNotRunning;
        }
        return kFailed;
      };
    });
    reload->footer(
        "The connector reads the file with which it was started, and the files that it names. All of it comes into "
        "force\n"
        "at once, without a lost request, or nothing does, and the reasons are printed. If requests are refused or "
        "fail\n"
        "afterwards beyond what reload: in the settings allows, the settings before return by themselves.\n"
        "Examples:\n"
        "  rms-connectorctl reload --dry-run --config /etc/rms-connector/rms-connector.yaml\n"
        "  rms-connectorctl reload --socket /run/rms-connector/admin.sock\n"
        "Exit status: 0 reloaded (or it would be), 1 refused, 2 usage, 3 the connector does not run there.");
  }

  void add_audit_commands() {
    auto* audit = app_.add_subcommand("audit", "The journal of decisions")->require_subcommand(1);

    auto* verify = audit->add_subcommand("verify", "Hold a journal against its chain; name what was done to it");
    verify->add_option("JOURNAL", arguments_.journal, "Its directory, or files of it in their order")->required();
    auto* head = verify->add_option("--head", arguments_.head, "A line that must be there, noted elsewhere")
                     ->type_name("NUMBER:HASH");
    auto* heads = verify
                      ->add_option("--heads", arguments_.heads,
                                   "Heads that the rights service kept: what rms-cloudctl audit-heads --format json "
                                   "wrote")
                      ->type_name("FILE");
    verify->footer(
        "Problems are printed as file:line: what. Lines missing at the very end show only against a head that was "
        "noted\n"
        "elsewhere: this command prints it, and the connector's log has it at each start and for each new file.\n"
        "The rights service keeps one a minute; --heads holds the journal against all of them.\n"
        "Examples:\n"
        "  rms-connectorctl audit verify /var/lib/rms-connector/audit\n"
        "  rms-connectorctl audit verify /var/lib/rms-connector/audit --heads heads.json\n"
        "Exit status: 0 good, 1 not good or cannot be read.");
    verify->callback([this, head, heads] {
      action_ = [this, noted = head->count() > 0, kept = heads->count() > 0]() -> Result<int> {
        RMS_TRY(const auto place, rms::ctl::find_journal(arguments_.journal));
        RMS_TRY(const bool good,
                rms::ctl::verify_journal(place, noted ? std::optional(arguments_.head) : std::nullopt, std::cout,
                                         kept ? std::optional(arguments_.heads) : std::nullopt));
        return good ? kDone : kFailed;
      };
    });

    auto* show = audit->add_subcommand("show", "Show decisions, oldest first");
    show->add_option("JOURNAL", arguments_.journal, "Its directory, or files of it in their order")->required();
    show->add_option("--last", arguments_.show.last, "How many of the newest")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}))
        ->capture_default_str();
    show->add_option("--correlation", arguments_.show.correlation_id, "Only those with this correlation id")
        ->type_name("ID");
    show->add_flag("--json", arguments_.show.json, "The lines as they are, for other programs");
    show->footer("Example:\n  rms-connectorctl audit show /var/lib/rms-connector/audit --last 5");
    show->callback([this] {
      action_ = [this]() -> Result<int> {
        RMS_TRY(const auto place, rms::ctl::find_journal(arguments_.journal));
        RMS_CHECK(rms::ctl::show_journal(place, arguments_.show, std::cout));
        return kDone;
      };
    });
  }

  void add_explain_command() {
    auto* explain = app_.add_subcommand("explain", "Why a request was answered as it was, or how it would be");
    auto* id = explain->add_option("ID", arguments_.id, "Correlation id: of a past request, from the journal");
    explain->add_option("--config", arguments_.config, "Settings of rms-connectord")->type_name("FILE");
    explain->add_option("--audit", arguments_.directory, "Directory of the journal; else what the settings say")
        ->type_name("DIR");
    auto* as =
        explain->add_option("--as", arguments_.as,
                            "Who would ask: dns:NAME, uri:URI, sha256:FINGERPRINT, NAME@REALM, DOMAIN\\NAME or a SID");
    auto* operation =
        explain->add_option("--operation", arguments_.operation, "What for: acquire_license, or AcquireLicense");
    explain->add_option("--group", arguments_.groups, "A group of who would ask; as often as there are groups")
        ->type_name("SID")
        ->needs(as);
    explain->add_option("--sid", arguments_.sid, "The SID of who would ask, beside its name")
        ->type_name("SID")
        ->needs(as);
    explain->add_option("--issuer", arguments_.issuer, "Who signed the certificate: SHA-256 of the CA's")
        ->type_name("FINGERPRINT")
        ->needs(as);
    explain->add_option("--template", arguments_.template_guid, "Of which template the content would be")
        ->type_name("GUID|custom")
        ->needs(as)
        ->check(
            [](const std::string& text) {
              return std::string(text == rms::kCustomRights || rms::is_guid(text)
                                     ? ""
                                     : "must be a GUID, or custom for rights without a template: " + text);
            },
            "", "");
    auto* owner = explain
                      ->add_option("--owner", arguments_.owner,
                                   "Whose content it would be, as its licence and its encrypted rights call them")
                      ->type_name("ADDRESS")
                      ->needs(as);
    auto* recipient = explain
                          ->add_option("--recipient", arguments_.recipients,
                                       "For whom it would pre-license; as often as there are recipients")
                          ->type_name("ADDRESS")
                          ->needs(as);
    for (auto* address : {owner, recipient})
      address->check(
          [](const std::string& text) {
            return std::string(rms::is_address(text) ? "" : "must be an address: " + text);
          },
          "", "");
    as->needs(operation)->excludes(id);
    operation->needs(as);
    explain->parse_complete_callback([this, id, as] {
      if (id->count() + as->count() == 0)
        throw CLI::ValidationError("explain", "needs a correlation id, or --as and --operation");
      if (arguments_.config.empty() && (as->count() > 0 || arguments_.directory.empty()))
        throw CLI::ValidationError("explain", as->count() > 0 ? "--as needs --config" : "needs --config or --audit");
      if (as->count() > 0) arguments_.ahead = ahead();
      action_ = [this, ahead = as->count() > 0] { return ahead ? explain_ahead() : explain_past(); };
    });
    explain->footer(
        "Examples:\n"
        "  rms-connectorctl explain 0f45fd50-383b-43ee-90a4-ed013cd0cfe5 --audit /var/lib/rms-connector/audit\n"
        "  rms-connectorctl explain --config rms-connector.yaml --as dns:exchange.contoso.test --operation "
        "acquire_license\n"
        "  rms-connectorctl explain --config rms-connector.yaml --as 'EXCH01$@CONTOSO.TEST' --group "
        "S-1-5-21-1-2-3-1119 "
        "\\\n"
        "    --operation acquire_license --template custom\n"
        "Exit status: 0 explained (whatever was decided), 1 no such decision, 78 the configuration is wrong.");
  }

  void add_lookup_command() {
    auto& options = arguments_.lookup;
    auto* lookup = app_.add_subcommand("lookup", "Find accounts and groups of a Windows domain, and their SIDs");
    lookup
        ->add_option("NAME", options.names,
                     "EXCH01$, EXCH01, CONTOSO\\EXCH01$, EXCH01$@CONTOSO.TEST, alice@contoso.test, a group's name or a "
                     "SID")
        ->required();
    lookup->add_option("--server", options.server, "A domain controller; else DNS names those of the domain")
        ->type_name("ldap[s]://NAME");
    lookup->add_option("--domain", options.domain, "Whose controllers DNS is asked for; else your ticket's domain")
        ->type_name("DOMAIN");
    lookup->add_option("--ca", options.ca, "For ldaps: who signed the controller's certificate, the only one believed")
        ->type_name("PEM-FILE");
    lookup
        ->add_option_function<unsigned>(
            "--timeout", [&options](unsigned value) { options.timeout = std::chrono::seconds(value); },
            "How long all of it may take, in seconds [20]")
        ->check(CLI::Range(1, 600));
    lookup->add_flag("--json", options.json, "For other programs");
    lookup->parse_complete_callback([this] {
      if (const auto fit = rms::ctl::check_lookup(arguments_.lookup); !fit)
        throw CLI::ValidationError("lookup", fit.error().context);
      action_ = [this]() -> Result<int> {
        RMS_TRY(const bool each_is_one, rms::ctl::run_lookup(arguments_.lookup, std::cout, std::cerr));
        return each_is_one ? kDone : kFailed;
      };
    });
    lookup->footer(
        "Asks the domain's directory, as yourself: get a Kerberos ticket first (any account may ask). Prints the SID, "
        "the\n"
        "groups, and the line for an entry of servers: in the connector's settings. The connector itself asks nobody.\n"
        "Examples:\n"
        "  kinit alice@CONTOSO.TEST\n"
        "  rms-connectorctl lookup 'Exchange Servers'\n"
        "  rms-connectorctl lookup 'EXCH01$' 'CONTOSO\\SP01$' --server ldap://dc1.contoso.test\n"
        "  rms-connectorctl lookup S-1-5-21-1004336348-1177238915-682003330-1119 --json\n"
        "Exit status: 0 each name is one account or group, 1 one is not, or the directory could not be asked, 2 "
        "usage.");
  }

  // The settings that --config names, or an exit status; what is wrong with them has been printed.
  std::variant<rms::connector::Settings, int> settings() const {
    auto loaded = rms::connector::load_settings(arguments_.config);
    if (loaded) return *std::move(loaded);
    std::cerr << loaded.error().context << "\n";
    return rms::connector::Exit::kConfiguration;
  }

  Result<int> explain_past() {
    std::optional<rms::connector::Settings> known;
    if (!arguments_.config.empty()) {
      auto read = settings();
      if (const int* status = std::get_if<int>(&read)) return *status;
      known = std::get<rms::connector::Settings>(std::move(read));
      if (arguments_.directory.empty()) arguments_.directory = known->audit.directory;
      if (arguments_.directory.empty())
        return Error(Errc::not_found,
                     arguments_.config.string() + ": keeps no journal (audit:), so nothing can be told");
    }
    RMS_TRY(const auto place, rms::ctl::find_journal({arguments_.directory}));
    RMS_CHECK(rms::ctl::explain_decision(place, arguments_.id, known ? &*known : nullptr, std::cout));
    return kDone;
  }

  // What --as and the like say, or a usage error.
  rms::ctl::Ahead ahead() const {
    const auto who = rms::ctl::parse_principal(arguments_.as, {arguments_.groups, arguments_.issuer, arguments_.sid});
    if (!who) throw CLI::ValidationError("explain", who.error().context);
    const auto operation = rms::ctl::parse_operation(arguments_.operation);
    if (!operation)
      throw CLI::ValidationError("--operation", arguments_.operation +
                                                    ": there is no such operation; grants: in the reference settings "
                                                    "lists all");
    if (!arguments_.recipients.empty() && *operation != rms::soap::Operation::acquire_pre_license &&
        *operation != rms::soap::Operation::precertify)
      throw CLI::ValidationError("--recipient", "only acquire_pre_license and precertify are for recipients");
    rms::ctl::Ahead said{*who, *operation, std::nullopt, rms::SystemClock().wall(), std::nullopt, {}};
    if (!arguments_.template_guid.empty()) said.template_guid = arguments_.template_guid;
    if (!arguments_.owner.empty()) said.owner = arguments_.owner;
    said.recipients = arguments_.recipients;
    return said;
  }

  Result<int> explain_ahead() {
    auto read = settings();
    if (const int* status = std::get_if<int>(&read)) return *status;
    rms::ctl::explain_ahead(
        std::make_shared<const rms::connector::Settings>(std::get<rms::connector::Settings>(std::move(read))),
        *arguments_.ahead, std::cout);
    return kDone;
  }

  CLI::App app_{
      "Looks after a connector: its settings and when they count, its audit journal, why it decided as it did, and "
      "whom "
      "its settings may name.",
      "rms-connectorctl"};
  Arguments arguments_;
  Action action_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto failed = [](std::string_view what) {
    std::cerr << "rms-connectorctl: " << what << "\n";
    return kFailed;
  };
  try {
    if (auto forbidden = rms::forbid_core_dumps(); !forbidden) return failed(forbidden.error().to_string());
    CommandLine command_line;
    auto parsed = command_line.parse(argc, argv);
    if (const auto* status = std::get_if<int>(&parsed)) return *status;
    auto done = std::get<Action>(parsed)();
    if (!done && done.error() == Errc::deadline_exceeded) {
      failed(done.error().context);
      std::_Exit(kFailed);  // A thread may still wait in a library (run_lookup): nothing may be torn down under it.
    }
    if (!done) return failed(done.error().context);
    std::cout.flush();
    if (!std::cout) return failed("standard output cannot be written");
    return *done;
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

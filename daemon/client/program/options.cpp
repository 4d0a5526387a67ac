// SPDX-License-Identifier: Apache-2.0
#include "client/program/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <cstdlib>

#include "cli/usage.h"
#include "client/rights.h"
#include "client/version.h"

namespace rms::client {
namespace {

constexpr int kUsage = 2;

constexpr const char* kOverview =
    R"(Protects files with rights management and opens them, as a server of your organization.

First time on a machine:
  export RMS_CONNECTOR_URL=https://rmsconnector.contoso.test RMS_CA_FILE=ca.pem
  export RMS_CLIENT_CERT=exchange.pem RMS_CLIENT_KEY=exchange.key
  rms bootstrap
In a Windows domain a Kerberos ticket does, too: kinit -k -t FILE 'EXCH01$@CONTOSO.TEST', then rms bootstrap --negotiate

Then:
  rms protect plan.txt --to alice@contoso.test:VIEW,EDIT --to bob@contoso.test:VIEW
  rms open plan.ptxt --output plan.txt
  rms inspect plan.ptxt

With what the organization has defined, and for those who will open it later:
  rms templates
  rms protect plan.txt --template 'Confidential \ All Employees'
  rms prelicense plan.ptxt --for alice@contoso.test --output licences
)";

constexpr const char* kStatuses = R"(
Exit status:
  0  done
  1  failed: a file is altered, missing, damaged or in the way
  2  the command line or a setting is wrong
  3  refused: the connector or the rights service said no
  4  could not ask: the connector or the rights service did not answer)";

std::string rights_table() {
  std::string text = "\nRights:\n";
  for (const Right& right : known_rights()) text += fmt::format("  {:<15}{}\n", right.name, right.meaning);
  return text + R"(To see content, one of VIEW and OWNER is needed. You, the owner, may do everything, always.

Who may do what is said by one of:
  --to MAIL:RIGHT,RIGHT...            your own choice
  --do-not-forward --to MAIL          VIEW EDIT DOCEDIT OBJMODEL VIEWRIGHTSDATA REPLY REPLYALL: they may read, change
                                      and answer, but not forward, print, copy or export
  --template NAME                     the organization's choice, expiry and all; rms templates fetches and lists them

Examples:
  rms protect plan.txt --to alice@contoso.test:VIEW,EDIT --expires 30d
  rms protect mail.txt --do-not-forward --to alice@contoso.test --to bob@contoso.test
  rms protect plan.txt --template 'Confidential \ All Employees' --online)";
}

constexpr const char* kTemplatesHelp = R"(
Asks the rights service which templates there are, fetches those that are new or changed, checks that the service signed
them, keeps them for `rms protect --template` (which asks nobody), and forgets those that the service has no more.)";

constexpr const char* kPrelicenseHelp = R"(
For each person one line says where the licence is, or why there is none. A licence opens with the account's own key
only, and in place of a question to the service:
  rms open plan.ptxt --license plan.ptxt.alice@contoso.test.license
The exit status is 3 if anybody was refused; the licences of the others are there all the same.)";

std::filesystem::path default_home() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? std::filesystem::path(home) / ".rms" : "/var/lib/rms";
}

void add_connection(CLI::App& app, Options& options) {
  const auto add = [&](const char* name, auto& to, const char* environment, const char* help) {
    return app.add_option(name, to, help)->envname(environment)->group("Connection and state");
  };
  add("--connector", options.connector, "RMS_CONNECTOR_URL", "Address of the connector, https://...");
  add("--ca", options.ca, "RMS_CA_FILE", "Who vouches for the connector: PEM file, the only one believed");
  add("--cert", options.certificate, "RMS_CLIENT_CERT", "This server's certificate, PEM");
  add("--key", options.key, "RMS_CLIENT_KEY", "Its key, PEM, readable by nobody else");
  app.add_flag("--negotiate", options.negotiate,
               "Show your Kerberos ticket (kinit) instead of a certificate; the connector must be set up for it")
      ->envname("RMS_NEGOTIATE")
      ->group("Connection and state");
  add("--home", options.home, "RMS_HOME", "Where this machine keeps its rights certificates")
      ->default_val(default_home());
  app.add_option("--timeout", options.timeout_seconds, "How long one call may take, in seconds")
      ->check(CLI::Range(1, 600))
      ->capture_default_str()
      ->group("Connection and state");
}

void add_output(CLI::App* sub, Options& options, const char* help) {
  sub->add_option("-o,--output", options.output, help);
  sub->add_flag("-f,--force", options.force, "Replace the output if it exists");
}

void add_protect(CLI::App* protect, Options& options) {
  protect->add_option("FILE", options.files, "Files of any size")->required();
  protect->add_option("--to", options.grants, "Whom to grant what: MAIL:RIGHT,RIGHT... (may be repeated)")
      ->allow_extra_args(false);  // One each: the next word may be a FILE.
  protect->add_flag("--do-not-forward", options.do_not_forward, "Who is named by --to MAIL may not pass it on");
  protect->add_option("--template", options.template_name,
                      "What a template grants: its name, in any case, or its GUID");
  protect->add_option("--expires", options.expires,
                      "When all rights but the owner's end, in UTC: 2027-01-31 (at its end), 2027-01-31T12:00Z "
                      "or 30d (from now)");
  protect->add_flag("--ask-each-time", options.ask_each_time,
                    "No licence may be kept: each opening asks the rights service (NOLICCACHE)");
  protect->add_flag("--online", options.online, "Let the rights service sign the licence instead of this machine");
  add_output(protect, options,
             "Name of the protected file (default: plan.txt becomes plan.ptxt, mail.dat mail.dat.pfile)");
  protect->footer(rights_table());
}

void add_commands(CLI::App& app, Options& options) {
  const auto add = [&](Command command, const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help)->fallthrough();
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };

  CLI::App* bootstrap = add(Command::bootstrap, "bootstrap", "Get this machine's certificates from the rights service");
  bootstrap->add_flag("--renew", options.renew, "Get new ones even if those that are there are good; repairs damage");
  bootstrap->add_option("--root", options.root,
                        "Certificate of the root to trust, exported beforehand; else the first one met is pinned");

  CLI::App* templates = add(Command::templates, "templates", "List the organization's templates, and fetch new ones");
  templates->add_flag("--refresh", options.refresh, "Fetch all of them, those that are here unchanged too");
  templates->add_flag("--offline", options.offline, "List those that are here; ask nobody");
  templates->add_flag("--json", options.json, "For programs");
  templates->footer(kTemplatesHelp);

  add_protect(add(Command::protect, "protect", "Encrypt files for people; offline unless you say --online"), options);

  CLI::App* open = add(Command::open, "open", "Ask for a licence and decrypt a file");
  open->add_option("FILE", options.files, "A protected file")->required()->expected(1);
  open->add_option("--license", options.license, "Use this licence, got beforehand (rms prelicense), and ask nobody");
  add_output(open, options, "Name of the opened file, or - for standard output (default: the name it had)");

  CLI::App* prelicense = add(Command::prelicense, "prelicense", "Get licences for others before they ask");
  prelicense->add_option("FILE", options.files, "A protected file")->required()->expected(1);
  prelicense->add_option("--for", options.recipients, "For whom: a mail address or a SID (may be repeated)")
      ->allow_extra_args(false);
  prelicense->add_option("--for-file", options.recipient_list, "For many: a file with one of them on each line");
  add_output(prelicense, options, "Folder for the licences, made if it is not there (default: that of FILE)");
  prelicense->footer(kPrelicenseHelp);

  CLI::App* inspect =
      add(Command::inspect, "inspect", "Explain a protected file, licence, template or certificate; offline");
  inspect->add_option("FILE", options.files, "A protected file, or XrML documents")->required();

  CLI::App* request =
      add(Command::request, "request", "Write the request that `open` would send, to repeat it with curl");
  request->add_option("FILE", options.files, "A protected file")->required()->expected(1);
  add_output(request, options, "Name of the request's file (default: standard output)");
}

// What does not go together, and why.
void check(const Options& options) {
  if (options.output && options.files.size() > 1)
    throw CLI::ValidationError("--output", "names one file; give one FILE with it");
  if (options.refresh && options.offline)
    throw CLI::ValidationError("--refresh", "asks the rights service; leave out --offline");
  if (options.command == Command::prelicense && options.recipients.empty() && !options.recipient_list)
    throw CLI::ValidationError("--for", "is missing: for whom? Give --for MAIL, or --for-file LIST");
  if (options.command != Command::protect) return;
  if (options.template_name) {
    constexpr const char* kTemplateSays = "says who may do what and for how long, and nobody changes that; leave out ";
    if (!options.grants.empty()) throw CLI::ValidationError("--template", std::string(kTemplateSays) + "--to");
    if (options.do_not_forward)
      throw CLI::ValidationError("--template", std::string(kTemplateSays) + "--do-not-forward");
    if (options.expires) throw CLI::ValidationError("--template", std::string(kTemplateSays) + "--expires");
    if (options.ask_each_time) throw CLI::ValidationError("--template", std::string(kTemplateSays) + "--ask-each-time");
  } else if (options.grants.empty()) {
    throw CLI::ValidationError("--to", options.do_not_forward
                                           ? "is missing: --do-not-forward wants to know for whom; give --to MAIL"
                                           : "is missing: for whom? Give --to MAIL:RIGHTS, or --template NAME");
  }
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(kOverview, "rms");
  app.set_version_flag("--version", "rms " + std::string(version()));
  app.failure_message(&cli::usage_error);
  app.footer(kStatuses);
  app.require_subcommand(1);
  add_connection(app, options);
  add_commands(app, options);
  try {
    app.parse(argc, argv);
    check(options);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error) == 0 ? 0 : kUsage};
  }
  return {std::move(options), 0};
}

}  // namespace rms::client

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

Then:
  rms protect plan.txt --to alice@contoso.test:VIEW,EDIT --to bob@contoso.test:VIEW
  rms open plan.ptxt --output plan.txt
  rms inspect plan.ptxt
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
  return text + "To see content, one of VIEW and OWNER is needed. You, the owner, may do everything.";
}

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
  add("--home", options.home, "RMS_HOME", "Where this machine keeps its rights certificates")
      ->default_val(default_home());
  app.add_option("--timeout", options.timeout_seconds, "How long one call may take, in seconds")
      ->check(CLI::Range(1, 600))
      ->capture_default_str()
      ->group("Connection and state");
}

void add_commands(CLI::App& app, Options& options) {
  const auto add = [&](Command command, const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help)->fallthrough();
    sub->callback([&options, command] { options.command = command; });
    return sub;
  };
  const auto output = [&](CLI::App* sub, const char* help) {
    sub->add_option("-o,--output", options.output, help);
    sub->add_flag("-f,--force", options.force, "Replace the output if it exists");
  };

  CLI::App* bootstrap = add(Command::bootstrap, "bootstrap", "Get this machine's certificates from the rights service");
  bootstrap->add_flag("--renew", options.renew, "Get new ones even if those that are there are good; repairs damage");
  bootstrap->add_option("--root", options.root,
                        "Certificate of the root to trust, exported beforehand; else the first one met is pinned");

  CLI::App* protect = add(Command::protect, "protect", "Encrypt files for people, offline");
  protect->add_option("FILE", options.files, "Files of any size")->required();
  protect->add_option("--to", options.grants, "Whom to grant what: MAIL:RIGHT,RIGHT... (may be repeated)")
      ->required()
      ->allow_extra_args(false);  // One each: the next word may be a FILE.
  output(protect, "Name of the protected file (default: plan.txt becomes plan.ptxt, mail.dat mail.dat.pfile)");
  protect->footer(rights_table());

  CLI::App* open = add(Command::open, "open", "Ask for a licence and decrypt a file");
  open->add_option("FILE", options.files, "A protected file")->required()->expected(1);
  output(open, "Name of the opened file, or - for standard output (default: the name it had)");

  CLI::App* inspect =
      add(Command::inspect, "inspect", "Say what a protected file, licence or certificate contains; offline");
  inspect->add_option("FILE", options.files, "A protected file, or XrML documents")->required();

  CLI::App* request =
      add(Command::request, "request", "Write the request that `open` would send, to repeat it with curl");
  request->add_option("FILE", options.files, "A protected file")->required()->expected(1);
  output(request, "Name of the request's file (default: standard output)");
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
    if (options.output && options.files.size() > 1)
      throw CLI::ValidationError("--output", "names one file; give one FILE with it");
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error) == 0 ? 0 : kUsage};
  }
  return {std::move(options), 0};
}

}  // namespace rms::client

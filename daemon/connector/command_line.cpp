// SPDX-License-Identifier: Apache-2.0
#include "connector/command_line.h"

#include <CLI/CLI.hpp>

#include "connector/version.h"

namespace rms::connector {
namespace {

constexpr const char* kDescription =
    "rms-connectord stands between servers of an organization (Exchange, SharePoint, file servers) and their rights\n"
    "service: it knows which servers may ask for what, and relays their requests over a few connections of its own.";

constexpr const char* kFooter = R"(
Signals:
  SIGTERM, SIGINT   stop: no new connections, requests in hand are finished (shutdown.drain_timeout);
                    a second one drops them
  SIGHUP            the configuration and the files it names are read again; all of it comes into force, or, if
                    anything is wrong, nothing does (rms-connectorctl reload says what it would change)

Exit codes:
  0    stopped, and every request in hand was finished
  1    could not start, or had to drop requests
  2    the command line is wrong
  78   the configuration is wrong; every problem is printed as file:line:column: key: what is wrong

The ready file holds KEY=value lines: url, admin, pid, http where plain HTTP is served, and admin_socket if there is
one. It appears when connections are accepted and goes at the end.
The admin endpoint answers GET /healthz /readyz /metrics /status on the loopback; the admin socket, POST /reload too.)";

}  // namespace

std::variant<CommandLine, int> read_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app(kDescription, "rms-connectord");
  app.footer(kFooter);
  app.set_version_flag("--version", "rms-connectord " + std::string(kVersion));
  app.add_option("--config", line.config, "The configuration, YAML")->required()->type_name("FILE");
  app.add_flag("--check", line.check, "Check the configuration and the files it names, say what is wrong, and end");
  app.add_option("--ready-file", line.ready_file, "Write this file when connections are accepted")->type_name("FILE");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? Exit::kClean : Exit::kUsage;
  }
  return line;
}

}  // namespace rms::connector

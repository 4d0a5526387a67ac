// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace rms::client {

enum class Command { bootstrap, templates, protect, open, prelicense, inspect, request };

// The command line and environment of `rms`, as written; nothing in it is checked yet beyond its shape.
struct Options {
  Command command = Command::bootstrap;

  std::string connector;                             // RMS_CONNECTOR_URL
  std::filesystem::path ca, certificate, key, home;  // RMS_CA_FILE RMS_CLIENT_CERT RMS_CLIENT_KEY RMS_HOME
  bool negotiate = false;                            // RMS_NEGOTIATE: a Kerberos ticket instead of certificate and key
  unsigned timeout_seconds = 30;

  std::vector<std::filesystem::path> files;
  std::optional<std::filesystem::path> output;  // "-": standard output, except for protect; prelicense: a folder
  bool force = false;

  std::filesystem::path root;  // bootstrap
  bool renew = false;

  bool refresh = false, offline = false, json = false;  // templates

  std::vector<std::string> grants;           // protect: --to
  std::optional<std::string> template_name;  // or GUID
  std::optional<std::string> expires;
  bool do_not_forward = false, ask_each_time = false, online = false;

  std::optional<std::filesystem::path> license;  // open

  std::vector<std::string> recipients;  // prelicense: --for
  std::optional<std::filesystem::path> recipient_list;
};

// What to do, or the exit status if there is nothing left to do: 0 after --help, 2 after a usage error, both said.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_status = 0;
};
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace rms::client

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace rms::client {

enum class Command { bootstrap, protect, open, inspect, request };

// The command line and environment of `rms`, as written; nothing in it is checked yet beyond its shape.
struct Options {
  Command command = Command::bootstrap;

  std::string connector;                             // RMS_CONNECTOR_URL
  std::filesystem::path ca, certificate, key, home;  // RMS_CA_FILE RMS_CLIENT_CERT RMS_CLIENT_KEY RMS_HOME
  unsigned timeout_seconds = 30;

  std::vector<std::filesystem::path> files;
  std::optional<std::filesystem::path> output;  // "-": standard output, except for protect
  std::vector<std::string> grants;              // --to
  std::filesystem::path root;
  bool force = false, renew = false;
};

// What to do, or the exit status if there is nothing left to do: 0 after --help, 2 after a usage error, both said.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_status = 0;
};
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace rms::client

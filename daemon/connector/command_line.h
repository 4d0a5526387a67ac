// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <variant>

namespace rms::connector {

struct CommandLine {
  std::filesystem::path config;
  std::filesystem::path ready_file;  // empty: none
  bool check = false;
};

// Exit codes that scripts and service managers rely on.
struct Exit {
  static constexpr int kClean = 0;
  static constexpr int kFailed = 1;
  static constexpr int kUsage = 2;
  static constexpr int kConfiguration = 78;  // EX_CONFIG: a restart would not help
};

// Reads the command line. An int is the exit code to end with: 0 after --help and --version, 2 after a usage error;
// what there was to say has been printed.
std::variant<CommandLine, int> read_command_line(int argc, char** argv);

}  // namespace rms::connector

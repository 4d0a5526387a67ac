// SPDX-License-Identifier: Apache-2.0
//
// What a program says of a command line that it does not understand. Header only; the programs link CLI11.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace rms::cli {

// For CLI::App::failure_message() of the outermost app: the program's name, what is wrong, and where help is. A command
// that there is not is named, and with it those that there are; CLI11 alone says "A subcommand is required".
inline std::string usage_error(const CLI::App* app, const CLI::Error& error) {
  std::string words = app->get_name();
  const std::string program = words;
  for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands()) {
    app = chosen.front();
    words += " " + app->get_name();
  }

  std::string what = error.what(), known;
  for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; }))
    known += (known.empty() ? "" : ", ") + command->get_name();
  if (!known.empty() && error.get_name() == "RequiredError") {
    const auto left = app->remaining();
    if (left.empty()) {
      what = "a command is missing";
    } else if (left.front().starts_with('-')) {
      what = "there is no option '" + left.front() + "'";
    } else {
      what = "there is no command '" + (words + " " + left.front()).substr(program.size() + 1) + "'";
    }
    what += "; commands: " + known;
  }
  return program + ": " + what + "\nRun " + words + " --help for more.\n";
}

}  // namespace rms::cli

// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>

#include "client/names.h"
#include "client/program/commands.h"
#include "client/program/terminal.h"

int main(int argc, char** argv) {
  using namespace rms::client;
  try {
    const ParsedOptions parsed = parse_options(argc, argv);
    if (!parsed.options) return parsed.exit_status;
    catch_interrupts();
    const auto done = run_command(*parsed.options, rms::SystemClock());
    if (done) return 0;
    std::fprintf(stderr, "rms: %s\n", printable(said_of(done.error())).c_str());
    end_if_interrupted();
    return exit_status_of(done.error());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rms: %s\n", error.what());
    return 1;
  }
}

// SPDX-License-Identifier: Apache-2.0
//
// What commands have in common. For this folder only.
#pragma once

#include <string_view>

#include "base/result.h"
#include "client/home/home.h"
#include "client/program/commands.h"
#include "client/program/options.h"
#include "xrml/content.h"

namespace rms::client {

struct Context {
  const Options& options;
  xrml::Time now;
  const Connect& connect;
};

// This machine's certificates; the home is let go of again. Errc as Home::open() and Home::load_identity().
Result<Identity> load_identity(const Context& context);

// "rms: note: ...", printable, on standard error.
void note(std::string_view text);

// What was printed leaves the buffer; a full disk shows only now. Errc::io_error.
Result<void> flush_standard_output();

// Every command but the few short ones of commands.cpp. Results go to standard output's buffer.
Result<void> run_protect(const Context& context);
Result<void> run_templates(const Context& context);
Result<void> run_open(const Context& context);
Result<void> run_prelicense(const Context& context);

}  // namespace rms::client

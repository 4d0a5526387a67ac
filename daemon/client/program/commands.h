// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/program/options.h"
#include "client/service/transport.h"

namespace rms::client {

// How the connector is reached.
using Connect = std::function<Result<std::unique_ptr<Transport>>(const Options&)>;
// Over HTTPS. Errc::invalid_setting: an option is missing; and those of make_https_transport().
Result<std::unique_ptr<Transport>> connect_https(const Options& options);

// Runs the command: results on standard output, what `open` has to tell on standard error.
// Errc::invalid_setting: an option is missing or wrong. Errc::io_error: also if standard output cannot be written.
Result<void> run_command(const Options& options, const Clock& clock, const Connect& connect = &connect_https);

// What a person is told of a failure: its context, behind the name of its code where that says more than the context
// does. "X: exists already" needs no "already exists" before it.
std::string said_of(const Error& error);

// 1 failed, 2 usage, 3 refused, 4 could not ask.
int exit_status_of(const Error& error);

}  // namespace rms::client

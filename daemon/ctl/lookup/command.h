// SPDX-License-Identifier: Apache-2.0
//
// rms-connectorctl lookup: what names of a Windows domain stand for, for who writes the settings. The connector itself
// never asks a directory.
#pragma once

#include <chrono>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"

namespace rms::ctl {

struct LookupOptions {
  std::vector<std::string> names;
  std::string server;  // empty: found by DNS
  std::string domain;  // empty: that of the ticket
  std::filesystem::path ca;
  bool json = false;
  std::chrono::seconds timeout{20};  // for all of it
};

// What does not go together. Errc::invalid_setting.
Result<void> check_lookup(const LookupOptions& options);

// Prints what is found on `out`, a sentence for each name that is not there, or not alone, on `problems`. True: each
// name is one account or group.
// Errc: those of own_ticket(), connect_directory(), read_domain(). Errc::deadline_exceeded: the time is over, but a
// thread may still be waiting in a library (resolver, Kerberos) that cannot be told to stop: end the process by
// std::_Exit.
Result<bool> run_lookup(const LookupOptions& options, std::ostream& out, std::ostream& problems);

}  // namespace rms::ctl

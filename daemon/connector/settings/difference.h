// SPDX-License-Identifier: Apache-2.0
//
// What other settings would change, in an administrator's words: who gains and who loses what.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connector/settings/settings.h"

namespace rms::connector {

enum class ChangeKind { server, access, cloud, certificate, limit, other };

// "server", "access" (who may come in at all: CAs, CRLs, tickets), "cloud", "certificate", "limit", "other".
std::string_view to_string(ChangeKind kind);

struct Change {
  ChangeKind kind;
  std::string text;   // one line: "exchange may now also acquire_pre_license"
  bool loud = false;  // somebody may open everything, or is shut out: not to be overlooked
};

// A setting that a reload cannot change.
struct RestartNeeded {
  std::string key, from, to;  // as the file says it; empty: nothing
};

struct Difference {
  std::vector<Change> changes;
  std::vector<RestartNeeded> restart;
  // Names of entries, as they are in the settings before: those of which something was taken on purpose, and those of
  // them that are gone altogether.
  std::set<std::string, std::less<>> losers, gone;
  // Those that are recognized by something else than before.
  std::set<std::string, std::less<>> recognized_otherwise;

  bool nothing() const { return changes.empty() && restart.empty(); }
};

// Pure. Servers come first, in the order of `to`, those that are gone last; then the rest in the order of the
// reference.
Difference difference(const Settings& from, const Settings& to);

// For sources of this room: the part that is about servers.
void compare_servers(const Settings& from, const Settings& to, Difference& difference);

}  // namespace rms::connector

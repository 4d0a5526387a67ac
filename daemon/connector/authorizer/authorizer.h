// SPDX-License-Identifier: Apache-2.0
//
// Who may ask for what. Pure functions: no I/O, no clock, any thread. Fails closed: what is not granted in writing is
// refused, and so is a caller whom two entries claim.
#pragma once

#include <string_view>

#include "connector/authorizer/principal.h"
#include "connector/settings/settings.h"
#include "soap/operation.h"

namespace rms::connector {

enum class Verdict {
  allowed,
  unknown_principal,  // no servers: entry claims this caller, or more than one does
  not_granted,        // an entry claims it, but the operation is not among its grants
  empty_list,         // nobody is authorized at all (event 2003)
};
inline constexpr std::size_t kVerdictCount = 4;
std::string_view to_string(Verdict verdict);  // "unknown_principal": for labels

struct Decision {
  Verdict verdict = Verdict::unknown_principal;
  const ServerEntry* entry = nullptr;  // who it is; not null when allowed or not_granted; lives as long as the Settings
  // Stable code for log and body: "allowed", "no_entry", "ambiguous_entry", "operation_not_granted",
  // "no_servers_configured".
  std::string_view reason = "no_entry";

  bool allowed() const { return verdict == Verdict::allowed; }
};

// Finds the entry that this caller belongs to. All that an entry's match: names must hold of its certificate, or of its
// ticket; of several such entries the most specific is taken: fingerprint before uri before sid and account before dns
// before group_sid. load_settings refuses two entries with the same match; if a caller is claimed by two equally
// specific ones, nobody is recognized ("ambiguous_entry").
Decision recognize(const Settings& settings, const Principal& principal);

// Whether `entry` may ask for `operation`.
Decision authorize(const ServerEntry& entry, soap::Operation operation);

// Both, in that order: the decision on one request.
Decision authorize(const Settings& settings, const Principal& principal, soap::Operation operation);

}  // namespace rms::connector

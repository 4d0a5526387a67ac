// SPDX-License-Identifier: Apache-2.0
//
// Who may ask for what. Pure functions: no I/O, no clock, any thread. Fails closed: what is not granted in writing is
// refused, and so is a caller whom two entries claim.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "connector/authorizer/principal.h"
#include "connector/settings/settings.h"
#include "soap/operation.h"

namespace rms::connector {

enum class Verdict {
  allowed,
  unknown_principal,  // no servers: entry claims this caller, or more than one does
  not_granted,        // an entry claims it, but the operation is not among its grants, or these are over
  empty_list,         // nobody is authorized at all (event 2003)
};
inline constexpr std::size_t kVerdictCount = 4;
std::string_view to_string(Verdict verdict);  // "unknown_principal": for labels

struct Decision {
  Verdict verdict = Verdict::unknown_principal;
  const ServerEntry* entry = nullptr;  // who it is; not null when allowed or not_granted; lives as long as the Settings
  // Stable code for log and body: "allowed", "no_entry", "ambiguous_entry", "no_own_identity", "too_many_names",
  // "operation_not_granted", "grants_over", "no_servers_configured".
  std::string_view reason = "no_entry";

  bool allowed() const { return verdict == Verdict::allowed; }
};

// As many names as a certificate may have to be looked at: each is looked for.
inline constexpr std::size_t kMostCertificateNames = 100;

// The entries of servers:, arranged so that looking for one costs no more with ten thousand than with ten: each is
// found by one name of its match, and compared with the caller only then.
class ServerList {
 public:
  // Keeps views into the settings, and the settings.
  explicit ServerList(std::shared_ptr<const Settings> settings);
  ServerList(ServerList&&) noexcept;
  ~ServerList();

  // Finds the entry that this caller belongs to. All that an entry's match: names must hold of its certificate, or of
  // its ticket; of several such entries the most specific is taken: fingerprint before uri before dns before patterns
  // of these, sid before account before group_sid, and with issuer before without. load_settings() refuses entries that
  // it can tell to be equally specific; if a caller is claimed by two such, nobody is recognized ("ambiguous_entry").
  Decision recognize(const Principal& principal) const;
  // The entries that hold of this caller and are the most specific: the one that recognize() takes, or those that make
  // it ambiguous. For who explains; in no order.
  std::vector<const ServerEntry*> claimants(const Principal& principal) const;

  // recognize(), and whether the entry may ask for `operation` now.
  Decision authorize(const Principal& principal, soap::Operation operation, WallTime now) const;

 private:
  class Index;
  std::shared_ptr<const Settings> settings_;
  std::unique_ptr<const Index> index_;
};

// Whether `entry` may ask for `operation` now. How far it may then go, entry.scope, only the service can tell.
Decision authorize(const ServerEntry& entry, soap::Operation operation, WallTime now);

// What logs, journal and the service call the caller that `entry` matched: by the name of its certificate that did, as
// "dns:exchange.contoso.test", if it has several; else as principal.name. Nothing is decided by it.
std::string matched_name(const ServerEntry& entry, const Principal& principal);

// The account that the rights service is to take the caller for.
struct ServiceAccount {
  std::string mail;
  std::string sid;  // or empty
};
// The entry's, or with `identity: own` the server's: SID and name of its ticket (without the $ of a computer), or the
// DNS name of its certificate. nullopt: it has none, for the ticket has no PAC, or the certificate has two names that
// fit.
std::optional<ServiceAccount> service_account(const ServerEntry& entry, const Principal& principal);

}  // namespace rms::connector

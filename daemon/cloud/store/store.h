// SPDX-License-Identifier: Apache-2.0
//
// What the service remembers, as small interfaces: SQLite keeps them today, PostgreSQL can tomorrow.
// SQL lives in this room only.
//
// Any thread. Calls may block for the store's busy time. Failures common to all: Errc::unavailable (locked by another
// for too long), Errc::io_error (disk full, unreadable, gone from its place; the context says which), Errc::corrupt (no
// sound database). Errc::not_found is only ever said by a store that was there and looked.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/store/records.h"
#include "cloud/usage_log/row.h"

namespace rms::cloud {

class TenantStore {
 public:
  virtual ~TenantStore() = default;
  // Errc::already_exists if its GUID or its name is taken.
  virtual Result<void> add_tenant(const TenantRecord& tenant) = 0;
  // By GUID (braces allowed) or name. Errc::not_found.
  virtual Result<TenantRecord> find_tenant(std::string_view guid_or_name) = 0;
  // In the order of their names.
  virtual Result<std::vector<TenantRecord>> tenants() = 0;
};

class ConnectorStore {
 public:
  virtual ~ConnectorStore() = default;
  // Errc::already_exists if the name or the certificate is taken; Errc::not_found if there is no such tenant.
  virtual Result<void> add_connector(const ConnectorRecord& connector) = 0;
  // By certificate, disabled ones too. Errc::not_found.
  virtual Result<ConnectorRecord> find_connector(std::string_view fingerprint) = 0;
  virtual Result<std::vector<ConnectorRecord>> connectors() = 0;
  // Errc::not_found.
  virtual Result<void> remove_connector(std::string_view tenant_guid, std::string_view name) = 0;
  // Gives or takes the service's consent to open_any of this connector's settings, and writes `trace` to the usage log;
  // both or neither. False: it was so already, and nothing is written. Errc::not_found.
  virtual Result<bool> consent_to_open_any(std::string_view tenant_guid, std::string_view name, bool consent,
                                           const UsageRow& trace) = 0;
};

// What one attempt leaves behind.
struct Booking {
  std::span<const UsageRow> rows{};
  const AttributionRecord* vouched = nullptr;  // what the connector signed of who asked; kept unless it is already
  std::span<const LicensorRecord> licensors{};
  const QuestionRecord* question = nullptr;  // null: nobody can ask it again
  std::optional<std::string_view> answer{};  // none: the attempt ended without one. REQUIRES: question
  WallTime now{};                            // when that is
};

// How many answers are kept for attempts that come later, and for how long: longer than any caller waits. Under a load
// that fills `bytes` sooner the oldest go sooner.
struct AnswerLimits {
  std::chrono::milliseconds keep{10 * 60 * 1000};
  std::size_t most = 200'000;
  std::size_t bytes = 512 * 1024 * 1024;
};

class UsageStore {
 public:
  virtual ~UsageStore() = default;
  // Writes all of it, and it has been written when this returns: nullopt. Or, if the question was answered already (by
  // another attempt, maybe in another process), writes nothing: that answer. Lets go of a few of the answers that are
  // over the limits. As LicensorStore::add_licensor() about licensors.
  virtual Result<std::optional<AnswerRecord>> book(std::string_view tenant_guid, const Booking& booking) = 0;
  Result<void> append_usage(std::string_view tenant_guid, std::span<const UsageRow> rows,
                            const AttributionRecord* vouched = nullptr) {
    RMS_CHECK(book(tenant_guid, {rows, vouched}));
    return {};
  }
  virtual Result<std::optional<AnswerRecord>> find_answer(std::string_view tenant_guid,
                                                          const QuestionRecord& question) = 0;
  // Errc::not_found.
  virtual Result<AttributionRecord> find_attribution(std::string_view id) = 0;
  // The newest `most` rows, oldest first; of one tenant or of all.
  virtual Result<std::vector<UsageRow>> last_usage(std::optional<std::string_view> tenant_guid, std::size_t most) = 0;
};

// Of how many groups one account may be a member, nested ones included. Windows itself stops at 1015.
inline constexpr std::size_t kMaxGroupsOfOne = 5'000;

// Who there is: the source of aliases, SIDs and memberships. Addresses compare without regard to ASCII case.
class DirectoryStore {
 public:
  virtual ~DirectoryStore() = default;
  // Puts these in the place of all that the tenant had, or changes nothing. Errc::already_exists names an address or
  // SID that two have; Errc::not_found: no such tenant. Others read the old directory until it is done, and wait with
  // what they write: two or three seconds of CPU for 100,000 users and 300,000 memberships.
  virtual Result<void> replace_directory(std::string_view tenant_guid, std::span<const UserRecord> users,
                                         std::span<const GroupRecord> groups) = 0;
  // By any of its addresses or its SID.
  virtual Result<std::optional<UserRecord>> find_user(std::string_view tenant_guid, std::string_view name) = 0;
  virtual Result<std::optional<GroupRecord>> find_group(std::string_view tenant_guid, std::string_view name) = 0;
  // All groups that one of `addresses` is a member of, directly or through other groups; circles are no harm.
  // Errc::too_large: more than kMaxGroupsOfOne. The answer is not cut off, for then a right might seem to be missing.
  virtual Result<std::vector<GroupName>> groups_of(std::string_view tenant_guid,
                                                   std::span<const std::string> addresses) = 0;
  // In the order of their primary addresses, at most `most` after `after`. Members in the order of their addresses.
  virtual Result<std::vector<UserRecord>> users(std::string_view tenant_guid, std::string_view after,
                                                std::size_t most) = 0;
  virtual Result<std::vector<GroupRecord>> groups(std::string_view tenant_guid, std::string_view after,
                                                  std::size_t most) = 0;
};

// The key pairs of accounts, wrapped (GetUserKeyPair and SetUserKeyPair of MS-RMPR 3.1.1.3): every RAC of an account
// carries the same one, so a licence that was issued before the recipient asked opens on each of its machines.
class AccountKeyStore {
 public:
  virtual ~AccountKeyStore() = default;
  // `account`: its SID, or its GUID.
  virtual Result<std::optional<std::vector<std::uint8_t>>> find_account_key(std::string_view tenant_guid,
                                                                            std::string_view account) = 0;
  // Keeps `wrapped` unless there is one already; the one that is kept. Two that add at once get the same.
  virtual Result<std::vector<std::uint8_t>> add_account_key(std::string_view tenant_guid, std::string_view account,
                                                            std::span<const std::uint8_t> wrapped) = 0;
};

// How many licensor certificates of one account are remembered: servers of one entry share an account, and each asks
// for a few a year.
inline constexpr std::size_t kMaxLicensorsOfOne = 1'000;

// The client licensor certificates (CLC) that we issued, by the key that they certify: the author of a publishing
// licence that comes without its certificate is found here (docs/decisions/0032). Nothing is to be believed for being
// here: each certificate is signed, and who finds it verifies it.
class LicensorStore {
 public:
  virtual ~LicensorStore() = default;
  // Forgets the oldest of the account that are over kMaxLicensorsOfOne. Errc::already_exists if the key is taken;
  // Errc::not_found: no such tenant.
  virtual Result<void> add_licensor(std::string_view tenant_guid, const LicensorRecord& record) = 0;
  virtual Result<std::optional<LicensorRecord>> find_licensor(std::string_view tenant_guid, std::string_view key) = 0;
};

class TemplateStore {
 public:
  virtual ~TemplateStore() = default;
  // All or none. Errc::already_exists names a GUID that is taken; Errc::not_found: no such tenant.
  virtual Result<void> add_templates(std::string_view tenant_guid, std::span<const TemplateRecord> records) = 0;
  // By GUID, braces allowed; archived ones too. Errc::not_found.
  virtual Result<TemplateRecord> find_template(std::string_view tenant_guid, std::string_view guid) = 0;
  // In the order of their GUIDs.
  virtual Result<std::vector<TemplateRecord>> templates(std::string_view tenant_guid) = 0;
};

// How much of the heads of one connector is kept. Whoever writes a journal anew has its connector's key, too: he must
// not be able to push older heads out. So their rate is bounded, and what must not go is pinned.
struct HeadLimits {
  std::size_t newest = 100'000;  // besides the pinned ones: 69 days of one a minute
  std::size_t an_hour = 4'000;   // a little more than one a second
  std::size_t journals = 1'000;  // a journal is begun anew by hand
};

// Where the audit journals of connectors stood, as they told us (docs/audit.md). Nothing is ever replaced.
class HeadStore {
 public:
  virtual ~HeadStore() = default;
  // Keeps `head`, unless it is here already; `written`, `kept` and the lines' own members are the caller's, `pinned` is
  // not looked at. Lets go of the oldest that are over the limit and not pinned. Errc::overloaded: too many within an
  // hour, or too many journals. Errc::not_found: no such tenant.
  virtual Result<KeptHead> keep_head(std::string_view tenant_guid, const HeadRecord& head) = 0;
  // The newest `most`, in the order in which they were kept; of one connector or of all of the tenant.
  virtual Result<std::vector<HeadRecord>> last_heads(std::string_view tenant_guid,
                                                     std::optional<std::string_view> connector, std::size_t most) = 0;
  // Lets all heads of one journal of a connector go, and writes `trace` to the usage log; both or neither. How many
  // there were. Errc::not_found: none. Errc::denied: it is the connector's newest, which it may be writing now.
  virtual Result<std::size_t> forget_journal(std::string_view tenant_guid, std::string_view connector,
                                             std::string_view journal, const UsageRow& trace) = 0;
};

// Whether there is a store at all: for who watches it, on a connection of its own, so that it waits for nobody.
class ProbedStore {
 public:
  virtual ~ProbedStore() = default;
  enum class Probe {
    look,   // whether somebody could write now; writes nothing, and waits for others as every call does
    write,  // writes as much as an answer takes, and takes it away; waits a quarter of a second at most for others
  };
  virtual Result<void> probe(Probe how) = 0;
};

class Store : public TenantStore,
              public ConnectorStore,
              public UsageStore,
              public DirectoryStore,
              public AccountKeyStore,
              public LicensorStore,
              public TemplateStore,
              public HeadStore,
              public ProbedStore {};

}  // namespace rms::cloud

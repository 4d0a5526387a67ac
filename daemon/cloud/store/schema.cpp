// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/schema.h"

#include <array>
#include <string>

namespace rms::cloud {
namespace {

// One step a version; a step that was released is never edited. The version is SQLite's own user_version.
// Times are milliseconds since 1970, UTC.
constexpr std::array kSteps = {
    // 1
    R"sql(
CREATE TABLE tenants (
  guid TEXT PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE UNIQUE,
  url TEXT NOT NULL,
  chain TEXT NOT NULL,
  licensor_key BLOB NOT NULL,
  intermediate_key BLOB NOT NULL,
  root_key BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE connectors (
  fingerprint TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  name TEXT NOT NULL COLLATE NOCASE,
  created INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  UNIQUE (tenant, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_log (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  time INTEGER NOT NULL,
  row_id TEXT NOT NULL,
  request_type TEXT NOT NULL,
  user_id TEXT NOT NULL,
  result TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  content_id TEXT NOT NULL,
  owner_email TEXT NOT NULL,
  issuer TEXT NOT NULL,
  template_id TEXT NOT NULL,
  file_name TEXT NOT NULL,
  date_published TEXT NOT NULL,
  c_info TEXT NOT NULL,
  c_ip TEXT NOT NULL,
  admin_action INTEGER NOT NULL,
  acting_as_user TEXT NOT NULL,
  connector TEXT NOT NULL,
  entry TEXT NOT NULL,
  role TEXT NOT NULL,
  principal TEXT NOT NULL,
  mechanism TEXT NOT NULL
) STRICT;
CREATE INDEX usage_log_by_tenant ON usage_log (tenant, id);
)sql",
    // 2: who there is, the keys of accounts, templates.
    // Users and groups share one table of addresses, so that an address means one of them or nobody; NOCASE knows ASCII
    // only, as equal_without_case() does. Members are addresses and not ids: some are known to nobody yet.
    R"sql(
CREATE TABLE principals (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  is_group INTEGER NOT NULL,
  mail TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL,
  sid TEXT COLLATE NOCASE,
  UNIQUE (tenant, sid)
) STRICT;
CREATE INDEX principals_by_mail ON principals (tenant, is_group, mail);
CREATE TABLE addresses (
  tenant TEXT NOT NULL,
  address TEXT NOT NULL COLLATE NOCASE,
  principal INTEGER NOT NULL REFERENCES principals(id),
  position INTEGER NOT NULL,
  PRIMARY KEY (tenant, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_principal ON addresses (principal, position);
CREATE TABLE members (
  tenant TEXT NOT NULL,
  member TEXT NOT NULL COLLATE NOCASE,
  in_group INTEGER NOT NULL REFERENCES principals(id),
  PRIMARY KEY (tenant, member, in_group)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_group ON members (in_group, member);
CREATE TABLE account_keys (
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  account TEXT NOT NULL COLLATE NOCASE,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (tenant, account)
) STRICT, WITHOUT ROWID;
CREATE TABLE templates (
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  guid TEXT NOT NULL COLLATE NOCASE,
  definition TEXT NOT NULL,
  xrml TEXT NOT NULL,
  changed INTEGER NOT NULL,
  archived INTEGER NOT NULL,
  PRIMARY KEY (tenant, guid)
) STRICT, WITHOUT ROWID;
)sql",

    // 3: whose keys licences were published with.
    R"sql(
CREATE TABLE licensors (
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  key TEXT NOT NULL,
  account TEXT NOT NULL COLLATE NOCASE,
  certificate TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (tenant, key)
) STRICT;
CREATE INDEX licensors_by_account ON licensors (tenant, account, created);
)sql",

    // 4: grants, and what connectors signed of who asked.
    R"sql(
ALTER TABLE connectors ADD COLUMN open_any INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_log ADD COLUMN used_grant TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_log ADD COLUMN missing_grant TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_log ADD COLUMN attribution TEXT NOT NULL DEFAULT '';
CREATE TABLE connector_certificates (
  fingerprint TEXT PRIMARY KEY,
  pem TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attributions (
  id TEXT PRIMARY KEY,
  attribution BLOB NOT NULL,
  signature BLOB NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES connector_certificates(fingerprint)
) STRICT, WITHOUT ROWID;
)sql",

    // 5: heads of the connectors' audit journals. By name of the connector, and not bound to its registration: a
    // certificate that is renewed and a connector that is removed take no evidence away. Only ever added to, and no
    // id is given twice: their order is that of the ids. `pinned` ones are not let go of when there are many.
    R"sql(
CREATE TABLE audit_heads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  connector TEXT NOT NULL COLLATE NOCASE,
  journal TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  written INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  pinned INTEGER NOT NULL,
  UNIQUE (tenant, connector, journal, sequence, hash)
) STRICT;
CREATE INDEX audit_heads_by_journal ON audit_heads (tenant, connector, journal, id);
CREATE INDEX audit_heads_by_time ON audit_heads (tenant, connector, kept);
CREATE INDEX audit_heads_by_worth ON audit_heads (tenant, connector, pinned, id);
)sql",

    // 6: answers, for attempts that come later. Ids, `kept` and `bytes_before` (the sizes of all before it) rise
    // together, so that what is over a limit is always at the beginning, and is found without a scan. `answer` is the
    // last column: what goes before it is read without it. `probe` is written to find out whether writing works.
    R"sql(
CREATE TABLE answers (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(guid),
  connector TEXT NOT NULL COLLATE NOCASE,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  kept INTEGER NOT NULL,
  bytes_before INTEGER NOT NULL,
  answer BLOB NOT NULL,
  UNIQUE (request_id, method, connector, tenant)
) STRICT;
CREATE TABLE probe (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  padding BLOB NOT NULL
) STRICT;
INSERT INTO probe (one, padding) VALUES (1, x'');
)sql",
};

}  // namespace

Result<void> migrate(Database& database) {
  RMS_TRY(auto transaction, Transaction::begin(database));
  RMS_TRY(const auto version, database.number("PRAGMA user_version"));
  const auto known = static_cast<std::int64_t>(kSteps.size());
  if (version > known) {
    return Error(Errc::unsupported, "the store has schema version " + std::to_string(version) +
                                        "; this program knows " + std::to_string(known) + " at most: run a newer one");
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step)
    RMS_CHECK(database.execute(kSteps[step]));
  // PRAGMA takes no parameters; the number is ours.
  RMS_CHECK(database.execute(("PRAGMA user_version=" + std::to_string(known)).c_str()));
  return transaction.commit();
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// What an XrML 1.2 certificate or licence says, as plain values: read from a Document, or filled in to issue one.
// One vocabulary for all kinds (MS-RMPR 2.2.9); each kind uses the members its section names, in that section's order.
// Unknown SECURITYLEVEL, ADDRESS and AUTHENTICATEDDATA are kept: Azure adds its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xrml/keys.h"

namespace rms::xrml {

// XrML tells time to the minute, UTC: "2013-04-16T16:58".
using Time = std::chrono::sys_time<std::chrono::minutes>;

// Half open: from <= t < until. A missing end is no limit.
struct Period {
  std::optional<Time> from, until;
  bool contains(Time t) const { return (!from || *from <= t) && (!until || t < *until); }
};

enum class Kind {
  machine_certificate,          // SPC
  rights_account_certificate,   // RAC, "Group-Identity-Credential"
  client_licensor_certificate,  // CLC
  server_licensor_certificate,  // SLC
  authority_certificate,        // DRM-CA-Certificate: what the SLC chains to
  publishing_license,           // PL
  rights_data,                  // ERD, the unsigned template inside a PL
  official_template,
  use_license,  // UL
};
std::string_view to_string(Kind kind);  // "publishing licence": for people.

struct Address {
  std::string type;  // "URL", "email_alias", ...
  std::string value;
};

// An OBJECT: whom or what a document speaks of.
struct Object {
  std::string type;     // "MS-DRM-Server", "Group-Identity", "Machine-Unique-Identifier", ...; may be empty
  std::string id_type;  // "MS-GUID", "Windows", "Federation", "Unspecified", "Internal", ""
  std::string id;
  std::string name;  // For Group-Identity: the mail address.
  std::vector<Address> addresses;
};

struct SecurityLevel {
  std::string name;
  std::string value;
};

// Raw ENABLINGBITS: a key sealed for a public key. See seal.h.
struct EnablingBits {
  bool v2 = true;  // sealed-key-v2 (Mode 2) or sealed-key (Mode 1).
  std::vector<std::uint8_t> bytes;
};

// A PRINCIPAL or ISSUER.
struct Principal {
  std::string internal_id;  // "1", or empty.
  Object object;
  std::optional<PublicKey> key;
  std::vector<std::uint8_t> hardware_digest;  // SPC only: DIGEST of the hardware id; empty if absent.
  std::vector<SecurityLevel> security_levels;
  std::optional<EnablingBits> enabling_bits;
};

// One right for one grantee. In an ERD the grantee is an Object; in an UL it is internal-id 1 with enabling bits.
struct Grant {
  std::string right;              // "VIEW", "OWNER", "ISSUE", ...
  std::optional<Object> grantee;  // PRINCIPAL/OBJECT
  std::string internal_id;        // PRINCIPAL@internal-id, if it has one
  std::optional<EnablingBits> enabling_bits;
  Period time;                       // RANGETIME
  std::optional<int> interval_days;  // INTERVALTIME
};

struct Work {
  Object object;                // What is protected: its id is the content id.
  std::optional<Object> owner;  // METADATA/OWNER
  Period time;                  // PRECONDITIONLIST/TIME: for the whole document.
  std::vector<Grant> grants;    // RIGHTSGROUP Main-Rights
  // Official templates only: for how many days a document is good, counted from when it was protected. Elsewhere
  // reading counts the days from the ISSUEDTIME into `time`.
  std::optional<int> interval_days{};
};

struct AuthenticatedData {
  std::string id;    // "Encrypted-Rights-Data", "APPSPECIFIC", ...
  std::string name;  // or empty
  std::string value;
};

struct Content {
  Kind kind = Kind::authority_certificate;
  Time issued{};
  Period validity;                               // VALIDITYTIME
  Object descriptor;                             // DESCRIPTOR/OBJECT; empty type and id if absent
  std::optional<Principal> issuer;               // absent in an ERD
  std::vector<Object> distribution_points;       // DISTRIBUTIONPOINT/OBJECT, in order
  std::vector<Principal> principals;             // ISSUEDPRINCIPALS
  std::vector<Principal> federation_principals;  // RAC only
  std::optional<Work> work;
  std::vector<AuthenticatedData> authenticated_data;
  std::vector<std::string> policy_lists;  // exact characters of each POLICYLIST, copied, not understood

  // The first principal; Errc-free convenience for documents that parse() has checked to have one.
  const Principal& principal() const { return principals.front(); }
  // The distribution point of this type, or null.
  const Object* distribution_point(std::string_view type) const;
};

// "2013-04-16T16:58" and back. REQUIRES: not after kLastTime, nor before our era. Errc::malformed.
inline constexpr Time kLastTime =
    std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::hours(23) + std::chrono::minutes(59);
std::string format(Time t);
Result<Time> parse_time(std::string_view text);

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace rms::cloud {

// An organization as it is kept: certificates in the clear, private keys only wrapped (keys/key_file.h).
struct TenantRecord {
  std::string guid;   // no braces
  std::string name;   // unique without regard to case
  std::string url;    // "https://rms.contoso.test": printed in what the tenant issues
  std::string chain;  // exact texts, one after the other: SLC, intermediate, root
  std::vector<std::uint8_t> licensor_key, intermediate_key, root_key;  // wrapped
  WallTime created;
};

// A connector that may ask, known by its client certificate.
struct ConnectorRecord {
  std::string tenant;       // GUID
  std::string name;         // unique in its tenant
  std::string fingerprint;  // SHA-256 of the certificate's DER, 64 lower-case hex digits; unique everywhere
  WallTime created;
  bool disabled = false;
  bool open_any = false;  // whether its servers may open what they were not granted, where its settings say so
};

// What a connector signed of a caller (rms.v1.SignedAttribution), once for many rows of the usage log.
struct AttributionRecord {
  std::string id;           // SHA-256 of attribution and signature, hex
  std::string attribution;  // rms.v1.Attribution, the bytes that were signed
  std::string signature;
  std::string fingerprint;  // of the certificate whose key signed
  std::string certificate;  // that certificate, PEM
};

// A question as all of its attempts share it: a connector that has heard nothing asks again under the same request_id.
struct QuestionRecord {
  std::string connector;   // its name in the tenant: a renewed certificate changes nothing
  std::string method;      // "AcquireLicense"
  std::string request_id;  // GUID, lower case, no braces
  std::string digest;      // of what is asked, and for whom: SHA-256, 64 lower-case hex digits
};

// What a question was answered with.
struct AnswerRecord {
  std::string digest;  // of the question
  std::string answer;  // as it went over the wire
};

// A person or a service account of a tenant, as it was imported.
struct UserRecord {
  std::string mail;                  // primary address; unique in its tenant among users and groups, aliases included
  std::string name;                  // for people
  std::string sid;                   // Windows SID, or empty; unique in its tenant
  std::vector<std::string> aliases;  // further addresses
};

struct GroupRecord {
  std::string mail;
  std::string name;
  std::string sid;
  std::vector<std::string> aliases;
  std::vector<std::string> members;  // addresses of users and groups; others are kept and mean nothing yet
};

// What a licence may call a group.
struct GroupName {
  std::string mail, sid;
  std::vector<std::string> aliases;
};

// A client licensor certificate that we issued.
struct LicensorRecord {
  std::string key;          // xrml::PublicKey::fingerprint() of the key that it certifies
  std::string account;      // whose it is: SID, or GUID
  std::string certificate;  // exact text
  WallTime created;
};

struct TemplateRecord {
  std::string guid;        // no braces
  std::string definition;  // JSON: names by LCID, rights, times (cloud/templates/)
  std::string xrml;        // the official template as it was signed, exact text
  WallTime changed;
  bool archived = false;  // not handed out any more; licences made with it still open
};

// Where the audit journal of a connector stood: one of its lines.
struct HeadRecord {
  std::string connector;       // its name
  std::string journal;         // GUID, lower case, no braces
  std::uint64_t sequence = 0;  // of the line; less than 2^63
  std::string hash;            // 64 lower-case hex digits
  WallTime written;            // the line, as the connector says
  WallTime kept;               // here
  bool pinned = false;         // the first of its journal, or of its connector's day (UTC)
};

// What is odd about a head, held against those of the same journal that were kept before it.
enum class HeadFinding {
  none,
  backwards,   // the one before it has a higher number
  other_hash,  // one has the same number and another hash
};

// What became of a head.
struct KeptHead {
  WallTime kept;                       // when it was; the first time, if it came before
  std::optional<HeadRecord> previous;  // of the same journal
  std::optional<HeadRecord> before;    // the last of another journal of the connector, from before this one's first
  HeadFinding finding = HeadFinding::none;
  bool repeated = false;      // it was here already
  bool journal_anew = false;  // the first of its journal, and the connector had another journal before
};

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// Makes each kind of document with the names, GUIDs and element values that Microsoft's services use (MS-RMPR 2.2.9.3
// to 2.2.9.10), from the few facts that differ. Each returns the issued Document; chains are put together by callers.
// Nothing here judges whom to believe: verify_chain() comes first. Errc::malformed wherever a document is of another
// kind than its parameter's name says, or what should be issued could not be read again; Errc::too_large if it passes
// a limit of Document::parse(). GUIDs are without braces, mail addresses and names are any text. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "xrml/chain.h"
#include "xrml/document.h"
#include "xrml/keys.h"
#include "xrml/seal.h"

namespace rms::xrml {

// Where a service is found; printed in what it issues.
struct ServiceUrls {
  std::string base;           // "https://rms.contoso.test/_wmcs": issuer's ADDRESS
  std::string certification;  // base + "/certification"
  std::string licensing;      // base + "/licensing"
  std::optional<std::string> extranet_licensing;
  static ServiceUrls from_base(std::string base);  // base without a trailing slash
};

// Who signs, with what: the issuer's Principal as it is printed in ISSUER, and its key.
struct Issuer {
  Principal principal;
  const PrivateKey* key;  // not owned
};
// The issuer that the (single) principal of `certificate` is, holding `key`.
Issuer issuer_of(const Document& certificate, const PrivateKey& key);

// The issuing hierarchy of a tenant: root authority, intermediate, server licensor certificate (SLC).
Result<Document> issue_authority(const std::string& name, const PublicKey& subject,
                                 const std::optional<Issuer>& issuer_or_self, const PrivateKey& signing_key, Time now,
                                 Period validity);
Result<Document> issue_server_licensor(const Issuer& authority, const PublicKey& subject,
                                       const std::string& tenant_name, const std::string& tenant_guid,
                                       const ServiceUrls& urls, Time now, Period validity);

// A machine's own certificate (SPC), self-activated: issued by a key that the machine made itself (docs/decisions/).
Result<Document> issue_machine_certificate(const PrivateKey& machine_key, const std::string& machine_guid, Time now);

// Whom a RAC is for.
struct Account {
  std::string sid;   // "S-1-5-..." gives ID type Windows; empty gives ID type Federation with `guid`
  std::string guid;  // without braces; used when sid is empty
  std::string mail;  // NAME: rights are granted to this address
  std::vector<std::string> aliases;
};
// A temporary one says so in its Group-Identity-Credential-Type (MS-RMPR 2.2.9.5.4); its validity is the caller's to
// choose.
Result<Document> issue_rights_account(const Issuer& server, const Account& account, const PrivateKey& account_key,
                                      const Document& machine, const ServiceUrls& urls, Time now, Period validity,
                                      bool persistent = true);
// The public half: who the account is and its key, for servers that prepare licences for it (MS-RMSI 3.3.4.1). Without
// FEDERATIONPRINCIPALS: there is no private key in it.
Result<Document> issue_public_rights_account(const Issuer& server, const Account& account, const PublicKey& account_key,
                                             const ServiceUrls& urls, Time now, Period validity);
// The account that a RAC names.
Account account_of(const Document& rac);
// The account's key, which the RAC carries sealed for the machine. Errc::wrong_key: for other machines only.
// Errc::corrupt: opened, but it is not the key that the RAC names.
Result<PrivateKey> open_rights_account(const Document& rac, const PrivateKey& machine_key);

// `rac` says for whom, `licensor_key` is the new key pair, sealed for the RAC's key.
Result<Document> issue_client_licensor(const Issuer& server, const Document& rac, const PrivateKey& licensor_key,
                                       const ServiceUrls& urls, Time now, Period validity);
// The licensor's key, which the CLC carries sealed for the account. Errc as open_rights_account().
Result<PrivateKey> open_client_licensor(const Document& clc, const PrivateKey& account_key);

// Grants rights to everybody who has an account with the service. No address: it has no @.
inline constexpr std::string_view kAnyone = "ANYONE";

// One person or group, or kAnyone, and the rights granted to them.
struct RightsFor {
  std::string mail;
  std::vector<std::string> rights;  // "VIEW", "EDIT", ... upper case
  Period time;
};
struct Publication {
  std::string content_guid;  // without braces
  std::string owner_mail;
  std::string content_name;  // Referral-Info; may be empty
  std::vector<RightsFor> rights;
  Period time;                                          // for the whole document
  std::vector<AuthenticatedData> authenticated_data{};  // signed with the rest, after the rights; readable by anyone
  // No use licence is to be kept: who opens the document asks again each time (NOLICCACHE, MS-RMPR 2.2.9.8.6).
  bool keep_no_license = false;
  // Goes in to the character as the rights data (MS-RMPR 2.2.9.8); it says all about rights and times, so `rights`,
  // `time` and `keep_no_license` must be left out: Errc::malformed.
  std::optional<Document> official_template{};
};
// Offline publishing: PL signed with the CLC's key; the content key sealed for the server that issued the CLC, whose
// principal is copied verbatim from the CLC's ISSUER element. `server` is the SLC if it is at hand, else the CLC's
// issuer.
Result<Document> issue_publishing_license(const Document& clc, const PrivateKey& licensor_key, const Publication& what,
                                          const ContentKey& key, Time now);

// Online publishing (MS-RMPR 3.5.4.1). The publisher's half: a PL without ISSUER and signature, its content key sealed
// for `server` and bound to its ISSUEDPRINCIPALS.
Result<Document> issue_unsigned_license(const Principal& server, const Publication& what, const ContentKey& key,
                                        Time now);
// The server's half: signs an unsigned PL as `server`, its content key, which `key` must be (REQUIRES), sealed anew.
// What is not the publisher's to say is the server's: issuer, time, principal, where licences come from.
// Errc::malformed if it has an ISSUER or a signature: its key may have been sealed for another licence.
Result<Document> sign_publishing_license(const Issuer& server, const Document& unsigned_license, const ContentKey& key,
                                         const ServiceUrls& urls, Time now);

// In one use licence. Microsoft's services know some twenty; applications may have a few of their own.
inline constexpr std::size_t kMaxUseGrants = 64;

// What a use licence takes over from the publishing licence and its rights data: content, owner, referral, POLICYLISTs
// and what is told to applications. Many use licences may be asked of one publishing licence, and each is written anew.
inline constexpr std::size_t kMaxCopiedBytes = 256 * 1024;

// What the server found that the account may do.
struct UseGrant {
  std::string right;
  Period time;
  std::optional<int> interval_days;
};
// Whom a use licence is for.
struct Holder {
  Object object;
  PublicKey key;
};
// REQUIRES: a RAC.
Holder holder_of(const Document& rac);
// The same, for one who has not asked for a RAC yet.
Holder holder_of(const Account& account, const PublicKey& account_key);

// An owner gets OWNER and nothing else (MS-RMPR 2.2.9.9.6), whatever `grants` says beside it. POLICYLISTs are copied
// from `rights_data` and the licence to the character, and what `rights_data` say to applications (NOLICCACHE), too.
// Errc::no_rights if there are no grants; Errc::too_large also for more than kMaxUseGrants or kMaxCopiedBytes, or more
// POLICYLISTs in both than a document may have.
Result<Document> issue_use_license(const Issuer& server, const Document& publishing_license,
                                   const Document& rights_data, const Holder& holder, const ContentKey& key,
                                   const std::vector<UseGrant>& grants, Time now);
Result<Document> issue_use_license(const Issuer& server, const Document& publishing_license,
                                   const Document& rights_data, const Document& rac, const ContentKey& key,
                                   const std::vector<UseGrant>& grants, Time now);
// Whether one who was given `use_license` may keep it for the next time (NOLICCACHE is not 1).
bool may_be_kept(const Document& use_license);

// What a use licence says to its holder.
struct OpenedUse {
  ContentKey key;
  std::vector<UseGrant> grants;
};
// Only the rights that are valid at `now`. Errc::wrong_key: for another account. Errc::not_valid_now: there is none.
// Errc::corrupt as unseal_content_key().
Result<OpenedUse> open_use_license(const Document& use_license, const PrivateKey& account_key, Time now);

// The content key and rights that a publishing licence holds, opened with the server's key.
struct OpenedPublication {
  ContentKey key;
  Document rights_data;
};
// Errc::untrusted if the licence's principal is not `server` (object id, modulus):
// RightsLabelNoMatchingIssuedPrincipal.
Result<OpenedPublication> open_publishing_license(const Document& publishing_license, const Principal& server,
                                                  const PrivateKey& server_key);
// The two steps of it, for who must tell their failures apart.
Result<ContentKey> open_content_key(const Document& publishing_license, const Principal& server,
                                    const PrivateKey& server_key);
Result<Document> open_rights_data(const Document& publishing_license, const ContentKey& key);

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "xrml/certificates.h"

#include "base/guid.h"
#include "xrml/phrases.h"
#include "xrml/well_known.h"
#include "xrml/writer.h"

namespace rms::xrml {
namespace {

// What a certificate says of itself: DESCRIPTOR, and OBJECT of its WORK.
Object descriptor_of(std::string_view type) {
  return {std::string(type), "MS-GUID", new_braced_guid(), "", {}};
}

Work right_to_issue(const Object& descriptor, const Period& period, std::optional<EnablingBits> bits = {}) {
  Grant issue{.right = "ISSUE",
              .grantee = {},
              .internal_id = "1",
              .enabling_bits = std::move(bits),
              .time = period,
              .interval_days = {}};
  return Work{descriptor, {}, {}, {std::move(issue)}};
}

// A principal as it is printed in what it issues or is licensed for: without what only its own certificate says.
Principal plain(const Principal& principal, std::string internal_id) {
  Principal copy = principal;
  copy.internal_id = std::move(internal_id);
  copy.hardware_digest.clear();
  copy.enabling_bits.reset();
  return copy;
}

Object account_object(const Account& account) {
  Object object{"Group-Identity", "Windows", account.sid, account.mail, {}};
  if (account.sid.empty()) {
    object.id_type = "Federation";
    object.id = "{" + account.guid + "}";
    // "MUST NOT exist" for Windows accounts (MS-RMPR 2.2.9.6.4).
    for (const auto& alias : account.aliases) object.addresses.push_back({"email_alias", alias});
  }
  return object;
}

// A RAC but for the machines that it is for.
Content rights_account(const Issuer& server, const Account& account, const PublicKey& account_key,
                       const ServiceUrls& urls, Time now, Period validity, bool persistent) {
  Content content;
  content.kind = Kind::rights_account_certificate;
  content.issued = now;
  content.validity = validity;
  content.descriptor = descriptor_of("Group-Identity-Credential");
  content.issuer = server.principal;
  content.distribution_points = {distribution_point("Activation", kCertificationGuid,
                                                    "Microsoft Identity Certification Server", urls.certification)};
  Principal principal;
  principal.internal_id = "1";
  principal.object = account_object(account);
  principal.key = account_key;
  principal.security_levels = {{"Group-Identity-Credential-Type", persistent ? "Persistent" : "Temporary"},
                               {"Group-Identity-Type", "Group"},
                               {"Group-Identity-Policy", "Group-Identity-Credential"}};
  content.principals = {std::move(principal)};
  return content;
}

}  // namespace

ServiceUrls ServiceUrls::from_base(std::string base) {
  ServiceUrls urls;
  urls.certification = base + "/certification";
  urls.licensing = base + "/licensing";
  urls.base = std::move(base);
  return urls;
}

Issuer issuer_of(const Document& certificate, const PrivateKey& key) {
  return {plain(certificate.content().principal(), ""), &key};
}

Result<Document> issue_authority(const std::string& name, const PublicKey& subject,
                                 const std::optional<Issuer>& issuer_or_self, const PrivateKey& signing_key, Time now,
                                 Period validity) {
  Principal principal;
  principal.internal_id = "1";
  principal.object = {"DRM-Certificate-Authority", "ascii-tag", name, name, {}};
  principal.key = subject;

  Content content;
  content.kind = Kind::authority_certificate;
  content.issued = now;
  content.validity = validity;
  content.descriptor = descriptor_of("DRM-CA-Certificate");
  content.issuer = issuer_or_self ? issuer_or_self->principal : principal;
  content.principals = {principal};
  content.work = right_to_issue(content.descriptor, validity);
  return issue(content, &signing_key);
}

Result<Document> issue_server_licensor(const Issuer& authority, const PublicKey& subject,
                                       const std::string& tenant_name, const std::string& tenant_guid,
                                       const ServiceUrls& urls, Time now, Period validity) {
  const std::string guid = "{" + tenant_guid + "}";
  Principal principal;
  principal.internal_id = "1";
  principal.object = {"MS-DRM-Server", "MS-GUID", guid, tenant_name, {{"URL", urls.base}}};
  principal.key = subject;
  principal.security_levels = {{"Server-Version", "2.0.0.0"}, {"Server-SKU", "RMS 2.0"}, {"Tenant-ID", guid}};

  Content content;
  content.kind = Kind::server_licensor_certificate;
  content.issued = now;
  content.validity = validity;
  content.descriptor = descriptor_of("Server-Licensor-Certificate");
  content.issuer = authority.principal;
  content.principals = {principal};
  content.work = right_to_issue(content.descriptor, validity);
  return issue(content, authority.key);
}

Result<Document> issue_machine_certificate(const PrivateKey& machine_key, const std::string& machine_guid, Time now) {
  const std::string guid = "{" + machine_guid + "}";
  Principal issuer;
  issuer.object = {"MS-DRM-Desktop-Security-Processor", "MS-GUID", guid, "rms-connector self activation", {}};
  issuer.key = machine_key.public_key();
  Principal machine;
  machine.object = {"Machine-Unique-Identifier", "MS-GUID", guid, "Machine", {}};
  machine.key = machine_key.public_key();
  // There is no hardware to name: the machine is whoever holds the key. docs/decisions/0013.
  machine.hardware_digest = digest(Hash::sha256, guid);
  machine.security_levels = {{"Platform", "2.0.0.0"},
                             {"Manufacturer", "rms-connector"},
                             {"Repository", "rms-connector software key store 1.0.0.0"}};

  Content content;
  content.kind = Kind::machine_certificate;
  content.issued = now;
  content.descriptor = descriptor_of("Machine-Certificate");
  content.descriptor.name = "Microsoft Machine-Certificate";
  content.issuer = std::move(issuer);
  content.distribution_points = {
      distribution_point("Activation", kMachineActivationGuid, "Microsoft Activation", "file:///rms")};
  content.principals = {std::move(machine)};
  return issue(content, &machine_key);
}

Result<Document> issue_rights_account(const Issuer& server, const Account& account, const PrivateKey& account_key,
                                      const Document& machine, const ServiceUrls& urls, Time now, Period validity,
                                      bool persistent) {
  RMS_CHECK(expect_kind(machine, Kind::machine_certificate));
  const Principal& holder = machine.content().principal();
  if (holder.key->bits() < 2048) return Error(Errc::unsupported, "a machine key of Mode 1");

  Content content = rights_account(server, account, account_key.public_key(), urls, now, validity, persistent);
  Principal federation;
  federation.object = holder.object;
  RMS_TRY(federation.enabling_bits, seal(*holder.key, account_key, bound_text(content)));
  // Only what MS-RMPR 2.2.9.5.5 wants copied: the machine wrote its certificate itself.
  for (const std::string_view name : {"Manufacturer", "Platform", "Repository"}) {
    for (const auto& level : holder.security_levels) {
      if (level.name == name) federation.security_levels.push_back(level);
    }
  }
  content.federation_principals = {std::move(federation)};
  return issue(content, server.key);
}

Result<Document> issue_public_rights_account(const Issuer& server, const Account& account, const PublicKey& account_key,
                                             const ServiceUrls& urls, Time now, Period validity) {
  return issue(rights_account(server, account, account_key, urls, now, validity, true), server.key);
}

Holder holder_of(const Document& rac) {
  const Principal& principal = rac.content().principal();
  return {principal.object, *principal.key};
}

Holder holder_of(const Account& account, const PublicKey& account_key) {
  return {account_object(account), account_key};
}

Account account_of(const Document& rac) {
  const Object& object = rac.content().principal().object;
  Account account;
  account.mail = object.name;
  if (object.id_type == "Windows") {
    account.sid = object.id;
  } else {
    account.guid = without_braces(object.id);
  }
  for (const auto& [type, value] : object.addresses) {
    if (type == "email_alias") account.aliases.push_back(value);
  }
  return account;
}

Result<PrivateKey> open_rights_account(const Document& rac, const PrivateKey& machine_key) {
  RMS_CHECK(expect_kind(rac, Kind::rights_account_certificate));
  // Which of several machines is meant shows only in trying.
  Error failure(Errc::wrong_key, "the certificate is for no machine");
  for (const auto& machine : rac.content().federation_principals) {
    if (!machine.enabling_bits) continue;
    auto key = unseal_private_key(machine_key, *machine.enabling_bits, rac.bound_text());
    if (key && key->public_key() == *rac.content().principal().key) return key;
    failure = key ? Error(Errc::corrupt, "the sealed key is not the account's") : std::move(key).error();
  }
  return failure;
}

Result<Document> issue_client_licensor(const Issuer& server, const Document& rac, const PrivateKey& licensor_key,
                                       const ServiceUrls& urls, Time now, Period validity) {
  RMS_CHECK(expect_kind(rac, Kind::rights_account_certificate));
  const Principal& account = rac.content().principal();

  Content content;
  content.kind = Kind::client_licensor_certificate;
  content.issued = now;
  content.descriptor = descriptor_of("Client-Licensor-Certificate");
  content.issuer = server.principal;
  content.distribution_points = licensing_points(urls);
  Principal principal;
  principal.internal_id = "1";
  principal.object = account.object;
  principal.key = licensor_key.public_key();
  content.principals = {std::move(principal)};
  RMS_TRY(auto bits, seal(*account.key, licensor_key, bound_text(content)));
  content.work = right_to_issue(content.descriptor, validity, std::move(bits));
  return issue(content, server.key);
}

Result<PrivateKey> open_client_licensor(const Document& clc, const PrivateKey& account_key) {
  RMS_CHECK(expect_kind(clc, Kind::client_licensor_certificate));
  const auto& grants = clc.content().work->grants;
  if (grants.size() != 1 || !grants.front().enabling_bits) {
    return Error(Errc::malformed, "a licensor certificate without its key");
  }
  RMS_TRY(auto key, unseal_private_key(account_key, *grants.front().enabling_bits, clc.bound_text()));
  if (key.public_key() != *clc.content().principal().key) {
    return Error(Errc::corrupt, "the sealed key is not the certificate's");
  }
  return key;
}

}  // namespace rms::xrml

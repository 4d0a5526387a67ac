// SPDX-License-Identifier: Apache-2.0
#include "cloud/licensing/pre_license.h"

#include <optional>

#include "cloud/certification/certify.h"
#include "cloud/licensing/use_license.h"
#include "grants/refusal.h"

namespace rms::cloud {
namespace {

// The certificate of the key that `text`, a licence, says it was signed with; nullopt if we issued none, or if `text`
// cannot be read: open_label() says so.
Result<std::optional<LicensorRecord>> find_licensor(const IssuingTenant& tenant, LicensorStore& licensors,
                                                    std::string_view text) {
  const auto license = xrml::Document::parse(text);
  if (!license || !license->content().issuer || !license->content().issuer->key) return std::nullopt;
  return licensors.find_licensor(tenant.guid(), license->content().issuer->key->fingerprint());
}

}  // namespace

Outcome<OpenLabel> open_lone_label(const IssuingTenant& tenant, TemplateStore& templates, LicensorStore& licensors,
                                   const soap::ChainView& texts, WallTime now, LabelFacts& facts) {
  if (texts.empty())
    return soap::Fault{std::string(soap::exceptions::kArgumentNull), "The request must bring a publishing license."};
  std::optional<LicensorRecord> licensor;
  if (texts.size() == 1) {
    RMS_TRY(licensor, find_licensor(tenant, licensors, texts.front()));
  }
  auto chain = texts;
  if (licensor) chain.push_back(licensor->certificate);
  return open_label(tenant, templates, chain, now, facts);
}

Outcome<std::string> PreLicenseBatch::acquire(std::string_view identity, std::string& recipient) {
  recipient = identity;
  RMS_TRY(const auto person, directory_.find(tenant_.guid(), identity));
  if (!person)
    return soap::Fault{std::string(soap::exceptions::kAcquirePreLicenseInvalidLicensee),
                       "The recipient is not known to this service."};
  recipient = person->account.mail;
  std::vector<std::string> addresses = person->account.aliases;
  addresses.push_back(person->account.mail);
  if (!covers_recipient(scope_, addresses))
    return soap::Fault{std::string(soap::exceptions::kAcquirePreLicenseInvalidLicensee),
                       not_granted_text(grant::kRecipients), std::string(grant::kRecipients)};

  RMS_TRY(const auto grants, grants_of(label_, *person, now_));
  RMS_TRY(const auto key, keys_.key_of(tenant_, person->account));
  const auto holder = xrml::holder_of(as_certified(person->account), key.public_key());
  RMS_TRY(const auto license, make_use_license(tenant_, label_, holder, grants, now_));
  return std::string(license.text());
}

}  // namespace rms::cloud

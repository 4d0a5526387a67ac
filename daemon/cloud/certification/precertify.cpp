// SPDX-License-Identifier: Apache-2.0
#include "cloud/certification/precertify.h"

#include "base/text.h"
#include "cloud/certification/certify.h"
#include "cloud/directory/account.h"
#include "cloud/xrml_time.h"
#include "grants/refusal.h"

namespace rms::cloud {
namespace {

using namespace soap::exceptions;

// Whether what `request` says of `account` is so; it need not say all.
bool describes(const soap::PrecertifyRequest& request, const xrml::Account& account) {
  const auto is_own = [&](const std::string& address) { return address.empty() || has_address(account, address); };
  return is_own(request.user_name) && is_own(request.mail) &&
         (request.id.empty() || equal_without_case(request.id, account.sid));
}

}  // namespace

Outcome<soap::PrecertifyResponse> precertify(const IssuingTenant& tenant, Directory& directory, AccountKeys& keys,
                                             const soap::PrecertifyRequest& request, const Scope& scope, WallTime now) {
  const auto& name = request.user_name.empty() ? request.id : request.user_name;
  if (name.empty())
    return soap::Fault{std::string(kDrmsArgument), "The request must bring a UserName or an Identification."};
  RMS_TRY(const auto person, directory.find(tenant.guid(), name));
  if (!person) return soap::Fault{std::string(kDrmsArgument), "The user is not known to this service."};
  if (!describes(request, person->account))
    return soap::Fault{std::string(kUnauthorizedAccess), "The request describes more than one user."};
  // Who may pre-license for some people only asks for the certificates of these.
  std::vector<std::string> addresses = person->account.aliases;
  addresses.push_back(person->account.mail);
  if (!covers_recipient(scope, addresses))
    return soap::Fault{std::string(kUnauthorizedAccess), not_granted_text(grant::kRecipients),
                       std::string(grant::kRecipients)};

  const auto issued = to_xrml_time(now);
  RMS_TRY(const auto key, keys.key_of(tenant, person->account));
  RMS_TRY(const auto certificate, xrml::issue_public_rights_account(
                                      tenant.issuer(), as_certified(person->account), key.public_key(), tenant.urls(),
                                      issued, {issued - kClockTolerance, issued + kPersistentValidity}));
  return soap::PrecertifyResponse{std::string(certificate.text())};
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#include "cloud/certification/persona.h"

#include <algorithm>

#include "base/text.h"
#include "cloud/directory/account.h"
#include "cloud/xrml_time.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

// The aliases that the certificate names are not looked at: they were true a year ago, and the directory knows today's.
bool is_of(const xrml::Account& certified, const xrml::Account& asking) {
  if (!certified.sid.empty() && !asking.sid.empty()) return equal_without_case(certified.sid, asking.sid);
  return has_address(asking, certified.mail);
}

Result<xrml::Document> read_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                                    const xrml::Account& asking, WallTime now) {
  if (certificates.empty()) return Error(Errc::malformed, "no account certificate");
  if (certificates.size() > soap::kMaxLicenseeCerts ||
      std::ranges::any_of(certificates, [](auto text) { return text.size() > soap::kMaxLicenseeCertBytes; }))
    return Error(Errc::too_large, "too many or too large account certificates");
  RMS_TRY(auto chain, xrml::parse_chain(std::span(certificates).first(1)));
  RMS_TRY(chain, xrml::expect_kind(std::move(chain), xrml::Kind::rights_account_certificate));
  RMS_CHECK(xrml::verify_chain(chain, tenant.anchors(), to_xrml_time(now)));
  if (!is_of(xrml::account_of(chain.front()), asking))
    return Error(Errc::denied, "the account certificate is another account's");
  return chain.front();
}

}  // namespace

Outcome<xrml::Document> check_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                                      const xrml::Account& asking, WallTime now) {
  auto persona = read_persona(tenant, certificates, asking, now);
  if (!persona) return refuse(Subject::persona, std::move(persona).error());
  return *std::move(persona);
}

}  // namespace rms::cloud

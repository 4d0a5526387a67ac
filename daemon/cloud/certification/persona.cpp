// SPDX-License-Identifier: Apache-2.0
#include "cloud/certification/persona.h"

#include <algorithm>

#include "cloud/directory/account.h"
#include "cloud/xrml_time.h"
#include "soap/envelope.h"

namespace rms::cloud {
namespace {

Result<Persona> read_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                             std::string_view asking_mail, WallTime now) {
  if (certificates.empty()) return Error(Errc::malformed, "no account certificate");
  if (certificates.size() > soap::kMaxLicenseeCerts ||
      std::ranges::any_of(certificates, [](auto text) { return text.size() > soap::kMaxLicenseeCertBytes; }))
    return Error(Errc::too_large, "too many or too large account certificates");
  RMS_TRY(auto chain, xrml::parse_chain(std::span(certificates).first(1)));
  RMS_TRY(chain, xrml::expect_kind(std::move(chain), xrml::Kind::rights_account_certificate));
  RMS_CHECK(xrml::verify_chain(chain, tenant.anchors(), to_xrml_time(now)));
  auto account = xrml::account_of(chain.front());
  if (!same_address(account.mail, asking_mail))
    return Error(Errc::denied, "the account certificate is another account's");
  return Persona{chain.front(), std::move(account)};
}

}  // namespace

Outcome<Persona> check_persona(const IssuingTenant& tenant, const soap::ChainView& certificates,
                               std::string_view asking_mail, WallTime now) {
  auto persona = read_persona(tenant, certificates, asking_mail, now);
  if (!persona) return refuse(Subject::persona, std::move(persona).error());
  return *std::move(persona);
}

}  // namespace rms::cloud

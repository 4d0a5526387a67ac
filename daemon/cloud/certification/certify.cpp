// SPDX-License-Identifier: Apache-2.0
#include "cloud/certification/certify.h"

#include "cloud/xrml_time.h"

namespace rms::cloud {
namespace {

constexpr unsigned kMode2Bits = 2048;
constexpr std::size_t kMaxCertifiedAliases = 32, kMaxCertifiedAliasBytes = 8 * 1024;

Result<xrml::Document> check_machine(const soap::ChainView& texts, xrml::Time now) {
  RMS_TRY(auto chain, xrml::parse_chain(texts));
  RMS_TRY(chain, xrml::expect_kind(std::move(chain), xrml::Kind::machine_certificate));
  const auto& machine = chain.front();
  const auto& principal = machine.content().principal();
  if (!principal.key || !machine.content().issuer || !machine.content().issuer->key)
    return Error(Errc::malformed, "the machine certificate names no key");
  if (principal.key->bits() != kMode2Bits || !machine.signature() || machine.signature()->hash != xrml::Hash::sha256)
    return Error(Errc::unsupported, "the machine certificate is not of Mode 2");
  // Whoever issued the last certificate may have: the chain must hold together below it.
  const auto& top = chain.back().content().issuer;
  if (!top || !top->key) return Error(Errc::malformed, "the last certificate of the machine's chain names no issuer");
  RMS_CHECK(xrml::verify_chain(chain, xrml::TrustAnchors{{*top->key}}, now));
  return machine;
}

}  // namespace

xrml::Account as_certified(const xrml::Account& account) {
  xrml::Account shown = account;
  shown.aliases.clear();
  std::size_t bytes = 0;
  for (const auto& alias : account.aliases) {
    bytes += alias.size();
    if (shown.aliases.size() == kMaxCertifiedAliases || bytes > kMaxCertifiedAliasBytes) break;
    shown.aliases.push_back(alias);
  }
  return shown;
}

Outcome<soap::Chain> certify(const IssuingTenant& tenant, AccountKeys& keys, const xrml::Account& account,
                             const soap::CertifyRequest& request, WallTime now) {
  const auto issued = to_xrml_time(now);
  auto machine = check_machine(request.machine_chain, issued);
  if (!machine) return refuse(Subject::machine_chain, std::move(machine).error());

  const xrml::Period validity{issued - kClockTolerance,
                              request.persistent ? issued + kPersistentValidity : issued + kTemporaryValidity};
  RMS_TRY(const auto key, keys.key_of(tenant, account));
  auto rac = xrml::issue_rights_account(tenant.issuer(), as_certified(account), key, *machine, tenant.urls(), issued,
                                        validity, request.persistent);
  // What an account is called was checked; what is copied of the machine, its owner wrote.
  if (!rac) return refuse(Subject::machine_chain, std::move(rac).error());
  return tenant.with_chain(*rac);
}

}  // namespace rms::cloud

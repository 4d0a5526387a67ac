// SPDX-License-Identifier: Apache-2.0
#include "cloud/directory/account_keys.h"

#include "base/text.h"
#include "xrml/key_wrap.h"

namespace rms::cloud {

Result<xrml::PrivateKey> AccountKeys::key_of(const IssuingTenant& tenant, const xrml::Account& account) {
  const auto id = to_lower(account.sid.empty() ? account.guid : account.sid);
  // What the wrapped key is and whose: nobody can put it in the place of another account's.
  const auto purpose = "rms-connector tenant " + tenant.guid() + " account " + id;

  RMS_TRY(auto wrapped, store_.find_account_key(tenant.guid(), id));
  if (!wrapped) {
    RMS_TRY(const auto made, spare_keys_.take());
    RMS_TRY(wrapped, store_.add_account_key(tenant.guid(), id, xrml::wrap(wrapping_key_, made.to_pem(), purpose)));
  }
  auto pem = xrml::unwrap(wrapping_key_, *wrapped, purpose);
  if (!pem) return std::move(pem).error().in("the key of account " + id);
  return xrml::PrivateKey::from_pem(*pem);
}

}  // namespace rms::cloud

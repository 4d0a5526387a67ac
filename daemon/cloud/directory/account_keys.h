// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/store/store.h"
#include "xrml/certificates.h"
#include "xrml/keys.h"

namespace rms::cloud {

// The key pair of each account (GetUserKeyPair and SetUserKeyPair of MS-RMPR 3.1.1.3), which all its account
// certificates carry: docs/decisions/0031. Any thread.
class AccountKeys {
 public:
  // `wrapping_key`: the one that wraps the tenants' keys.
  AccountKeys(AccountKeyStore& store, Secret wrapping_key) : store_(store), wrapping_key_(std::move(wrapping_key)) {}

  // Found by the account's SID or else its GUID; or made (tens of milliseconds of CPU) and kept. Of several that ask
  // first at once, in whatever process, all get the one that was kept first. Errc::wrong_key: wrapped with another key
  // file; others as the store. None of these says anything about the account.
  Result<xrml::PrivateKey> key_of(const IssuingTenant& tenant, const xrml::Account& account);

 private:
  AccountKeyStore& store_;
  const Secret wrapping_key_;
};

}  // namespace rms::cloud

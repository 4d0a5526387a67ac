// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/keys/spare_keys.h"
#include "cloud/store/store.h"
#include "xrml/certificates.h"
#include "xrml/keys.h"

namespace rms::cloud {

// The key pair of each account (GetUserKeyPair and SetUserKeyPair of MS-RMPR 3.1.1.3), which all its account
// certificates carry: docs/decisions/0031. Any thread.
class AccountKeys {
 public:
  // `wrapping_key`: the one that wraps the tenants' keys.
  AccountKeys(AccountKeyStore& store, SpareKeys& spare_keys, Secret wrapping_key)
      : store_(store), spare_keys_(spare_keys), wrapping_key_(std::move(wrapping_key)) {}

  // Found by the account's SID or else its GUID; or taken from those made ahead (or made, if none is ready: a hundred
  // milliseconds of CPU) and kept. Of several that ask first at once, in whatever process, all get the one that was
  // kept first. Errc::wrong_key: wrapped with another key file; others as the store. None of these says anything about
  // the account.
  Result<xrml::PrivateKey> key_of(const IssuingTenant& tenant, const xrml::Account& account);

 private:
  AccountKeyStore& store_;
  SpareKeys& spare_keys_;
  const Secret wrapping_key_;
};

}  // namespace rms::cloud

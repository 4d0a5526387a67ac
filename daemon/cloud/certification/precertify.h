// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/directory/account_keys.h"
#include "cloud/directory/directory.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "grants/scope.h"
#include "soap/messages.h"

namespace rms::cloud {

// Precertify (MS-RMSI 3.3.4.1): who a person of the directory is and its public key, as an account certificate without
// FEDERATIONPRINCIPALS, good for kPersistentValidity. It opens nothing. A key is made for a person who has none yet.
//
// The person is found by `user_name`, or else by `id`. What the request says besides must be true of that person, or it
// is System.UnauthorizedAccessException; but ProxyAddresses are not looked at: they SHOULD be absent, and where they
// come from a directory they are not all mail addresses. Neither name given, or nobody known by it:
// DRMSArgumentException. A person whom `scope` leaves out of its recipients: UnauthorizedAccessException, with the
// grant that is missing. Any thread; a few milliseconds, tens of them where a key is made.
Outcome<soap::PrecertifyResponse> precertify(const IssuingTenant& tenant, Directory& directory, AccountKeys& keys,
                                             const soap::PrecertifyRequest& request, const Scope& scope, WallTime now);

}  // namespace rms::cloud

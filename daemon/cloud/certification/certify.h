// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "cloud/directory/account_keys.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/outcome.h"
#include "soap/messages.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// How long a rights account certificate is good for (MS-RMPR 2.2.9.5).
inline constexpr std::chrono::days kPersistentValidity{365};
inline constexpr std::chrono::minutes kTemporaryValidity{15};

// `account` as its certificates name it, and licences that are made before it asks: with as many aliases as there is
// room for.
xrml::Account as_certified(const xrml::Account& account);

// Certify (MS-RMPR 3.3.4.1): a machine's chain in, a rights account certificate for `account` and our chain out. The
// account's key is the same in each of its certificates, temporary ones too (docs/decisions/0031), and sealed for the
// machine's. A certificate with a GUID names the account's aliases, too (MS-RMPR 2.2.9.5.4; at most 32 and 8 KiB, for a
// certificate may have 30 KiB): licensing believes the directory instead.
//
// The machine chain must hold together (each signature, each link, each kind, Mode 2), but need not lead to a root of
// ours: machines activate themselves. What the certificate is worth comes from the account that a connector
// authenticated; the machine's key only says for whom to seal (docs/decisions/0030).
//
// Takes a few milliseconds of CPU, and tens of them for an account's first certificate. Any thread. Errors: those of
// AccountKeys.
Outcome<soap::Chain> certify(const IssuingTenant& tenant, AccountKeys& keys, const xrml::Account& account,
                             const soap::CertifyRequest& request, WallTime now);

}  // namespace rms::cloud

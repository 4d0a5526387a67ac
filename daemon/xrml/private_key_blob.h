// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "xrml/openssl.h"

namespace rms::xrml {

// Microsoft's PRIVATEKEYBLOB (wincrypt.h) of an RSA key.
// Errc::malformed: not one, of the wrong size, or its numbers do not belong together; Errc::unsupported: of another
// algorithm, key length or exponent.
Result<openssl::Key> key_from_blob(const Secret& blob);

// REQUIRES: a key pair with exponent 65537.
Secret blob_of(const EVP_PKEY* key);

}  // namespace rms::xrml

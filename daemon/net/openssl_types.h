// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's objects with owners. For sources of this room only.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/freed_by.h"
#include "base/result.h"
#include "base/secret.h"

namespace rms::net {

using Bio = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreedBy<X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>>;
using X509StorePtr = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using X509StoreContext = std::unique_ptr<X509_STORE_CTX, FreedBy<X509_STORE_CTX_free>>;
using KeyId = std::unique_ptr<AUTHORITY_KEYID, FreedBy<AUTHORITY_KEYID_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>>;

// PEM without a passphrase. Errc::malformed.
Result<Pkey> parse_private_key(const Secret& pem);

}  // namespace rms::net

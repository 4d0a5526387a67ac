// SPDX-License-Identifier: Apache-2.0
//
// Owners for OpenSSL's objects. For this room's sources only: no public header includes it.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/freed_by.h"

namespace rms::xrml::openssl {

using Bignum = std::unique_ptr<BIGNUM, FreedBy<BN_clear_free>>;
using BignumContext = std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>>;
using Bio = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreedBy<EVP_CIPHER_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>>;
using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>>;

// For calls that fail only when memory or OpenSSL itself is broken: no caller could do better than end the session.
// OpenSSL's own queue of errors is emptied on every failure, so that the next call on this thread starts clean.
inline void require(bool succeeded, const char* what) {
  if (succeeded) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL: ") + what);
}

// For calls that fail on bad input.
inline bool succeeded(int result) {
  if (result == 1) return true;
  ERR_clear_error();
  return false;
}

}  // namespace rms::xrml::openssl

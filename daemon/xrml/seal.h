// SPDX-License-Identifier: Apache-2.0
//
// ENABLINGBITS (MS-RMPR 2.2.9.1.13): a key sealed for the holder of an RSA key and bound by a hash to a piece of the
// document that carries it. What the text leaves open is decided in docs/decisions/.
#pragma once

#include <string_view>

#include "base/result.h"
#include "xrml/content.h"
#include "xrml/keys.h"

namespace rms::xrml {

// `bound_to`: exact characters of ISSUEDPRINCIPALS without its ENABLINGBITS for a PL (see seal.cpp: the bits cannot
// be part of what they hash), of ISSUER for UL, CLC and RAC. Always issues sealed-key-v2.
Result<EnablingBits> seal(const PublicKey& to, const ContentKey& key, std::string_view bound_to);
Result<EnablingBits> seal(const PublicKey& to, const PrivateKey& key, std::string_view bound_to);

// Opens either version. Errc::wrong_key: not sealed for `with`. Errc::corrupt: opened, but its structure is wrong or
// it is bound to other text. Errc::unsupported: a kind of key we do not handle (DES).
Result<ContentKey> unseal_content_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to);
Result<PrivateKey> unseal_private_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to);

}  // namespace rms::xrml

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

// `bound_to`: Document::bound_text() of the document that carries the bits. Always issues sealed-key-v2.
// Errc::unsupported: a content key that is not AES.
Result<EnablingBits> seal(const PublicKey& to, const ContentKey& key, std::string_view bound_to);
Result<EnablingBits> seal(const PublicKey& to, const PrivateKey& key, std::string_view bound_to);

// Opens either version. Errc::wrong_key: not sealed for `with`. Errc::corrupt: opened, but its structure is wrong or
// it is bound to other text. Errc::unsupported: a kind of key or cipher we do not handle (DES), a sealed-key (Mode 1)
// for a key of Mode 2.
Result<ContentKey> unseal_content_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to);
Result<PrivateKey> unseal_private_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to);

}  // namespace rms::xrml

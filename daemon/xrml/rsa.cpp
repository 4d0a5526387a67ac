// SPDX-License-Identifier: Apache-2.0
#include "xrml/rsa.h"

namespace rms::xrml {

openssl::Bignum from_little_endian(std::span<const std::uint8_t> bytes) {
  openssl::Bignum number(BN_lebin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  openssl::require(number != nullptr, "number");
  return number;
}

openssl::Key rsa_key_from(OSSL_PARAM_BLD* build, int selection) {
  const openssl::Params params(OSSL_PARAM_BLD_to_param(build));
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  openssl::require(params && context && EVP_PKEY_fromdata_init(context.get()) == 1, "RSA context");
  if (!openssl::succeeded(EVP_PKEY_fromdata(context.get(), &key, selection, params.get()))) return nullptr;
  return openssl::Key(key);
}

openssl::Bignum number_of(const EVP_PKEY* key, const char* parameter) {
  BIGNUM* number = nullptr;
  openssl::require(EVP_PKEY_get_bn_param(key, parameter, &number) == 1, parameter);
  return openssl::Bignum(number);
}

}  // namespace rms::xrml

// SPDX-License-Identifier: Apache-2.0
#include "net/signing.h"

#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "net/openssl_types.h"
#include "net/tls.h"
#include "net/x509.h"

namespace rms::net {
namespace {

using Digester = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string message(std::string_view purpose, std::string_view text) {
  std::string whole;
  whole.reserve(purpose.size() + 1 + text.size());
  return whole.append(purpose).append(1, '\0').append(text);
}

Result<void> check_kind(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_EC:
    case EVP_PKEY_ED25519:
      return {};
    default:
      return Error(Errc::unsupported, "signatures need a key of RSA, of an elliptic curve or of Ed25519");
  }
}

const EVP_MD* digest_of(EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

bool set_padding(EVP_PKEY* key, EVP_PKEY_CTX* context) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

struct Signer::Impl {
  Pkey key;
};

Signer::Signer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

Result<Signer> Signer::from_pem(const Secret& pem) {
  RMS_TRY(auto key, parse_private_key(pem));
  RMS_CHECK(check_kind(key.get()));
  return Signer(std::make_unique<Impl>(Impl{std::move(key)}));
}

std::string Signer::sign(std::string_view purpose, std::string_view text) const {
  const std::string whole = message(purpose, text);
  EVP_PKEY* key = impl_->key.get();
  const Digester digester(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  std::size_t size = 0;
  std::string signature;
  const auto signed_into = [&](unsigned char* to) {
    return EVP_DigestSign(digester.get(), to, &size, bytes(whole), whole.size()) == 1;
  };
  bool good = EVP_DigestSignInit(digester.get(), &context, digest_of(key), nullptr, key) == 1 &&
              set_padding(key, context) && signed_into(nullptr);
  signature.resize(size);
  good = good && signed_into(reinterpret_cast<unsigned char*>(signature.data()));
  // The key is one that signs, so there is no memory.
  if (!good) throw std::runtime_error("OpenSSL cannot sign: " + last_openssl_error());
  signature.resize(size);
  return signature;
}

Result<void> verify_signature(std::string_view certificate, std::string_view purpose, std::string_view text,
                              std::string_view signature) {
  const Bio in(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  const X509Ptr read(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
  if (!read) return Error(Errc::malformed, "not a PEM certificate: " + last_openssl_error());
  EVP_PKEY* key = X509_get0_pubkey(read.get());
  if (key == nullptr)
    return Error(Errc::malformed, "the key of the certificate cannot be read: " + last_openssl_error());
  RMS_CHECK(check_kind(key));
  const std::string whole = message(purpose, text);
  const Digester digester(EVP_MD_CTX_new());
  EVP_PKEY_CTX* context = nullptr;
  const bool good =
      EVP_DigestVerifyInit(digester.get(), &context, digest_of(key), nullptr, key) == 1 && set_padding(key, context) &&
      EVP_DigestVerify(digester.get(), bytes(signature), signature.size(), bytes(whole), whole.size()) == 1;
  ERR_clear_error();
  if (!good) return Error(Errc::signature_invalid, "the signature was not made with the key of that certificate");
  return {};
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  // Fails only without memory or without SHA-256.
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  std::string hex;
  for (const unsigned char byte : digest) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
  return hex;
}

}  // namespace rms::net

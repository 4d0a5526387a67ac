// SPDX-License-Identifier: Apache-2.0
#include "xrml/keys.h"

#include <utility>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "xrml/openssl.h"
#include "xrml/private_key_blob.h"
#include "xrml/rsa.h"

namespace rms::xrml {
namespace {

const EVP_MD* algorithm(Hash hash) {
  return hash == Hash::sha1 ? EVP_sha1() : EVP_sha256();
}

openssl::Key public_key_from(std::span<const std::uint8_t> modulus_le) {
  const auto modulus = from_little_endian(modulus_le);
  const openssl::ParamBuild build(OSSL_PARAM_BLD_new());
  openssl::require(build && OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1 &&
                       OSSL_PARAM_BLD_push_uint(build.get(), OSSL_PKEY_PARAM_RSA_E, kRsaExponent) == 1,
                   "RSA parameters");
  return rsa_key_from(build.get(), EVP_PKEY_PUBLIC_KEY);
}

openssl::KeyContext context_for(EVP_PKEY* key) {
  openssl::KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  openssl::require(context != nullptr, "key context");
  return context;
}

// OAEP with SHA-1 and MGF1-SHA-1: what Windows does where nothing else is asked for. See docs/decisions/0011.
void set_encryption_padding(EVP_PKEY_CTX* context, bool oaep) {
  openssl::require(EVP_PKEY_CTX_set_rsa_padding(context, oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING) == 1,
                   "padding");
}

void set_signature_padding(EVP_PKEY_CTX* context, Hash hash) {
  openssl::require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_signature_md(context, algorithm(hash)) == 1,
                   "signature padding");
}

Result<PublicKey> public_half_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) return Error(Errc::unsupported, "private key: not RSA");
  if (BN_is_word(number_of(key, OSSL_PKEY_PARAM_RSA_E).get(), kRsaExponent) != 1) {
    return Error(Errc::unsupported, "private key: exponent is not 65537");
  }
  const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(BN_num_bytes(modulus.get())));
  openssl::require(BN_bn2lebinpad(modulus.get(), bytes.data(), static_cast<int>(bytes.size())) >= 0, "modulus");
  return PublicKey::from_modulus_le(bytes);
}

}  // namespace

std::vector<std::uint8_t> digest(Hash hash, std::string_view data) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(EVP_MD_get_size(algorithm(hash))));
  openssl::require(EVP_Digest(data.data(), data.size(), bytes.data(), nullptr, algorithm(hash), nullptr) == 1,
                   "digest");
  return bytes;
}

Result<PublicKey> PublicKey::from_modulus_le(std::span<const std::uint8_t> modulus, std::uint32_t exponent) {
  if (exponent != kRsaExponent) return Error(Errc::unsupported, "RSA key: exponent is not 65537");
  // The top bit makes it a key of the length it takes; an even modulus is none.
  const bool whole = !modulus.empty() && (modulus.back() & 0x80) != 0 && (modulus.front() & 1) != 0;
  if (!whole || !is_rsa_key_length(modulus.size() * 8)) {
    return Error(Errc::unsupported, "RSA key: not 1024, 2048, 3072 or 4096 bits");
  }
  PublicKey key;
  key.modulus_.assign(modulus.begin(), modulus.end());
  return key;
}

std::string PublicKey::fingerprint() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest(Hash::sha256, {reinterpret_cast<const char*>(modulus_.data()), modulus_.size()})) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::vector<std::uint8_t> PublicKey::to_pkcs1() const {
  const auto key = public_key_from(modulus_);
  unsigned char* written = nullptr;
  const int size = i2d_PublicKey(key.get(), &written);
  openssl::require(size > 0, "PKCS#1");
  std::vector<std::uint8_t> der(written, written + size);
  OPENSSL_free(written);
  return der;
}

Result<void> PublicKey::verify(Hash hash, std::span<const std::uint8_t> digest,
                               std::span<const std::uint8_t> signature) const {
  const auto key = public_key_from(modulus_);
  if (!key) return Error(Errc::signature_invalid, "the key is no RSA key");
  const auto context = context_for(key.get());
  openssl::require(EVP_PKEY_verify_init(context.get()) == 1, "verify");
  set_signature_padding(context.get(), hash);
  if (!openssl::succeeded(
          EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()))) {
    return Error(Errc::signature_invalid, "the signature was not made by this key over this text");
  }
  return {};
}

Result<std::vector<std::uint8_t>> PublicKey::encrypt(const Secret& plain, bool oaep) const {
  const auto key = public_key_from(modulus_);
  if (!key) return Error(Errc::unsupported, "the key is no RSA key");
  const auto context = context_for(key.get());
  openssl::require(EVP_PKEY_encrypt_init(context.get()) == 1, "encrypt");
  set_encryption_padding(context.get(), oaep);
  std::vector<std::uint8_t> sealed(modulus_.size());
  std::size_t size = sealed.size();
  if (!openssl::succeeded(
          EVP_PKEY_encrypt(context.get(), sealed.data(), &size, plain.bytes().data(), plain.bytes().size()))) {
    return Error(Errc::too_large, "more than one RSA block");
  }
  return sealed;
}

struct PrivateKey::Pair {
  openssl::Key key;
  PublicKey public_half;
};

PrivateKey::PrivateKey(std::unique_ptr<Pair> pair) : pair_(std::move(pair)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::generate(unsigned bits) {
  if (!is_rsa_key_length(bits)) return Error(Errc::unsupported, "RSA key: not 1024, 2048, 3072 or 4096 bits");
  openssl::Key key(EVP_RSA_gen(bits));
  openssl::require(key != nullptr, "key generation");
  RMS_TRY(auto public_half, public_half_of(key.get()));
  return PrivateKey(std::make_unique<Pair>(Pair{std::move(key), std::move(public_half)}));
}

Result<PrivateKey> PrivateKey::from_pem(const Secret& pem) {
  if (pem.empty()) return Error(Errc::malformed, "private key: empty");
  const openssl::Bio bio(BIO_new_mem_buf(pem.bytes().data(), static_cast<int>(pem.size())));
  openssl::require(bio != nullptr, "memory");
  // Without a callback OpenSSL would ask the terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  openssl::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    ERR_clear_error();
    return Error(Errc::malformed, "private key: not an unencrypted PEM key");
  }
  RMS_TRY(auto public_half, public_half_of(key.get()));
  return PrivateKey(std::make_unique<Pair>(Pair{std::move(key), std::move(public_half)}));
}

Secret PrivateKey::to_pem() const {
  const openssl::Bio bio(BIO_new(BIO_s_secmem()));  // Wiped when freed.
  openssl::require(
      bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), pair_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "PEM");
  const std::uint8_t* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return Secret(std::span(bytes, static_cast<std::size_t>(size)));
}

Result<PrivateKey> PrivateKey::from_blob(const Secret& blob) {
  RMS_TRY(auto key, key_from_blob(blob));
  RMS_TRY(auto public_half, public_half_of(key.get()));
  return PrivateKey(std::make_unique<Pair>(Pair{std::move(key), std::move(public_half)}));
}

Secret PrivateKey::to_blob() const {
  return blob_of(pair_->key.get());
}

const PublicKey& PrivateKey::public_key() const {
  return pair_->public_half;
}

Result<std::vector<std::uint8_t>> PrivateKey::sign(Hash hash, std::span<const std::uint8_t> digest) const {
  if (digest.size() != static_cast<std::size_t>(EVP_MD_get_size(algorithm(hash)))) {
    return Error(Errc::malformed, "digest: not as long as its algorithm makes it");
  }
  const auto context = context_for(pair_->key.get());
  openssl::require(EVP_PKEY_sign_init(context.get()) == 1, "sign");
  set_signature_padding(context.get(), hash);
  std::vector<std::uint8_t> signature(public_key().bits() / 8);
  std::size_t size = signature.size();
  openssl::require(EVP_PKEY_sign(context.get(), signature.data(), &size, digest.data(), digest.size()) == 1, "sign");
  return signature;
}

Result<Secret> PrivateKey::decrypt(std::span<const std::uint8_t> sealed, bool oaep) const {
  if (sealed.size() != public_key().bits() / 8) return Error(Errc::wrong_key, "not one block of this key");
  const auto context = context_for(pair_->key.get());
  openssl::require(EVP_PKEY_decrypt_init(context.get()) == 1, "decrypt");
  set_encryption_padding(context.get(), oaep);
  Secret padded(sealed.size());
  std::size_t size = padded.size();
  if (!openssl::succeeded(
          EVP_PKEY_decrypt(context.get(), padded.bytes().data(), &size, sealed.data(), sealed.size()))) {
    return Error(Errc::wrong_key, "not sealed for this key");
  }
  return Secret(padded.bytes().first(size));
}

Result<ContentKey> ContentKey::generate(unsigned bits) {
  if (bits != 128 && bits != 192 && bits != 256) return Error(Errc::unsupported, "AES key: not 128, 192 or 256 bits");
  ContentKey key{Secret(bits / 8)};
  openssl::require(RAND_priv_bytes(key.key.bytes().data(), static_cast<int>(bits / 8)) == 1, "random numbers");
  return key;
}

}  // namespace rms::xrml

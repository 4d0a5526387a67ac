// SPDX-License-Identifier: Apache-2.0
//
// RSA(session header, session key), AES-ECB(enabling bits header, payload, hash), the latter filled up with zeros to
// the block. The payload is a key header and the key for content keys, a PRIVATEKEYBLOB by itself for RSA keys: only
// that fits the sizes of real documents. Evidence for this and what follows: docs/decisions/0011.
#include "xrml/seal.h"

#include <algorithm>
#include <array>

#include "xml/document.h"
#include "xrml/aes.h"

namespace rms::xrml {
namespace {

constexpr std::size_t kHeaderBytes = 16;     // UDEBHeader
constexpr std::size_t kKeyHeaderBytes = 12;  // KeyHeader
constexpr std::uint32_t kFlagEcb = 1u << 12;
constexpr std::uint32_t kFlagAes = 1u;
constexpr std::uint16_t kEcb = 0xFFFF;

// KeyHeader.Reserved names the cipher mode of the content.
constexpr std::array<std::pair<std::uint16_t, ContentCipher>, 4> kCiphers = {
    {{kEcb, ContentCipher::ecb},
     {std::uint16_t{0xFFFE}, ContentCipher::cbc4k_no_padding},
     {std::uint16_t{0xFFFD}, ContentCipher::cbc4k},
     {std::uint16_t{0xFFFC}, ContentCipher::cbc512_no_padding}}};

std::uint16_t number_of(ContentCipher cipher) {
  return std::find_if(kCiphers.begin(), kCiphers.end(), [&](const auto& each) { return each.second == cipher; })->first;
}

void put(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t get(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value |= std::uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

// KeyHeader and the key. The field that MS-RMPR calls keySizeInBytes holds bytes, as its name has it.
Secret with_key_header(const Secret& key, std::uint16_t mode) {
  Secret blob(kKeyHeaderBytes + key.size());
  const auto bytes = blob.bytes();
  put(bytes, 0, static_cast<std::uint32_t>(blob.size()), 2);
  put(bytes, 2, mode, 2);
  put(bytes, 4, static_cast<std::uint32_t>(key.size()), 2);
  put(bytes, 6, kAesBlockBytes, 2);
  put(bytes, 8, kFlagAes | (mode == kEcb ? kFlagEcb : 0), 4);
  std::ranges::copy(key.bytes(), bytes.begin() + kKeyHeaderBytes);
  return blob;
}

struct SymmetricKey {
  Secret key;
  std::uint16_t mode;
};

// Flags are not looked at: what the text says of them and what is seen differ, and the sizes tell AES from DES.
Result<SymmetricKey> read_key(std::span<const std::uint8_t> blob) {
  if (blob.size() < kKeyHeaderBytes || get(blob, 0, 2) != blob.size()) {
    return Error(Errc::corrupt, "sealed key: its header and its size differ");
  }
  const std::size_t key_bytes = blob.size() - kKeyHeaderBytes;
  const std::uint32_t said = get(blob, 4, 2);
  const std::uint32_t block = get(blob, 6, 2);
  if (block == 8 || block == 64 || said == 56) return Error(Errc::unsupported, "sealed key: a DES key");
  // MS-RMPR 2.2.9.1.13.1 says bits; bytes are seen.
  if (!is_aes_key_size(key_bytes) || (said != key_bytes && said != key_bytes * 8)) {
    return Error(Errc::corrupt, "sealed key: not an AES key of the size that its header says");
  }
  return SymmetricKey{Secret(blob.subspan(kKeyHeaderBytes)), static_cast<std::uint16_t>(get(blob, 2, 2))};
}

// Signatures hash the UTF-16LE form of the characters; so does this.
std::vector<std::uint8_t> hash_of(std::string_view bound_to, bool v2) {
  return digest(v2 ? Hash::sha256 : Hash::sha1, xml::to_utf16le(bound_to));
}

Result<EnablingBits> seal_payload(const PublicKey& to, const Secret& payload, std::string_view bound_to) {
  const auto hash = hash_of(bound_to, true);
  Secret plain(whole_blocks(kHeaderBytes + payload.size() + hash.size()));
  const auto bytes = plain.bytes();
  put(bytes, 0, 2, 4);
  put(bytes, 4, static_cast<std::uint32_t>(payload.size() + hash.size()), 4);
  std::ranges::copy(payload.bytes(), bytes.begin() + kHeaderBytes);
  std::ranges::copy(hash, bytes.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + payload.size()));

  RMS_TRY(const auto session, ContentKey::generate(128));
  EnablingBits bits;
  RMS_TRY(bits.bytes, to.encrypt(with_key_header(session.key, kEcb), true));
  const Secret sealed = aes_ecb_encrypt(session.key, bytes);
  bits.bytes.insert(bits.bytes.end(), sealed.bytes().begin(), sealed.bytes().end());
  return bits;
}

Result<Secret> open_session(const PrivateKey& with, std::span<const std::uint8_t> block, bool v2) {
  RMS_TRY(const auto blob, with.decrypt(block, v2));
  auto session = read_key(blob.bytes());
  if (!session) {
    // The padding of Mode 1 fits by chance, and OpenSSL may answer a wrong one with random bytes.
    if (!v2) return Error(Errc::wrong_key, "not sealed for this key");
    return std::move(session).error().in("session key");
  }
  if (session->mode != kEcb) return Error(Errc::unsupported, "session key: not for ECB");
  return std::move(session->key);
}

// The payload, once all that surrounds it is as it should be.
Result<Secret> unseal_payload(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to) {
  const std::size_t rsa_bytes = with.public_key().bits() / 8;
  // PKCS#1 v1.5 decryption answers those who ask often enough (Bleichenbacher). Keys of Mode 2 never do it.
  if (!bits.v2 && rsa_bytes != 128) return Error(Errc::unsupported, "a Mode 1 seal for a key of Mode 2");
  const std::span all(bits.bytes);
  if (all.size() <= rsa_bytes || (all.size() - rsa_bytes) % kAesBlockBytes != 0) {
    return Error(Errc::corrupt, "enabling bits: cut short");
  }
  RMS_TRY(const auto session, open_session(with, all.first(rsa_bytes), bits.v2));
  const Secret plain = aes_ecb_decrypt(session, all.subspan(rsa_bytes));
  const auto bytes = plain.bytes();
  const auto hash = hash_of(bound_to, bits.v2);
  const std::size_t size = get(bytes, 4, 4);
  if (get(bytes, 0, 4) != (bits.v2 ? 2 : 1) || get(bytes, 8, 4) != 0 || get(bytes, 12, 4) != 0) {
    return Error(Errc::corrupt, "enabling bits: wrong header");
  }
  if (size > bytes.size() || size < hash.size() || whole_blocks(kHeaderBytes + size) != bytes.size()) {
    return Error(Errc::corrupt, "enabling bits: their size is not what their header says");
  }
  const std::size_t payload_bytes = size - hash.size();
  if (!Secret(bytes.subspan(kHeaderBytes + payload_bytes, hash.size())).equals(hash)) {
    return Error(Errc::corrupt, "enabling bits: altered, or bound to another document");
  }
  return Secret(bytes.subspan(kHeaderBytes, payload_bytes));
}

}  // namespace

Result<EnablingBits> seal(const PublicKey& to, const ContentKey& key, std::string_view bound_to) {
  if (!is_aes_key_size(key.key.size())) return Error(Errc::unsupported, "content key: not an AES key");
  return seal_payload(to, with_key_header(key.key, number_of(key.cipher)), bound_to);
}

Result<EnablingBits> seal(const PublicKey& to, const PrivateKey& key, std::string_view bound_to) {
  return seal_payload(to, key.to_blob(), bound_to);
}

Result<ContentKey> unseal_content_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to) {
  RMS_TRY(const auto payload, unseal_payload(with, bits, bound_to));
  RMS_TRY(auto read, read_key(payload.bytes()));
  const auto cipher = std::ranges::find(kCiphers, read.mode, &decltype(kCiphers)::value_type::first);
  if (cipher == kCiphers.end()) return Error(Errc::unsupported, "content key: for a cipher that we do not know");
  return ContentKey{std::move(read.key), cipher->second};
}

Result<PrivateKey> unseal_private_key(const PrivateKey& with, const EnablingBits& bits, std::string_view bound_to) {
  RMS_TRY(const auto payload, unseal_payload(with, bits, bound_to));
  auto key = PrivateKey::from_blob(payload);
  // Its hash fits, so whoever sealed it put nonsense in.
  if (!key && key.error() == Errc::malformed) return Error(Errc::corrupt, "sealed key: " + key.error().context);
  return key;
}

}  // namespace rms::xrml

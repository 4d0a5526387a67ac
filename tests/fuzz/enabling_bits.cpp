// SPDX-License-Identifier: Apache-2.0
//
// ENABLINGBITS. Input: a byte of choices, then the session key's blob behind its length (one byte), then what the
// session key encrypts. The target seals these parts for its own key, made anew in each process, so that what the
// input says is reached behind RSA; it tries the input itself, too.
#include <algorithm>
#include <vector>

#include "fuzz/support.h"
#include "xml/document.h"
#include "xrml/aes.h"
#include "xrml/seal.h"

namespace rms::fuzz {
namespace {

constexpr std::string_view kBoundTo = "<ISSUER></ISSUER>";
constexpr std::uint8_t kMode1 = 1, kFixHash = 2;

const xrml::PrivateKey& key(bool v2) {
  static const auto mode1 = must(xrml::PrivateKey::generate(1024), "a key");
  static const auto mode2 = must(xrml::PrivateKey::generate(2048), "a key");
  return v2 ? mode2 : mode1;
}

void check(const xrml::EnablingBits& bits) {
  if (const auto opened = xrml::unseal_content_key(key(bits.v2), bits, kBoundTo)) {
    const auto sealed = must(xrml::seal(key(true).public_key(), *opened, kBoundTo), "a key can be sealed");
    const auto again = must(xrml::unseal_content_key(key(true), sealed, kBoundTo), "and unsealed");
    expect(again.key.equals(opened->key.bytes()) && again.cipher == opened->cipher, "it is the same key");
  }
  if (const auto opened = xrml::unseal_private_key(key(bits.v2), bits, kBoundTo)) {
    const auto sealed = must(xrml::seal(key(true).public_key(), *opened, kBoundTo), "a key pair can be sealed");
    const auto again = must(xrml::unseal_private_key(key(true), sealed, kBoundTo), "and unsealed");
    expect(again.public_key() == opened->public_key(), "it is the same key pair");
  }
}

// Puts the right hash where the header says that it is.
void fix_hash(std::vector<std::uint8_t>& plain, bool v2) {
  const auto hash = xrml::digest(v2 ? xrml::Hash::sha256 : xrml::Hash::sha1, xml::to_utf16le(kBoundTo));
  if (plain.size() < 16) return;
  const std::size_t size = plain[4] | plain[5] << 8;
  if (size < hash.size() || 16 + size > plain.size()) return;
  std::ranges::copy(hash, plain.begin() + static_cast<std::ptrdiff_t>(16 + size - hash.size()));
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  std::span<const std::uint8_t> input(data, size);
  for (const bool v2 : {true, false}) fuzz::check({v2, {input.begin(), input.end()}});
  if (size < 2) return 0;

  const bool v2 = (data[0] & fuzz::kMode1) == 0;
  const Secret blob(input.subspan(2).first(std::min<std::size_t>(data[1], size - 2)));
  auto bits = fuzz::key(v2).public_key().encrypt(blob, v2);
  if (!bits) return 0;  // longer than RSA takes
  const auto rest = input.subspan(2 + blob.size());
  std::vector<std::uint8_t> plain(rest.begin(), rest.end());
  plain.resize(xrml::whole_blocks(plain.size()));
  if ((data[0] & fuzz::kFixHash) != 0) fuzz::fix_hash(plain, v2);
  // The key as the reader takes it out of its blob.
  const Secret session(blob.size() > 12 ? blob.bytes().subspan(12) : std::span<const std::uint8_t>());
  if (xrml::is_aes_key_size(session.size())) {
    const Secret sealed = xrml::aes_ecb_encrypt(session, plain);
    bits->insert(bits->end(), sealed.bytes().begin(), sealed.bytes().end());
  } else {
    bits->insert(bits->end(), plain.begin(), plain.end());
  }
  fuzz::check({v2, *std::move(bits)});
  return 0;
}

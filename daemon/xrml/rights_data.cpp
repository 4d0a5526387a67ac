// SPDX-License-Identifier: Apache-2.0
//
// Base64 of AES-ECB under the content key over the UTF-16LE form of the document, filled up with NULs to the block.
// Evidence: docs/decisions/0011. ECB keeps no secret about equal blocks and nothing from being rearranged: what makes
// the rights trustworthy is the PL's signature over the ciphertext, and the binding of the content key to the PL's
// issuer (docs/decisions/0012).
#include "xrml/rights_data.h"

#include <algorithm>

#include "xml/document.h"
#include "xrml/aes.h"

namespace rms::xrml {

Result<std::string> encrypt_rights_data(const Document& rights, const ContentKey& key) {
  if (!is_aes_key_size(key.key.size())) return Error(Errc::unsupported, "content key: not an AES key");
  std::string plain = xml::to_utf16le(rights.text());
  plain.resize(whole_blocks(plain.size()), '\0');
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size());
  return base64(aes_ecb_encrypt(key.key, bytes).bytes());
}

Result<Document> decrypt_rights_data(std::string_view encrypted, const ContentKey& key) {
  if (!is_aes_key_size(key.key.size())) return Error(Errc::unsupported, "content key: not an AES key");
  const auto bytes = from_base64(encrypted);
  if (!bytes || bytes->empty() || bytes->size() % kAesBlockBytes != 0) {
    return Error(Errc::corrupt, "rights data: not whole blocks in base64");
  }
  const Secret plain = aes_ecb_decrypt(key.key, *bytes);
  std::string_view text = plain.text();
  while (text.size() >= 2 && text.ends_with(std::string_view("\0\0", 2))) text.remove_suffix(2);
  constexpr std::string_view kStart("<\0", 2);
  if (!text.starts_with(kStart)) return Error(Errc::corrupt, "rights data: the key does not fit, or they were altered");
  const auto utf8 = xml::to_utf8(text);
  if (!utf8) return Error(Errc::corrupt, "rights data: no text comes out");
  auto document = Document::parse(*utf8);
  if (!document) return std::move(document).error().in("rights data");
  if (document->kind() != Kind::rights_data && document->kind() != Kind::official_template) {
    return Error(Errc::malformed, "rights data: they are a " + std::string(to_string(document->kind())));
  }
  return document;
}

}  // namespace rms::xrml

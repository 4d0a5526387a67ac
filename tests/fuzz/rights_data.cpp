// SPDX-License-Identifier: Apache-2.0
//
// The encrypted rights of a publishing licence. Input: the text in AUTHENTICATEDDATA, and once more what was encrypted
// (UTF-8 text in its UTF-16 form), so that the reader behind the cipher is reached.
#include <numeric>
#include <vector>

#include "fuzz/support.h"
#include "xml/document.h"
#include "xrml/aes.h"
#include "xrml/rights_data.h"

namespace rms::fuzz {
namespace {

const xrml::ContentKey& key() {
  static const xrml::ContentKey fixed = [] {
    xrml::ContentKey made{Secret(16)};
    std::iota(made.key.bytes().begin(), made.key.bytes().end(), std::uint8_t{1});
    return made;
  }();
  return fixed;
}

std::string encrypted(std::string_view input) {
  const auto utf8 = xml::to_utf8(input);
  std::string plain = utf8 ? xml::to_utf16le(*utf8) : std::string(input);
  plain.resize(xrml::whole_blocks(plain.size()), '\0');
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size());
  return xrml::base64(xrml::aes_ecb_encrypt(key().key, bytes).bytes());
}

void check(std::string_view sealed) {
  const auto rights = xrml::decrypt_rights_data(sealed, key());
  if (!rights) return;
  expect(rights->kind() == xrml::Kind::rights_data || rights->kind() == xrml::Kind::official_template,
         "rights data are of their kind");
  const auto again = must(xrml::encrypt_rights_data(*rights, key()), "rights can be encrypted");
  const auto reread = must(xrml::decrypt_rights_data(again, key()), "and decrypted");
  expect(reread.text() == rights->text(), "to the character");
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  const std::string_view input = fuzz::text_of(data, size);
  fuzz::check(input);
  fuzz::check(fuzz::encrypted(input));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "cloud/keys/key_file.h"

#include "xrml/key_wrap.h"
#include "xrml/keys.h"

namespace rms::cloud {

Result<Secret> read_key_file(const std::filesystem::path& path) {
  RMS_TRY(Secret content, read_secret_file(path));
  if (content.size() == xrml::kWrappingKeyBytes) return content;
  if (auto decoded = xrml::from_base64(content.text())) {
    Secret key{std::span<const std::uint8_t>(*decoded)};
    std::fill(decoded->begin(), decoded->end(), std::uint8_t{0});
    if (key.size() == xrml::kWrappingKeyBytes) return key;
  }
  return Error(Errc::malformed,
               path.string() + ": must hold 32 bytes, raw or as base64; make one with: rms-cloudctl key create");
}

Result<void> create_key_file(const std::filesystem::path& path) {
  const Secret key = xrml::new_wrapping_key();
  std::string text = xrml::base64(key.bytes()) + "\n";
  auto created = create_secret_file(path, text);
  std::fill(text.begin(), text.end(), '\0');
  return created;
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/secret.h"

namespace rms::xrml {

inline constexpr std::size_t kAesBlockBytes = 16;

// AES-128, -192 or -256 in ECB mode without padding: what MS-RMPR seals keys and rights data with.
// REQUIRES: a key of 16, 24 or 32 bytes; whole blocks.
Secret aes_ecb_encrypt(const Secret& key, std::span<const std::uint8_t> plain);
Secret aes_ecb_decrypt(const Secret& key, std::span<const std::uint8_t> sealed);

inline bool is_aes_key_size(std::size_t bytes) {
  return bytes == 16 || bytes == 24 || bytes == 32;
}

// The least multiple of the block that holds `bytes`.
inline std::size_t whole_blocks(std::size_t bytes) {
  return (bytes + kAesBlockBytes - 1) / kAesBlockBytes * kAesBlockBytes;
}

}  // namespace rms::xrml

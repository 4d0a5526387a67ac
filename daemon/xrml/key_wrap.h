// SPDX-License-Identifier: Apache-2.0
//
// Private keys at rest: AES-256-GCM under a key-encryption key.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rms::xrml {

inline constexpr std::size_t kWrappingKeyBytes = 32;

// A new random key-encryption key. Throws std::runtime_error if the system gives no randomness.
Secret new_wrapping_key();

// `context` says what the secret is and whose ("tenant <guid> licensor-key"): it is authenticated, not stored, and must
// be the same to unwrap, so that wrapped keys cannot be exchanged for one another. The nonce is random. REQUIRES:
// `wrapping_key` has kWrappingKeyBytes.
std::vector<std::uint8_t> wrap(const Secret& wrapping_key, const Secret& plain, std::string_view context);

// Errc::wrong_key: another wrapping key, another context, or altered: AES-GCM does not tell which.
// Errc::malformed: no wrapped secret; Errc::unsupported: wrapped by a newer program.
Result<Secret> unwrap(const Secret& wrapping_key, std::span<const std::uint8_t> wrapped, std::string_view context);

}  // namespace rms::xrml

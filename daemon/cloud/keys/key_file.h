// SPDX-License-Identifier: Apache-2.0
//
// The key-encryption key: 32 random bytes in a file of checked permissions, as base64 or raw. Who has this file and the
// store has every tenant's key; who has only the store has nothing.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/secret.h"

namespace rms::cloud {

// Errc::malformed if the file holds no such key; others as read_secret_file().
Result<Secret> read_key_file(const std::filesystem::path& path);

// Makes a new key, as base64 and a line end. Errc::already_exists: an existing key is never overwritten, because all
// that it wrapped would be lost.
Result<void> create_key_file(const std::filesystem::path& path);

}  // namespace rms::cloud

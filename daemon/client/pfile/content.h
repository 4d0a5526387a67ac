// SPDX-License-Identifier: Apache-2.0
//
// The content of a protected file, streamed: read, coded, hashed and written in chunks of 256 KiB whatever its size.
// Every function: one thread; Errc::cancelled when `progress` says stop; Errc::io_error from the files.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "client/files/files.h"
#include "client/pfile/header.h"
#include "client/progress.h"
#include "xrml/keys.h"

namespace rms::client::pfile {

using Sha256 = std::vector<std::uint8_t>;

struct Encrypted {
  Sha256 sha256;  // of the ciphertext
  std::uint64_t plain_bytes = 0;
};

// Encrypts all of `plain` into `sink`. Errc::too_large past 16 TiB.
Result<Encrypted> encrypt_content(const InputFile& plain, const xrml::ContentKey& key, Sink& sink, Progress& progress);

// Decrypts the content into `sink`. Errc::corrupt if its digest is not `expected`, its padding is wrong or its size not
// the one that the header says. By then the content has gone to `sink`: the caller must be able to throw it away, or
// call check_content() first.
Result<void> decrypt_content(const InputFile& file, const Header& header, const xrml::ContentKey& key,
                             const std::optional<Sha256>& expected, Sink& sink, Progress& progress);

// Reads the content and compares its digest; needs no key. Errc::corrupt.
Result<void> check_content(const InputFile& file, const Header& header, const Sha256& expected, Progress& progress);

}  // namespace rms::client::pfile

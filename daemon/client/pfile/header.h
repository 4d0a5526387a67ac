// SPDX-License-Identifier: Apache-2.0
//
// The head of a protected file (docs/pfile.md). Every number in it comes from whoever made the file: none is believed
// before it is compared with the others and with the size of the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/files/files.h"

namespace rms::client::pfile {

inline constexpr std::size_t kMaxRedirectionBytes = 64 * 1024;
inline constexpr std::size_t kMaxExtensionBytes = 64;
inline constexpr std::size_t kMaxLicenseBytes = 8 * 1024 * 1024;  // MS-RMPR note 43
inline constexpr std::size_t kMaxMetadataBytes = 1024 * 1024;

struct Section {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t end() const { return offset + length; }
};

struct Header {
  std::uint32_t major = 3, minor = 0;
  std::string extension;                       // ".txt", or empty; safe to append to a file name
  Section license;                             // publishing licence chain, as bytes
  Section metadata;                            // not understood, only kept apart
  Section content;                             // encrypted, to the end of the file
  std::optional<std::uint64_t> original_size;  // unknown before version 2.1, or if the writer did not know
};

// Reads and checks the head of `file`. Any thread. Errc::malformed (not a protected file, or what contradicts what),
// Errc::too_large (names the limit), Errc::unsupported (version), Errc::io_error.
Result<Header> read_header(const InputFile& file);

// Whether `text` may follow a file's name: empty, or a dot and a few letters, digits and the like.
bool is_extension(std::string_view text);

// Lays out a file of version 3.0: head, extension, licence, content, with nothing between them.
// REQUIRES: is_extension(extension), license_bytes <= kMaxLicenseBytes.
Header lay_out(std::string extension, std::size_t license_bytes);
// Everything before the licence, for that layout. `original_size` as it turned out to be.
std::string encode(const Header& layout, std::uint64_t original_size);

}  // namespace rms::client::pfile

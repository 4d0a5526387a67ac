// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rms {

// By which a file's change is seen without reading it: another file in its place, other times, another size.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size_bytes = 0;
  std::int64_t written_ns = 0, changed_ns = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// nullopt: it is not there, or cannot be looked at. Costs one stat().
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

}  // namespace rms

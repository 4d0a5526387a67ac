// SPDX-License-Identifier: Apache-2.0
//
// The files of a journal: one that grows, in a directory that one process at a time may write to. One file per system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::connector {

// Holds a directory for this process until it is destroyed or the process ends, however it ends.
class DirectoryLock {
 public:
  // Errc::unavailable: another process has it. Errc::io_error.
  static Result<std::unique_ptr<DirectoryLock>> take(const std::filesystem::path& directory);
  virtual ~DirectoryLock() = default;
};

// A file that only grows. One thread at a time. After an append that failed the file is what it was before: what could
// not be cut off again at once is cut off before the next append.
class JournalFile {
 public:
  // Opens `path`, or makes it (0640) and sees to it that its directory remembers it. Errc::io_error.
  static Result<std::unique_ptr<JournalFile>> open(const std::filesystem::path& path);
  virtual ~JournalFile() = default;

  // All of `bytes` are on the disk, or none of them count. Errc::io_error.
  virtual Result<void> append(std::string_view bytes) = 0;
  virtual std::uint64_t size() const = 0;  // of what counts
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Files as the client needs them: read at any place, written whole or not at all. One source file per system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"

namespace rms::client {

using Bytes = std::span<const std::uint8_t>;

inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// An open regular file. Move-only; reading it moves no position. Errc::not_found, Errc::io_error (also for what is no
// regular file), each naming the path.
class InputFile {
 public:
  static Result<InputFile> open(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }  // when it was opened

  // Reads from `offset` until `into` is full or the file ends; returns how many bytes that was.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const;

 private:
  InputFile(std::filesystem::path path, int fd, std::uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}
  std::filesystem::path path_;
  int fd_;
  std::uint64_t size_;
};

// Where content goes, from first to last byte.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> append(Bytes bytes) = 0;
};

// A file being made: it gets its name at commit() and not before. Until then it is nameless where the file system can
// do that (nothing stays behind even after SIGKILL), else a hidden file beside the target, removed by the destructor.
// Move-only; one thread. Errc::io_error names the path; Errc::already_exists if the name is taken and may not be.
class OutputFile final : public Sink {
 public:
  enum class Existing { keep, replace };
  enum class Readers { owner, umask };  // 0600, or 0666 less the umask

  static Result<OutputFile> create(const std::filesystem::path& path, Existing existing, Readers readers);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile() override;

  const std::filesystem::path& path() const { return path_; }
  Result<void> append(Bytes bytes) override;
  // Overwrites at `offset`; append() continues where it was.
  Result<void> write_at(std::uint64_t offset, Bytes bytes);
  // Moves the place of the next append(). Only forwards.
  void skip_to(std::uint64_t offset) { position_ = offset; }
  // The file is on disk under its name when this returns. Call it once.
  Result<void> commit();

 private:
  OutputFile(std::filesystem::path path, std::string unfinished, int fd, Existing existing);
  Error failed(const char* what, int error) const;
  std::filesystem::path path_;
  std::string unfinished_;  // empty: nameless
  int fd_;
  Existing existing_;
  std::uint64_t position_ = 0;
};

// Standard output. What is written there cannot be taken back.
class StandardOutput final : public Sink {
 public:
  Result<void> append(Bytes bytes) override;
};

// Writes a small file whole, with mode 0600, in place of what was there.
Result<void> replace_file(const std::filesystem::path& path, std::string_view content);

// Reads a file of at most `limit_bytes`. Errc::too_large.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes);

// Makes a folder (and those above it) that only its owner may enter. Errc::insecure_file if it exists and belongs to
// somebody else or others may enter it.
Result<void> make_private_directory(const std::filesystem::path& path);

// Keeps other processes out for as long as it lives. The system lets go of it when the process ends, however it ends.
class FileLock {
 public:
  enum class Mode { shared, exclusive };
  // Waits until the lock is free. Errc::io_error; Errc::cancelled if a signal interrupts the wait.
  static Result<FileLock> acquire(const std::filesystem::path& path, Mode mode);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace rms::client

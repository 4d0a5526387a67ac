// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rms {

// Bytes that are wiped when they go: keys, passphrases, plaintext key blobs.
// Moves without leaving a copy behind; cannot be copied, printed or compared by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size_bytes) : bytes_(size_bytes) {}
  explicit Secret(std::span<const std::uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  Secret clone() const { return Secret(std::span(bytes_)); }

  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::span<std::uint8_t> bytes() { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  // Compares without telling by its duration where the difference is.
  bool equals(std::span<const std::uint8_t> other) const;

 private:
  void wipe() noexcept;
  std::vector<std::uint8_t> bytes_;
};

// Reads a secret from a regular file of at most `limit_bytes`.
// Errc::insecure_file unless it belongs to us or to root, nobody else may write it and the world may not read it
// (0600 and 0640 are right); Errc::not_found, Errc::too_large, Errc::io_error.
// Every check is made on the opened file, so that it cannot be exchanged between check and use.
Result<Secret> read_secret_file(const std::filesystem::path& path, std::size_t limit_bytes = 64 * 1024);

// Writes a new secret file with mode 0600, complete or not at all. Errc::already_exists if there is one.
Result<void> create_secret_file(const std::filesystem::path& path, std::string_view content);

}  // namespace rms

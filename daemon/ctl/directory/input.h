// SPDX-License-Identifier: Apache-2.0
//
// A text file, read byte by byte with its place, for the readers of CSV and LDIF.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::ctl {

// Where something stands: lines and columns count from 1, columns in bytes.
struct Place {
  std::size_t line = 1, column = 1;
};

class Input {
 public:
  static constexpr int kEnd = -1;

  // Skips a byte order mark of UTF-8. Errc::io_error if it cannot be read; Errc::malformed for UTF-16, which ldifde -u
  // and PowerShell write.
  static Result<Input> open(const std::filesystem::path& file);

  // The next byte, or kEnd. A carriage return and a line feed are one line feed.
  int peek() const { return next_; }
  int get();
  const Place& place() const { return place_; }  // of what get() gives next
  // Errc::io_error if the file ended because it could not be read.
  Result<void> check() const;

  // "users.csv:3:7: what", Errc::malformed.
  Error error(const Place& at, std::string_view what, Errc code = Errc::malformed) const;

 private:
  Input(std::filesystem::path file, std::ifstream in) : file_(std::move(file)), in_(std::move(in)) {}
  void read_next();

  std::filesystem::path file_;
  std::ifstream in_;
  Place place_;
  int next_ = kEnd;
};

// Whether `text` is UTF-8 as Unicode defines it: shortest forms only, no surrogates.
bool is_utf8(std::string_view text);

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
//
// CSV after RFC 4180, strictly: a quote stands around a whole field or is doubled inside one; each row has as many
// fields as the header. Our own, because what Debian 12 offers does not say where an error is (libcsv: no positions and
// no limits) or does not know line ends within quotes (fast-cpp-csv-parser).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/directory/input.h"

namespace rms::ctl {

inline constexpr std::size_t kMaxCsvFieldBytes = 16 * 1024 * 1024;  // the members of a large group

struct CsvField {
  std::string text;  // UTF-8
  Place place;
};

class CsvReader {
 public:
  // `header`: the names that the first row must have, in this order. Reads that row.
  static Result<CsvReader> open(const std::filesystem::path& file, std::span<const std::string_view> header);

  // The next row with content; false at the end. Errors say where and what was expected: Errc::malformed,
  // Errc::too_large, Errc::io_error.
  Result<bool> next(std::vector<CsvField>& row);

  const Input& input() const { return input_; }

 private:
  CsvReader(Input input, std::size_t fields) : input_(std::move(input)), fields_(fields) {}
  Result<bool> read_row(std::vector<CsvField>& row);
  Result<CsvField> read_field();
  Result<void> read_quoted(CsvField& field);
  Result<void> append(CsvField& field, int c, const Place& at);

  Input input_;
  std::size_t fields_;
};

}  // namespace rms::ctl

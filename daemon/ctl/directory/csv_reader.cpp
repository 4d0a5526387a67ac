// SPDX-License-Identifier: Apache-2.0
#include "ctl/directory/csv_reader.h"

#include <algorithm>

namespace rms::ctl {
namespace {

bool ends_field(int c) {
  return c == ',' || c == '\n' || c == Input::kEnd;
}

}  // namespace

Result<CsvReader> CsvReader::open(const std::filesystem::path& file, std::span<const std::string_view> header) {
  RMS_TRY(auto input, Input::open(file));
  CsvReader reader(std::move(input), header.size());
  std::string expected;
  for (const auto name : header) expected += (expected.empty() ? "" : ",") + std::string(name);
  std::vector<CsvField> row;
  RMS_TRY(const bool any, reader.read_row(row));
  if (!any || !std::ranges::equal(row, header, {}, &CsvField::text))
    return reader.input_.error({}, "the first line must be: " + expected);
  return reader;
}

Result<bool> CsvReader::next(std::vector<CsvField>& row) {
  RMS_TRY(const bool any, read_row(row));
  if (any && row.size() != fields_)
    return input_.error(row.front().place, "expected " + std::to_string(fields_) +
                                               " fields as in the first line, not " + std::to_string(row.size()));
  return any;
}

Result<bool> CsvReader::read_row(std::vector<CsvField>& row) {
  row.clear();
  while (input_.peek() == '\n') input_.get();
  if (input_.peek() == Input::kEnd) {
    RMS_CHECK(input_.check());
    return false;
  }
  for (;;) {
    RMS_TRY(auto field, read_field());
    if (!is_utf8(field.text)) return input_.error(field.place, "this field is no UTF-8");
    row.push_back(std::move(field));
    const int c = input_.get();
    if (c != ',') return true;
    // A row of nothing but commas must not take all memory.
    if (row.size() > fields_)
      return input_.error(row.front().place, "expected " + std::to_string(fields_) + " fields, found more");
  }
}

Result<CsvField> CsvReader::read_field() {
  CsvField field{"", input_.place()};
  if (input_.peek() == '"') {
    RMS_CHECK(read_quoted(field));
    return field;
  }
  while (!ends_field(input_.peek())) {
    const auto at = input_.place();
    const int c = input_.get();
    if (c == '"') return input_.error(at, "a quote within a field: quote the whole field and double this one");
    RMS_CHECK(append(field, c, at));
  }
  return field;
}

Result<void> CsvReader::read_quoted(CsvField& field) {
  input_.get();
  for (;;) {
    const auto at = input_.place();
    const int c = input_.get();
    if (c == Input::kEnd) return input_.error(field.place, "the quote that begins here does not end");
    if (c == '"') {
      if (input_.peek() != '"') break;
      input_.get();
    }
    RMS_CHECK(append(field, c, at));
  }
  if (ends_field(input_.peek())) return {};
  return input_.error(input_.place(), "expected a comma or the end of the line after a quoted field");
}

Result<void> CsvReader::append(CsvField& field, int c, const Place& at) {
  if (field.text.size() == kMaxCsvFieldBytes)
    return input_.error(at, "a field of more than " + std::to_string(kMaxCsvFieldBytes) + " bytes", Errc::too_large);
  field.text += static_cast<char>(c);
  return {};
}

}  // namespace rms::ctl

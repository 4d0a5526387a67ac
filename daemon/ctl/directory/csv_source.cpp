// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "ctl/directory/csv_reader.h"
#include "ctl/directory/sources.h"

namespace rms::ctl {
namespace {

constexpr std::array<std::string_view, 5> kColumns{"mail", "name", "sid", "aliases", "members"};
constexpr auto kUserColumns = std::span(kColumns).first(4);

// "a@contoso.test; b@contoso.test"
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = text.find(';');
    auto part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

template <class Make>
Result<void> read_rows(CsvReader& reader, Contents& contents, const Reading& reading, Make make) {
  std::vector<CsvField> row;
  for (;;) {
    RMS_TRY(const bool any, reader.next(row));
    if (!any) return {};
    RMS_CHECK(contents.add(make(row), reader.input(), row.front().place));
    if (contents.size() % kEntriesPerReport == 0) reading(contents.size());
  }
}

}  // namespace

Result<Contents> read_csv(const std::filesystem::path& users, const std::filesystem::path& groups,
                          const Reading& reading, const ImportLimits& limits) {
  Contents contents(limits);
  RMS_TRY(auto user_rows, CsvReader::open(users, kUserColumns));
  RMS_TRY(auto group_rows, CsvReader::open(groups, kColumns));
  RMS_CHECK(read_rows(user_rows, contents, reading, [](const std::vector<CsvField>& row) {
    return cloud::UserRecord{row[0].text, row[1].text, row[2].text, split(row[3].text)};
  }));
  RMS_CHECK(read_rows(group_rows, contents, reading, [](const std::vector<CsvField>& row) {
    return cloud::GroupRecord{row[0].text, row[1].text, row[2].text, split(row[3].text), split(row[4].text)};
  }));
  contents.sort();
  return contents;
}

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
//
// What rms-connectorctl does with an audit journal. Reading only; beside a running connector, too.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/audit/journal_files.h"

namespace rms::ctl {

// The files of a journal: one directory, or files in the order in which they follow each other.
struct JournalPlace {
  std::vector<connector::JournalPath> files;
  bool whole = false;  // a directory: nothing may be missing before its first file
};
// Errc::not_found: there is no such file or directory, or no journal in it.
Result<JournalPlace> find_journal(const std::vector<std::filesystem::path>& paths);

// Prints each problem as `file:line: what`, notes, and the head. True: the journal is good.
// `known`: a head that was noted elsewhere, as NUMBER:HASH. `heads`: a file of those that the service keeps.
// Errc::invalid_setting, Errc::io_error; of the file: as connector::read_service_heads.
Result<bool> verify_journal(const JournalPlace& place, const std::optional<std::string>& known, std::ostream& out,
                            const std::optional<std::filesystem::path>& heads = std::nullopt);

struct ShowOptions {
  std::size_t last = 20;
  std::string correlation_id{};  // empty: all
  bool json = false;             // the lines as they are
};
// Prints decisions, oldest first. Lines that cannot be read are passed over; 'verify' names them.
Result<void> show_journal(const JournalPlace& place, const ShowOptions& options, std::ostream& out);

// Calls `each` for every readable line and its bytes, oldest first.
Result<void> for_each_line(const JournalPlace& place,
                           const std::function<void(const connector::JournalLine&, std::string_view)>& each);

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
//
// A journal as it lies on the disk: files of lines, named by the number of their first line. Reading only; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/audit/line.h"

namespace rms::connector {

struct JournalPath {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;  // as its name says
};

// "audit-00000000000000000001.jsonl"; so they sort as they follow each other.
std::string journal_file_name(std::uint64_t first_sequence);
std::optional<std::uint64_t> first_sequence_of(const std::filesystem::path& path);

// The journal's files, oldest first; others are passed over. Errc::not_found, Errc::io_error.
Result<std::vector<JournalPath>> list_journal(const std::filesystem::path& directory);

struct RawLine {
  std::size_t number = 1;  // in its file
  std::string_view bytes;  // without LF; of one that is too long the first kMaxJournalLineBytes
  bool whole = true;       // false: the file ends without LF
};

// Calls `each` for every line until it returns false. Memory: one line. Errc::not_found, Errc::io_error.
Result<void> read_lines(const std::filesystem::path& path, const std::function<bool(const RawLine&)>& each);

// A line that a kill or a power cut left unfinished. What is left of it stays, and a line of kind "torn" says what it
// was, so that nothing is ever taken away and nothing can be passed off as such a rest.
struct TornLine {
  std::uint64_t bytes = 0;
  std::string sha256;
};

// How a file ends.
struct JournalEnd {
  std::optional<JournalLine> first, last;  // whole ones; nullopt: there is none (first: or it is a torn one)
  std::optional<TornLine> torn;
  bool ended = true;  // false: the last line is whole but for its LF
};
// Errc::corrupt: its last whole line is not as it was written. Errc::not_found, Errc::io_error.
Result<JournalEnd> read_end(const std::filesystem::path& path);

// What the lines of a file say of the journal as a whole.
struct JournalNames {
  std::string journal;              // the GUID that the newest line has which has one; empty: none does
  std::optional<JournalHead> kept;  // what the newest line of kind "kept" acknowledges
};
// Lines that are not as they were written are passed over. Errc::not_found, Errc::io_error.
Result<JournalNames> read_names(const std::filesystem::path& path);

// What a line of kind "kept" acknowledges; nullopt: it is not one.
std::optional<JournalHead> kept_by(const JournalLine& line);

}  // namespace rms::connector

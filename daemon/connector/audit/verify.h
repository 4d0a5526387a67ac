// SPDX-License-Identifier: Apache-2.0
//
// Holds a journal against its own chain. Reading only; beside a running connector, too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/audit/journal_files.h"
#include "connector/audit/service_heads.h"

namespace rms::connector {

// One place where a journal is not as it was written, or where nobody can tell.
struct JournalProblem {
  std::filesystem::path file;
  std::size_t line = 0;  // 0: the file as a whole
  std::string what;
};

struct JournalCheck {
  std::vector<JournalProblem> problems;  // empty: good
  std::vector<JournalProblem> notes;     // what is as it should be, and yet worth seeing: ends of kills, gaps
  std::uint64_t lines = 0, decisions = 0;
  std::size_t files = 0;
  std::optional<JournalHead> head;  // of the last whole line
  std::size_t heads = 0;            // kept by the service, that lines were held against
};

inline constexpr std::size_t kMaxJournalProblems = 100;  // of which a check tells

// Checks that `files`, in this order, are one piece of a chain: each line is as it was written and follows the one
// before it. With `from_the_beginning` also that nothing is missing before the first: it is line 1, or the chain itself
// says that what came before was removed. `known`: a head that was noted elsewhere; it must be in the chain. (That
// lines are missing at the very end can be seen by nothing else.) `heads`: all that the service kept, and that the
// receipts in the journal are held against; null: none. Errc::not_found, Errc::io_error: a file cannot be
// read.
Result<JournalCheck> check_journal(const std::vector<JournalPath>& files, bool from_the_beginning,
                                   const std::optional<JournalHead>& known = std::nullopt,
                                   const ServiceHeads* heads = nullptr);

// "123:<64 hex digits>", as log lines and checks show a head. Errc::invalid_setting.
Result<JournalHead> parse_journal_head(std::string_view text);
std::string to_string(const JournalHead& head);

}  // namespace rms::connector

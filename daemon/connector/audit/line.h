// SPDX-License-Identifier: Apache-2.0
//
// The lines of the audit journal and how each is chained to the one before it; docs/audit.md has the exact bytes.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rms::connector {

inline constexpr std::size_t kMaxJournalLineBytes = 256 * 1024;  // with its LF; what we write is far shorter

// The end of a chain: what the next line follows. As it is, the beginning of a journal.
struct JournalHead {
  std::uint64_t sequence = 0;
  std::string hash = std::string(64, '0');

  friend bool operator==(const JournalHead&, const JournalHead&) = default;
};

// The members of one line but those of the chain, as JSON text without braces: `"time":"...","kind":"decision",...`.
// What is empty is left out. Values may be hostile: the text is one line of ASCII whatever they are.
class JournalMembers {
 public:
  JournalMembers(WallTime time, std::string_view kind);
  JournalMembers& add(std::string_view name, std::string_view value);
  JournalMembers& add(std::string_view name, std::uint64_t value);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// The line that follows `head`, with its LF; `head` becomes its own.
std::string chain(JournalHead& head, std::string_view members);

// One line as it was read. Texts and numbers alike are in `members`, in their order, the chain's not among them.
struct JournalLine {
  JournalHead own;         // its sequence number and hash
  std::string previous;    // hash of the line that it follows
  std::string time, kind;  // "decision" and others: docs/audit.md
  std::vector<std::pair<std::string, std::string>> members;

  // The member's value; empty if there is none.
  std::string_view member(std::string_view name) const;
};

// Reads a line without its LF. Errc::malformed: it is not one of ours. Errc::corrupt: its hash is not that of its
// bytes. Whether it follows another line is for the caller.
Result<JournalLine> read_journal_line(std::string_view bytes);

// "2026-11-20T12:00:00.123Z"
std::string journal_time(WallTime time);

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Writes the lines of a journal: chained, on the disk, in files that rotate. docs/audit.md says what they look like.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/audit/journal_file.h"
#include "connector/audit/journal_files.h"
#include "connector/settings/settings.h"

namespace rms::connector {

// Which journal this is, and where it stands.
struct JournalMark {
  std::string id;                   // GUID: another one when the journal is begun anew
  JournalHead head;                 // of the last line that is on the disk
  std::optional<JournalHead> kept;  // the newest that the service has acknowledged, as far as the last files say
};

// Where a journal's lines go. One thread at a time; may block.
class JournalSink {
 public:
  virtual ~JournalSink() = default;
  // Each of `members` becomes a line. All are on the disk then, or none. `dropped`: how many more there should have
  // been that nobody kept.
  virtual Result<void> write(std::span<const std::string> members, std::uint64_t dropped) = 0;
  virtual JournalMark mark() const = 0;  // `kept`: as it was at the start
};

// One directory, held by this process alone. Whatever could not be written is counted, and the first line that can be
// says how many there were: a journal with a gap shows it. `clock` and `log` outlive it.
class ChainWriter final : public JournalSink {
 public:
  // Takes the directory and finds the end of its chain. The first line written is "started", and before it "torn" if
  // the last one was left unfinished. Errc::not_found, Errc::unavailable (another process has it), Errc::io_error;
  // Errc::corrupt: the journal does not end with a line of ours, and nothing may be added to it.
  static Result<std::unique_ptr<ChainWriter>> open(const AuditSettings& settings, std::string_view connector,
                                                   std::string_view version, const Clock& clock, Log& log);

  Result<void> write(std::span<const std::string> members, std::uint64_t dropped) override;

  JournalMark mark() const override { return {id_, head_, kept_}; }
  const JournalHead& head() const { return head_; }

 private:
  ChainWriter(const AuditSettings& settings, std::unique_ptr<DirectoryLock> lock, const Clock& clock, Log& log);

  Result<void> find_end();
  void find_name();
  bool is_full() const;
  Result<void> begin_file();
  void let_go_of_old_files();
  Result<void> try_to_write(std::span<const std::string> members);

  const AuditSettings settings_;
  const std::unique_ptr<DirectoryLock> lock_;
  const Clock& clock_;
  Log& log_;

  std::string id_;
  std::optional<JournalHead> kept_;
  JournalHead head_;
  std::vector<JournalPath> files_;  // the last one grows
  std::unique_ptr<JournalFile> file_;
  std::string began_;     // time of the file's first line; empty: it has none
  bool unended_ = false;  // the file ends without LF

  std::vector<std::string> owed_;                     // lines of our own that go before all others
  std::vector<std::filesystem::path> to_be_removed_;  // once the owed lines that say so are on the disk
  std::uint64_t unwritten_ = 0;                       // since the last line
  std::optional<WallTime> failing_since_;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/chain_writer.h"

#include <fmt/format.h>

#include "base/guid.h"

namespace rms::connector {
namespace fs = std::filesystem;

ChainWriter::ChainWriter(const AuditSettings& settings, std::unique_ptr<DirectoryLock> lock, const Clock& clock,
                         Log& log)
    : settings_(settings), lock_(std::move(lock)), clock_(clock), log_(log) {}

Result<std::unique_ptr<ChainWriter>> ChainWriter::open(const AuditSettings& settings, std::string_view connector,
                                                       std::string_view version, const Clock& clock, Log& log) {
  std::error_code unknown;
  if (!fs::is_directory(settings.directory, unknown))
    return Error(Errc::not_found, settings.directory.string() + ": no such directory");
  RMS_TRY(auto lock, DirectoryLock::take(settings.directory));
  std::unique_ptr<ChainWriter> writer(new ChainWriter(settings, std::move(lock), clock, log));
  RMS_CHECK(writer->find_end());
  writer->find_name();
  writer->owed_.push_back(JournalMembers(clock.wall(), "started")
                              .add("connector", connector)
                              .add("version", version)
                              .add("journal", writer->id_)
                              .take());
  log.info(
      "the audit journal is open",
      {{"directory", settings.directory.string()}, {"sequence", writer->head_.sequence}, {"hash", writer->head_.hash}});
  return writer;
}

Result<void> ChainWriter::find_end() {
  RMS_TRY(files_, list_journal(settings_.directory));
  std::optional<JournalEnd> newest;
  // The newest file has no whole line if the process ended while it was begun: then the one before it has the head.
  for (auto at = files_.rbegin(); at != files_.rend(); ++at) {
    RMS_TRY(auto end, read_end(at->path));
    const bool has_line = end.last.has_value();
    if (has_line) head_ = end.last->own;
    if (at == files_.rbegin()) newest = std::move(end);
    if (has_line) break;
  }
  if (!newest) return {};

  unended_ = newest->torn || !newest->ended;
  if (newest->torn) {
    owed_.push_back(JournalMembers(clock_.wall(), "torn")
                        .add("bytes", newest->torn->bytes)
                        .add("sha256", newest->torn->sha256)
                        .take());
    log_.warning("the last line of the audit journal was left unfinished; the journal goes on behind it",
                 {{"file", files_.back().path.string()}, {"bytes", newest->torn->bytes}});
  }
  if (newest->first) began_ = newest->first->time;
  if (!newest->last && !newest->torn && files_.back().first_sequence != head_.sequence + 1) return {};
  RMS_TRY(file_, JournalFile::open(files_.back().path));
  return {};
}

// A file that cannot be read is passed over: what is wrong with it is for 'verify'.
void ChainWriter::find_name() {
  for (auto at = files_.rbegin(); at != files_.rend() && id_.empty(); ++at) {
    auto names = read_names(at->path);
    if (!names) continue;
    id_ = std::move(names->journal);
    if (!kept_) kept_ = std::move(names->kept);
  }
  if (id_.empty()) id_ = new_guid();
}

bool ChainWriter::is_full() const {
  if (unended_ || file_->size() == 0) return false;
  if (file_->size() >= settings_.rotate_bytes) return true;
  return !began_.empty() && began_ <= journal_time(clock_.wall() - settings_.rotate_age);
}

Result<void> ChainWriter::begin_file() {
  const fs::path path = settings_.directory / journal_file_name(head_.sequence + 1);
  RMS_TRY(file_, JournalFile::open(path));
  began_.clear();
  files_.push_back({path, head_.sequence + 1});
  log_.info("a file of the audit journal was begun",
            {{"file", path.string()}, {"sequence", head_.sequence}, {"hash", head_.hash}});
  let_go_of_old_files();
  return {};
}

// The chain must still say where it begins: the line that a file was removed carries the file's end.
void ChainWriter::let_go_of_old_files() {
  while (settings_.keep > 0 && files_.size() > settings_.keep) {
    const JournalPath oldest = files_.front();
    const auto end = read_end(oldest.path);
    if (!end || !end->last || end->torn) {
      log_.warning("an old file of the audit journal is not removed: it does not end with a line of ours",
                   {{"file", oldest.path.string()}});
      return;
    }
    owed_.push_back(JournalMembers(clock_.wall(), "removed")
                        .add("file", oldest.path.filename().string())
                        .add("last_seq", end->last->own.sequence)
                        .add("last_hash", end->last->own.hash)
                        .add("journal", id_)
                        .take());
    to_be_removed_.push_back(oldest.path);
    files_.erase(files_.begin());
  }
}

Result<void> ChainWriter::write(std::span<const std::string> members, std::uint64_t dropped) {
  unwritten_ += dropped;
  auto written = try_to_write(members);
  if (written) {
    if (failing_since_)
      log_.event(Level::info, Event::journal_back, "the audit journal can be written again",
                 {{"unrecorded", unwritten_}, {"since", journal_time(*failing_since_)}});
    unwritten_ = 0;
    failing_since_.reset();
    return {};
  }
  unwritten_ += members.size();
  if (!failing_since_) {
    failing_since_ = clock_.wall();
    const bool refuse = settings_.when_full == WhenFull::refuse;
    log_.event(Level::error, Event::journal_failed,
               refuse ? "the audit journal cannot be written: every request is refused until it can"
                      : "the audit journal cannot be written: requests are answered without a record",
               {{"error", written.error().context}});
  }
  return written;
}

Result<void> ChainWriter::try_to_write(std::span<const std::string> members) {
  if (!file_ || is_full()) RMS_CHECK(begin_file());
  JournalHead head = head_;
  std::string text = unended_ ? "\n" : "";
  for (const std::string& line : owed_) text += chain(head, line);
  if (unwritten_ > 0)
    text += chain(head, JournalMembers(clock_.wall(), "gap")
                            .add("unrecorded", unwritten_)
                            .add("since", journal_time(failing_since_.value_or(clock_.wall())))
                            .take());
  for (const std::string& line : members) text += chain(head, line);
  if (text.empty()) return {};

  RMS_CHECK(file_->append(text));
  head_ = std::move(head);
  if (began_.empty()) began_ = journal_time(clock_.wall());
  unended_ = false;
  owed_.clear();
  for (const fs::path& path : std::exchange(to_be_removed_, {})) {
    std::error_code error;
    fs::remove(path, error);
    if (error) log_.warning("an old file of the audit journal stays", {{"file", path.string()}});
  }
  return {};
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/verify.h"

#include <charconv>

#include <fmt/format.h>

#include "net/signing.h"

namespace rms::connector {
namespace {

// Walks along the chain. After something is wrong it goes on from what it finds, so that one deed is not told as many.
class Walk {
 public:
  Walk(JournalCheck& check, const std::optional<JournalHead>& known, const ServiceHeads* heads)
      : check_(check), known_(known) {
    if (heads != nullptr) witness_.emplace(*heads);
  }

  void file(const JournalPath& file, bool is_last) {
    flush_doubt();
    file_ = &file;
    is_last_ = is_last;
    line_ = 0;
    ++check_.files;
  }

  void line(const RawLine& raw) {
    line_ = raw.number;
    ++check_.lines;
    const auto read = read_journal_line(raw.bytes);
    if (doubt_ && !(read && explains_doubt(*read))) flush_doubt();
    // A line may lack its LF at the very end: the next start adds it.
    if (read && (raw.whole || is_last_)) return follow(*read);
    ++unreadable_;
    doubt_ = Doubt{file_->path, raw.number, TornLine{raw.bytes.size(), net::sha256_hex(raw.bytes)}, why(raw, read)};
  }

  void end(bool from_the_beginning) {
    flush_doubt();
    if (known_ && begins_ && begins_->own.sequence == known_->sequence + 1 && begins_->previous == known_->hash)
      known_seen_ = true;
    if (known_ && !known_seen_)
      problem(fmt::format("line {} with the hash that was noted is not here: the end was cut off, or all written anew",
                          known_->sequence));
    if (witness_) witness_->tell(check_, from_the_beginning);
    if (!begins_ || !from_the_beginning) return;
    if (begins_->own.sequence == 1 || removed_) return;
    problems({begin_file_, 1,
              fmt::format("the journal begins with line {}, and nothing in it says that what came before was removed",
                          begins_->own.sequence)});
  }

 private:
  // What is wrong with a line, unless the next one says that a kill left it so.
  struct Doubt {
    std::filesystem::path file;
    std::size_t line;
    TornLine torn;
    std::string what;
  };

  std::string why(const RawLine& raw, const Result<JournalLine>& read) const {
    if (!raw.whole && is_last_)
      return "is cut short: the connector was killed and not started since, writes it just now, or the end was cut off";
    if (!raw.whole) return "is cut short, and a file comes after it";
    return (read.error() == Errc::corrupt ? "was changed: " : "") + read.error().context;
  }

  bool explains_doubt(const JournalLine& line) {
    if (line.kind != "torn" || line.member("bytes") != std::to_string(doubt_->torn.bytes) ||
        line.member("sha256") != doubt_->torn.sha256)
      return false;
    check_.notes.push_back({doubt_->file, doubt_->line, "was left unfinished when the connector was ended hard"});
    doubt_.reset();
    --unreadable_;
    return true;
  }

  void flush_doubt() {
    if (!doubt_) return;
    problems({doubt_->file, doubt_->line, doubt_->what});
    doubt_.reset();
  }

  void follow(const JournalLine& line) {
    const std::uint64_t number = line.own.sequence, next = check_.head ? check_.head->sequence + 1 : number;
    if (!begins_) {
      begins_ = line;
      begin_file_ = file_->path;
      if (number == 1 && line.previous != JournalHead().hash)
        problem("is line 1, and yet says that it follows another");
    } else if (number < next) {
      return problem(fmt::format(
          "is out of order or there twice: it is line {} of the journal, and stands behind line {}", number, next - 1));
    } else if (number > next + unreadable_) {
      const std::uint64_t first = next + unreadable_;
      problem(first + 1 == number
                  ? fmt::format("line {} of the journal is missing before it", first)
                  : fmt::format("lines {} to {} of the journal are missing before it", first, number - 1));
    } else if (number == next && line.previous != check_.head->hash) {
      problem(
          fmt::format("does not follow line {}, which stands before it: that one was changed and sealed anew, or "
                      "this one comes from another journal",
                      next - 1));
    }
    unreadable_ = 0;
    if (line_ == 1 && file_->first_sequence != line.own.sequence && file_->first_sequence != 0)
      problem(fmt::format("is line {} of the journal; the name of its file says {}", line.own.sequence,
                          file_->first_sequence));
    note(line);
    if (witness_) witness_->line(line, *file_, line_);
    check_.head = line.own;
    if (known_ && line.own == *known_) known_seen_ = true;
  }

  void note(const JournalLine& line) {
    if (line.kind == "decision") ++check_.decisions;
    if (line.kind == "gap")
      check_.notes.push_back({file_->path, line_,
                              fmt::format("{} decisions since {} could not be recorded", line.member("unrecorded"),
                                          line.member("since"))});
    if (line.kind == "removed" && begins_ && line.member("last_seq") == std::to_string(begins_->own.sequence - 1) &&
        line.member("last_hash") == begins_->previous)
      removed_ = true;
  }

  void problem(std::string what) { problems({file_ ? file_->path : std::filesystem::path(), line_, std::move(what)}); }
  void problems(JournalProblem problem) {
    if (check_.problems.size() < kMaxJournalProblems) check_.problems.push_back(std::move(problem));
  }

  JournalCheck& check_;
  const std::optional<JournalHead>& known_;
  std::optional<HeadWitness> witness_;
  const JournalPath* file_ = nullptr;
  bool is_last_ = false;
  std::size_t line_ = 0;

  std::uint64_t unreadable_ = 0;  // lines since the last one in order
  std::optional<Doubt> doubt_;
  std::optional<JournalLine> begins_;
  std::filesystem::path begin_file_;
  bool removed_ = false, known_seen_ = false;
};

}  // namespace

Result<JournalCheck> check_journal(const std::vector<JournalPath>& files, bool from_the_beginning,
                                   const std::optional<JournalHead>& known, const ServiceHeads* heads) {
  JournalCheck check;
  Walk walk(check, known, heads);
  for (std::size_t i = 0; i < files.size(); ++i) {
    walk.file(files[i], i + 1 == files.size());
    RMS_CHECK(read_lines(files[i].path, [&](const RawLine& line) {
      walk.line(line);
      return true;
    }));
  }
  walk.end(from_the_beginning);
  return check;
}

Result<JournalHead> parse_journal_head(std::string_view text) {
  JournalHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.sequence);
  const std::string_view rest(end, text.data() + text.size());
  if (error != std::errc() || head.sequence == 0 || !rest.starts_with(':') || rest.size() != 65 ||
      rest.substr(1).find_first_not_of("0123456789abcdef") != rest.npos)
    return Error(Errc::invalid_setting, "must be NUMBER:HASH, as 'audit verify' and the connector's log show it");
  head.hash = rest.substr(1);
  return head;
}

std::string to_string(const JournalHead& head) {
  return fmt::format("{}:{}", head.sequence, head.hash);
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "ctl/audit/commands.h"

#include <deque>

#include <fmt/format.h>

#include "base/text.h"
#include "connector/audit/verify.h"
#include "ctl/audit/printable.h"

namespace rms::ctl {
namespace fs = std::filesystem;
using connector::JournalLine;

Result<JournalPlace> find_journal(const std::vector<fs::path>& paths) {
  JournalPlace place;
  std::error_code unknown;
  if (paths.size() == 1 && fs::is_directory(paths.front(), unknown)) {
    place.whole = true;
    RMS_TRY(place.files, connector::list_journal(paths.front()));
    if (place.files.empty()) return Error(Errc::not_found, paths.front().string() + ": there is no journal in it");
    return place;
  }
  for (const fs::path& path : paths) {
    if (!fs::is_regular_file(path, unknown))
      return Error(Errc::not_found, path.string() + ": give one directory, or files of a journal");
    place.files.push_back({path, connector::first_sequence_of(path).value_or(0)});
  }
  return place;
}

Result<bool> verify_journal(const JournalPlace& place, const std::optional<std::string>& known, std::ostream& out,
                            const std::optional<fs::path>& heads) {
  std::optional<connector::JournalHead> head;
  if (known) {
    RMS_TRY(head, connector::parse_journal_head(*known));
  }
  std::optional<connector::ServiceHeads> kept;
  if (heads) {
    RMS_TRY(kept, connector::read_service_heads(*heads));
  }
  RMS_TRY(const auto check, connector::check_journal(place.files, place.whole, head, kept ? &*kept : nullptr));
  const auto print = [&](const connector::JournalProblem& problem, const char* kind) {
    out << problem.file.string();
    if (problem.line > 0) out << ':' << problem.line;
    out << ": " << kind << printable(problem.what) << "\n";
  };
  for (const auto& note : check.notes) print(note, "note: ");
  for (const auto& problem : check.problems) print(problem, "");
  if (check.problems.size() == connector::kMaxJournalProblems) out << "There may be more: not all are shown.\n";
  const bool good = check.problems.empty() && check.head;
  out << fmt::format("{}: {} lines, {} decisions, {} files\n", good ? "good" : "NOT good", check.lines, check.decisions,
                     check.files);
  if (heads) out << fmt::format("held against {} heads in {}\n", check.heads, heads->string());
  if (check.head) out << "head " << to_string(*check.head) << "\n";
  return good;
}

Result<void> for_each_line(const JournalPlace& place,
                           const std::function<void(const JournalLine&, std::string_view)>& each) {
  for (const auto& file : place.files)
    RMS_CHECK(connector::read_lines(file.path, [&](const connector::RawLine& raw) {
      if (const auto line = connector::read_journal_line(raw.bytes)) each(*line, raw.bytes);
      return true;
    }));
  return {};
}

Result<void> show_journal(const JournalPlace& place, const ShowOptions& options, std::ostream& out) {
  std::deque<std::string> newest;
  RMS_CHECK(for_each_line(place, [&](const JournalLine& line, std::string_view bytes) {
    if (line.kind != "decision") return;
    if (!options.correlation_id.empty() && !equal_without_case(line.member("correlation_id"), options.correlation_id))
      return;
    const auto or_dash = [&](std::string_view name) {
      const auto value = line.member(name);
      return value.empty() ? std::string("-") : printable(value);
    };
    newest.push_back(options.json
                         ? std::string(bytes)
                         : fmt::format("{} {:<13} {:<22} {} {:<30} {:<20} {} {}", printable(line.time),
                                       or_dash("result"), or_dash("reason"), or_dash("status"), or_dash("principal"),
                                       or_dash("entry"), or_dash("correlation_id"), or_dash("operation")));
    if (newest.size() > options.last) newest.pop_front();
  }));
  for (const std::string& line : newest) out << line << "\n";
  return {};
}

}  // namespace rms::ctl

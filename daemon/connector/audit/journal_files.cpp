// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/journal_files.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "base/guid.h"
#include "net/signing.h"

namespace rms::connector {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = "audit-", kSuffix = ".jsonl";
constexpr std::size_t kDigits = 20;

}  // namespace

std::string journal_file_name(std::uint64_t first_sequence) {
  return fmt::format("{}{:020}{}", kPrefix, first_sequence, kSuffix);
}

std::optional<std::uint64_t> first_sequence_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.size() != kPrefix.size() + kDigits + kSuffix.size() || !name.starts_with(kPrefix) ||
      !name.ends_with(kSuffix))
    return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = name.data() + kPrefix.size();
  const auto [end, error] = std::from_chars(begin, begin + kDigits, number);
  if (error != std::errc() || end != begin + kDigits || number == 0) return std::nullopt;
  return number;
}

Result<std::vector<JournalPath>> list_journal(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) return Error(Errc::not_found, directory.string() + ": no such directory");
  std::vector<JournalPath> found;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    if (const auto first = first_sequence_of(at->path())) found.push_back({at->path(), *first});
  if (error) return Error(Errc::io_error, directory.string() + ": " + error.message());
  std::ranges::sort(found, {}, &JournalPath::first_sequence);
  return found;
}

Result<void> read_lines(const fs::path& path, const std::function<bool(const RawLine&)>& each) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return Error(Errc::not_found, path.string() + ": no such file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(Errc::io_error, path.string() + ": cannot be opened");

  std::string line;
  std::size_t number = 1;
  std::array<char, 64 * 1024> chunk;
  const auto keep = [&](std::string_view part) {
    line.append(part.substr(0, kMaxJournalLineBytes - std::min(line.size(), kMaxJournalLineBytes)));
  };
  while (in) {
    in.read(chunk.data(), chunk.size());
    std::string_view rest(chunk.data(), static_cast<std::size_t>(in.gcount()));
    for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      keep(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      if (!each({number++, line, true})) return {};
      line.clear();
    }
    keep(rest);
  }
  if (in.bad()) return Error(Errc::io_error, path.string() + ": cannot be read");
  if (!line.empty()) each({number, line, false});
  return {};
}

Result<JournalEnd> read_end(const fs::path& path) {
  std::string first, last, rest;
  JournalEnd end;
  RMS_CHECK(read_lines(path, [&](const RawLine& line) {
    if (!line.whole) {
      rest = line.bytes;
    } else {
      if (line.number == 1) first = line.bytes;
      last = line.bytes;
    }
    return true;
  }));
  const auto understand = [&](const std::string& bytes, const char* which) -> Result<std::optional<JournalLine>> {
    if (bytes.empty()) return std::optional<JournalLine>();
    auto line = read_journal_line(bytes);
    if (line) return std::optional(*std::move(line));
    return Error(Errc::corrupt, fmt::format("{}: its {} line is not as it was written ({})", path.string(), which,
                                            line.error().context));
  };
  // The first line may be what was left of a torn one, whose end stands behind it; only its time is wanted.
  if (auto line = understand(first, "first")) end.first = *std::move(line);
  RMS_TRY(end.last, understand(last, "last"));
  if (rest.empty()) return end;
  if (auto line = read_journal_line(rest)) {
    end.last = *std::move(line);
    end.ended = false;
  } else {
    end.torn = TornLine{rest.size(), net::sha256_hex(rest)};
  }
  return end;
}

std::optional<JournalHead> kept_by(const JournalLine& line) {
  if (line.kind != "kept") return std::nullopt;
  JournalHead head;
  const std::string_view digits = line.member("kept_seq");
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), head.sequence);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  head.hash = line.member("kept_hash");
  return head;
}

Result<JournalNames> read_names(const fs::path& path) {
  // In a value the quotes would have backslashes before them.
  constexpr std::string_view kNamed = ",\"journal\":\"";
  JournalNames names;
  RMS_CHECK(read_lines(path, [&](const RawLine& raw) {
    if (raw.bytes.find(kNamed) == raw.bytes.npos) return true;
    const auto line = read_journal_line(raw.bytes);
    if (!line || !is_guid(line->member("journal"))) return true;
    names.journal = line->member("journal");
    if (auto kept = kept_by(*line)) names.kept = std::move(kept);
    return true;
  }));
  return names;
}

}  // namespace rms::connector

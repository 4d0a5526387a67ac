// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/service_heads.h"

#include <charconv>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/guid.h"
#include "connector/audit/verify.h"

namespace rms::connector {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

Error not_heads(const fs::path& file, std::string_view why) {
  return Error(Errc::malformed,
               fmt::format("{}: not what 'rms-cloudctl audit-heads --format json' writes: {}", file.string(), why));
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool flag(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<ServiceHead> read_head(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto sequence = json.find("sequence");
  if (sequence == json.end() || !sequence->is_number_unsigned()) return std::nullopt;
  const auto head = parse_journal_head(fmt::format("{}:{}", sequence->get<std::uint64_t>(), text(json, "hash")));
  ServiceHead read{text(json, "connector"), text(json, "journal"), {}, text(json, "kept"), flag(json, "pinned")};
  if (!head || !is_guid(read.journal) || read.kept.empty()) return std::nullopt;
  read.head = *head;
  return read;
}

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

void tell_problem(JournalCheck& check, JournalProblem problem) {
  if (check.problems.size() < kMaxJournalProblems) check.problems.push_back(std::move(problem));
}

}  // namespace

Result<ServiceHeads> read_service_heads(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return Error(Errc::not_found, file.string() + ": no such file");
  const auto size = fs::file_size(file, error);
  if (error) return Error(Errc::io_error, file.string() + ": " + error.message());
  if (size > kMaxHeadsFileBytes)
    return Error(Errc::too_large,
                 fmt::format("{}: must have at most 256 MiB; ask for fewer with --last or --connector", file.string()));
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return Error(Errc::io_error, file.string() + ": cannot be read");

  const Json json = Json::parse(bytes, nullptr, false);
  if (!json.is_object()) return not_heads(file, "no JSON object");
  ServiceHeads heads{file, text(json, "taken"), flag(json, "complete"), {}};
  if (heads.taken.empty()) return not_heads(file, "it does not say when it was taken");
  const auto list = json.find("heads");
  if (list == json.end() || !list->is_array()) return not_heads(file, "there is no list of heads");
  for (const Json& entry : *list) {
    auto head = read_head(entry);
    if (!head) return not_heads(file, fmt::format("entry {} is no head", heads.heads.size() + 1));
    heads.heads.push_back(*std::move(head));
  }
  return heads;
}

HeadWitness::HeadWitness(const ServiceHeads& heads) : heads_(heads) {
  for (const ServiceHead& head : heads.heads) {
    by_journal_[head.journal].emplace(head.head.sequence, &head);
    seen_.emplace(head.head.sequence, std::nullopt);
    if (head.pinned) continue;
    const auto [from, is_first] = all_from_.emplace(head.journal, head.head.sequence);
    if (!is_first) from->second = std::min(from->second, head.head.sequence);
  }
}

void HeadWitness::Deed::add(const Place& where, std::string text) {
  if (count++ > 0) return;
  place = where;
  what = std::move(text);
}

void HeadWitness::Deed::tell(JournalCheck& check, const char* more) const {
  if (count == 0) return;
  tell_problem(check,
               {place.file, place.line, count == 1 ? what : fmt::format("{} ({} more {})", what, count - 1, more)});
}

void HeadWitness::line(const JournalLine& line, const JournalPath& file, std::size_t number_in_file) {
  const Place place{file.path, number_in_file};
  if (first_ == 0) {
    first_ = line.own.sequence;
    before_first_ = line.previous;
    begin_ = place;
  }
  last_ = line.own.sequence;
  end_ = place;
  if (const auto journal = line.member("journal"); !journal.empty() && is_guid(journal)) journals_.emplace(journal);
  if (const auto wanted = seen_.find(line.own.sequence); wanted != seen_.end())
    wanted->second = Seen{line.own.hash, place};
  if (line.kind == "kept") receipt(line, place);
  if (line.kind == "removed") removed(line, place);
}

// Of a file that was removed its last line is still known.
void HeadWitness::removed(const JournalLine& line, const Place& place) {
  const std::uint64_t sequence = number(line.member("last_seq"));
  if (const auto wanted = seen_.find(sequence); wanted != seen_.end() && !wanted->second)
    wanted->second = Seen{std::string(line.member("last_hash")), place};
}

void HeadWitness::receipt(const JournalLine& line, const Place& place) {
  const std::uint64_t sequence = number(line.member("kept_seq"));
  const std::string_view when = line.member("kept_time");
  if (when >= heads_.taken) return;  // later than the list
  const auto journal = by_journal_.find(line.member("journal"));
  if (journal != by_journal_.end()) {
    const auto [begin, end] = journal->second.equal_range(sequence);
    for (auto at = begin; at != end; ++at)
      if (at->second->head.hash == line.member("kept_hash")) return;
    if (begin != end)
      return altered_.add(place, fmt::format("is the receipt of {} for line {}, whose hash is another in {}", when,
                                             sequence, heads_.file.string()));
  }
  // Of many that it kept, the service lets old ones go.
  const auto from = all_from_.find(line.member("journal"));
  if (!heads_.complete && (from == all_from_.end() || sequence < from->second)) return;
  lost_.add(place, fmt::format("is the receipt of {} for line {}, which {} does not have: the service lost it, or it "
                               "was removed there",
                               when, sequence, heads_.file.string()));
}

void HeadWitness::tell(JournalCheck& check, bool whole) const {
  if (is_claimed_twice(check)) return;
  hold(check, whole);
  altered_.tell(check, "receipts are contradicted");
  lost_.tell(check, "receipts are for lines that are not there");
  tell_of_other_journals(check);
}

// One connector's word must not spoil another's evidence, nor stand for it.
bool HeadWitness::is_claimed_twice(JournalCheck& check) const {
  for (const std::string& journal : journals_) {
    const auto found = by_journal_.find(journal);
    if (found == by_journal_.end()) continue;
    const std::string& one = found->second.begin()->second->connector;
    for (const auto& [sequence, head] : found->second) {
      if (head->connector == one) continue;
      tell_problem(check,
                   {heads_.file, 0,
                    fmt::format("{} and {} both had heads of the journal {} kept: take the list of the one whose "
                                "journal this is (--connector), and ask the other one why",
                                one, head->connector, journal)});
      return true;
    }
  }
  return false;
}

void HeadWitness::hold(JournalCheck& check, bool whole) const {
  Deed different, beyond, missing;
  bool any = false;
  std::uint64_t before = 0;  // heads of lines that are not here any more
  std::uint64_t agreed = 0;
  for (const std::string& journal : journals_) {
    const auto found = by_journal_.find(journal);
    if (found == by_journal_.end()) continue;
    any = true;
    for (const auto& [sequence, head] : found->second) {
      if (sequence > last_ && !whole) continue;
      const auto& seen = seen_.at(sequence);
      const bool follows = sequence + 1 == first_;
      if (sequence < first_ && !seen && !follows) {
        ++before;
        continue;
      }
      ++check.heads;
      if (follows && before_first_ != head->head.hash)
        different.add(begin_,
                      fmt::format("follows another line {} than the one whose hash the service kept at {}: what "
                                  "came before was not removed but put aside",
                                  sequence, head->kept));
      else if (follows && !seen)
        agreed = sequence;
      else if (sequence > last_)
        beyond.add(end_, fmt::format("is the last line, and yet the service kept line {} at {}: the end was cut off",
                                     sequence, head->kept));
      else if (!seen)
        missing.add({heads_.file, 0},
                    fmt::format("the service kept line {} at {}, which cannot be found", sequence, head->kept));
      else if (seen->hash != head->head.hash)
        different.add(seen->place,
                      fmt::format("is not the line {} whose hash the service kept at {}: it was written anew after "
                                  "line {}, the last that agrees",
                                  sequence, head->kept, agreed));
      else
        agreed = sequence;
    }
  }
  different.tell(check, "heads are of other lines, too");
  beyond.tell(check, "heads are beyond it");
  missing.tell(check, "cannot be found either");
  if (before > 0)
    check.notes.push_back(
        {begin_.file, begin_.line,
         fmt::format("{} heads that the service kept are of lines before this one, which are not here: "
                     "nothing can be said of these",
                     before)});
  if (any && whole && check.heads == 0)
    tell_problem(check, {heads_.file, 0, "has heads of this journal, but of none of the lines that are here"});
  if (any) return;
  std::string names;
  for (const std::string& journal : journals_) names += (names.empty() ? "" : ", ") + journal;
  tell_problem(check, {heads_.file, 0,
                       names.empty() ? "cannot be held against this journal, which does not say which one it is"
                                     : "has no head of this journal, which is " + names});
}

void HeadWitness::tell_of_other_journals(JournalCheck& check) const {
  std::set<std::string_view> connectors;
  for (const std::string& journal : journals_)
    if (const auto found = by_journal_.find(journal); found != by_journal_.end())
      connectors.insert(found->second.begin()->second->connector);
  for (const auto& [journal, heads] : by_journal_) {
    const ServiceHead& last = *heads.rbegin()->second;
    if (journals_.contains(journal) || !connectors.contains(last.connector)) continue;
    check.notes.push_back({heads_.file, 0,
                           fmt::format("the connector {} had another journal, {}, kept up to line {} at {}: if nobody "
                                       "moved it away, this one was put in its place",
                                       last.connector, journal, last.head.sequence, last.kept)});
  }
}

}  // namespace rms::connector

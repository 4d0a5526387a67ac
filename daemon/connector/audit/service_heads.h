// SPDX-License-Identifier: Apache-2.0
//
// Heads of journals as the rights service kept them, in a file that `rms-cloudctl audit-heads --format json` wrote, and
// how a journal is held against them: docs/audit.md. Reading only; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/audit/journal_files.h"
#include "connector/audit/line.h"

namespace rms::connector {

struct JournalCheck;

inline constexpr std::uintmax_t kMaxHeadsFileBytes = 256 * 1024 * 1024;

struct ServiceHead {
  std::string connector, journal;  // its name; GUID
  JournalHead head;
  std::string kept;     // when, as journal_time()
  bool pinned = false;  // kept when those around it are not any more
};

struct ServiceHeads {
  std::filesystem::path file;  // where they were read
  std::string taken;           // when; what was kept later is not among them
  bool complete = false;       // all that were ever kept; or else the newest, and pinned ones
  std::vector<ServiceHead> heads;
};

// Errc::not_found, Errc::io_error, Errc::too_large; Errc::malformed: it is not what that command writes.
Result<ServiceHeads> read_service_heads(const std::filesystem::path& file);

// Holds the lines of one journal, in their order, against heads, and the receipts in it, too. `heads` outlives it.
class HeadWitness {
 public:
  explicit HeadWitness(const ServiceHeads& heads);

  void line(const JournalLine& line, const JournalPath& file, std::size_t number);
  // Tells what was found. `whole`: the journal goes to its end, and heads beyond it are problems, too.
  void tell(JournalCheck& check, bool whole) const;

 private:
  struct Place {
    std::filesystem::path file;
    std::size_t line = 0;
  };
  struct Seen {
    std::string hash;
    Place place;
  };
  // The first of its kind, and how many there were: one deed is not told as many.
  struct Deed {
    Place place;
    std::string what;
    std::size_t count = 0;
    void add(const Place& where, std::string text);
    void tell(JournalCheck& check, const char* more) const;
  };
  void receipt(const JournalLine& line, const Place& place);
  void removed(const JournalLine& line, const Place& place);
  bool is_claimed_twice(JournalCheck& check) const;
  void hold(JournalCheck& check, bool whole) const;
  void tell_of_other_journals(JournalCheck& check) const;

  const ServiceHeads& heads_;
  std::map<std::string, std::multimap<std::uint64_t, const ServiceHead*>, std::less<>> by_journal_;
  std::map<std::string, std::uint64_t, std::less<>> all_from_;  // by journal: from this line on none is missing
  std::map<std::uint64_t, std::optional<Seen>> seen_;           // of the lines that are heads
  std::set<std::string, std::less<>> journals_;                 // that the journal calls itself
  std::uint64_t first_ = 0, last_ = 0;
  std::string before_first_;  // hash of the line that the first one says it follows
  Place begin_, end_;
  Deed lost_, altered_;
};

}  // namespace rms::connector

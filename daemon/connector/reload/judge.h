// SPDX-License-Identifier: Apache-2.0
//
// Whether settings that are in force since a reload do so much harm that those before should return. Pure: no I/O, no
// clock of its own.
//
// Only entries that were there before have a vote, and none of which the reload took something on purpose: whoever is
// to lose something must not be able to prevent it. Who is nobody has none either (watch.h sees to it).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "connector/settings/settings.h"

namespace rms::connector {

// What became of a request of an entry.
enum class Vote {
  served,    // answered, with whatever the service said
  failed,    // the service could not be asked
  refused,   // and would not have been by the settings before
  shut_out,  // the same, because its certificate or the entry's way to recognize it is another: counts only while
             // nobody of the entry is served, since the old one may be meant to be useless now
};

// How many of the last while were served and failed. In steps: what is older than `span` is forgotten a sixteenth of it
// at a time.
class RecentVotes {
 public:
  explicit RecentVotes(std::chrono::milliseconds span) { change_span(span); }

  // Forgets what was, if it is another one. REQUIRES: at least 16 ms.
  void change_span(std::chrono::milliseconds span);
  void count(Vote vote, SteadyTime now);
  struct Totals {
    std::uint64_t served = 0, failed = 0;
  };
  Totals totals(SteadyTime now);

 private:
  void turn(SteadyTime now);

  std::chrono::milliseconds step_{0};
  std::array<Totals, 16> steps_{};
  std::size_t at_ = 0;
  SteadyTime began_{};  // steps_[at_]
};

class RollbackJudge {
 public:
  // At most as many entries as a list may have: see below.
  struct Reload {
    ReloadSettings budget;
    std::set<std::string, std::less<>> losers;  // Difference::losers
    RecentVotes::Totals before;                 // in as long a time before
    SteadyTime began;
  };

  explicit RollbackJudge(Reload reload) : reload_(std::move(reload)) {}

  // `entry`: its name in the settings before; grows with the number of different ones only.
  void count(std::string_view entry, Vote vote);
  // Somebody is served under this entry whom the settings before would not have recognized.
  void served_anew(std::string_view entry) { tallies_[std::string(entry)].anew = true; }

  // Why they should return; nullopt: they need not, or it is too early to tell. Not before a tenth of the time to watch
  // has passed: a moment's trouble is not what this is about.
  std::optional<std::string> verdict(SteadyTime now) const;
  // Nothing more is going to be judged.
  bool over(SteadyTime now) const { return now >= reload_.began + reload_.budget.watch; }

 private:
  struct Tally {
    std::uint64_t served = 0, failed = 0, refused = 0, shut_out = 0;
    bool anew = false;
  };
  std::uint64_t refused_of(const Tally& tally) const;

  const Reload reload_;
  std::map<std::string, Tally, std::less<>> tallies_;
};

}  // namespace rms::connector

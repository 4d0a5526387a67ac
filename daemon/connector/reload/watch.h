// SPDX-License-Identifier: Apache-2.0
//
// Looks at what becomes of requests, for RollbackJudge.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "connector/audit/access_log.h"
#include "connector/authorizer/authorizer.h"
#include "connector/reload/judge.h"
#include "connector/settings/difference.h"

namespace rms::connector {

// Loop thread only. Hears of every request, at all times, so that it knows how it was before a reload.
//
// What a caller has no vote with: a request of nobody (no principal: handshakes that failed, tokens that were refused),
// of somebody whom the settings before did not know either, a refusal that they would have made, too, and a certificate
// that is revoked or out of date. So who was a stranger before cannot bring the old settings back, however often he
// asks; nor can somebody whose certificate was withdrawn. A caller that was overloaded, was over a limit or went away
// says nothing about settings.
class ReloadWatch {
 public:
  explicit ReloadWatch(std::chrono::milliseconds span) : recent_(span) {}

  void saw(const AccessRecord& record, WallTime wall, SteadyTime now);

  // From now on what is in force is judged against `before`. `change`: from the one to the other.
  void begin(std::shared_ptr<const Settings> before, const Difference& change, const ReloadSettings& budget,
             SteadyTime now);
  // What is in force has proven itself, or was taken back.
  void end(const ReloadSettings& in_force);

  bool watching() const { return watched_.has_value(); }
  // As RollbackJudge; nullopt and true if nothing is watched.
  std::optional<std::string> verdict(SteadyTime now) const;
  bool over(SteadyTime now) const;

 private:
  struct Watched {
    ServerList before;
    std::set<std::string, std::less<>> recognized_otherwise;
    RollbackJudge judge;
  };
  void judge(const AccessRecord& record, Vote vote, WallTime wall);

  RecentVotes recent_;
  std::optional<Watched> watched_;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/reload/judge.h"

#include <fmt/format.h>

namespace rms::connector {
namespace {

double percent(std::uint64_t part, std::uint64_t rest) {
  const auto all = static_cast<double>(part + rest);
  return all > 0 ? 100 * static_cast<double>(part) / all : 0;
}

}  // namespace

void RecentVotes::change_span(std::chrono::milliseconds span) {
  const auto step = span / steps_.size();
  if (step == step_) return;
  step_ = step;
  steps_ = {};
}

void RecentVotes::turn(SteadyTime now) {
  if (now >= began_ + steps_.size() * step_) {
    steps_ = {};
    began_ = now;
    return;
  }
  while (now >= began_ + step_) {
    at_ = (at_ + 1) % steps_.size();
    steps_[at_] = {};
    began_ += step_;
  }
}

void RecentVotes::count(Vote vote, SteadyTime now) {
  turn(now);
  if (vote == Vote::served) ++steps_[at_].served;
  if (vote == Vote::failed) ++steps_[at_].failed;
}

RecentVotes::Totals RecentVotes::totals(SteadyTime now) {
  turn(now);
  Totals all;
  for (const Totals& step : steps_) {
    all.served += step.served;
    all.failed += step.failed;
  }
  return all;
}

void RollbackJudge::count(std::string_view entry, Vote vote) {
  if (reload_.losers.contains(entry)) return;
  Tally& tally = tallies_[std::string(entry)];
  switch (vote) {
    case Vote::served:
      ++tally.served;
      break;
    case Vote::failed:
      ++tally.failed;
      break;
    case Vote::refused:
      ++tally.refused;
      break;
    case Vote::shut_out:
      ++tally.shut_out;
      break;
  }
}

std::uint64_t RollbackJudge::refused_of(const Tally& tally) const {
  const bool others_are_served = tally.anew || tally.served > 0;
  return tally.refused + (others_are_served ? 0 : tally.shut_out);
}

std::optional<std::string> RollbackJudge::verdict(SteadyTime now) const {
  if (now < reload_.began + reload_.budget.watch / 10) return std::nullopt;
  const ReloadSettings& budget = reload_.budget;
  Tally all;
  std::string worst;
  std::uint64_t most = 0;
  for (const auto& [entry, tally] : tallies_) {
    const std::uint64_t refused = refused_of(tally);
    all.served += tally.served;
    all.failed += tally.failed;
    all.refused += refused;
    if (refused > most) {
      most = refused;
      worst = entry;
    }
  }
  const double refused = percent(all.refused, all.served + all.failed);
  if (all.refused >= budget.least_requests && refused > budget.most_refused_percent)
    return fmt::format(
        "{} of {} requests ({:.0f} %) were refused that the settings before allowed, most of them of {}; "
        "reload.most_refused_percent is {}",
        all.refused, all.refused + all.served + all.failed, refused, worst, budget.most_refused_percent);
  const double failed = percent(all.failed, all.served);
  const double before = percent(reload_.before.failed, reload_.before.served);
  if (all.failed >= budget.least_requests && failed - before > budget.most_failed_percent)
    return fmt::format(
        "the service could not be asked for {} of {} requests ({:.0f} %, before the reload {:.0f} %); "
        "reload.most_failed_percent is {}",
        all.failed, all.failed + all.served, failed, before, budget.most_failed_percent);
  return std::nullopt;
}

}  // namespace rms::connector

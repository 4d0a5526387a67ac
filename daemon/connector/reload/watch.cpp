// SPDX-License-Identifier: Apache-2.0
#include "connector/reload/watch.h"

#include "soap/operation.h"

namespace rms::connector {
namespace {

// Of requests that were let in. nullopt: it says nothing.
std::optional<Vote> vote_of_answer(const AccessRecord& record) {
  constexpr int kUnavailable = 503, kTooMany = 429;
  if (record.status == kTooMany || record.outcome == kInternalError || record.outcome == kNotRecorded)
    return std::nullopt;
  if (record.status != kUnavailable) return Vote::served;
  for (const Errc mere : {Errc::overloaded, Errc::cancelled})
    if (record.outcome == make_error_code(mere).message()) return std::nullopt;
  return Vote::failed;
}

std::optional<Vote> vote_of(const AccessRecord& record) {
  if (record.principal == nullptr) return std::nullopt;
  if (record.withdrawn) {
    const bool by_settings = record.outcome == "certificate_untrusted" || record.outcome == "no_valid_crl";
    return by_settings ? std::optional(Vote::shut_out) : std::nullopt;
  }
  if (!record.decision) return std::nullopt;
  return record.decision->allowed() ? vote_of_answer(record) : Vote::refused;
}

std::optional<soap::Operation> operation_of(std::string_view name) {
  for (const soap::Service& service : soap::services())
    for (const soap::Operation each : service.operations)
      if (soap::to_string(each) == name) return each;
  return std::nullopt;
}

}  // namespace

void ReloadWatch::saw(const AccessRecord& record, WallTime wall, SteadyTime now) {
  const auto vote = vote_of(record);
  if (!vote) return;
  if (watched_)
    judge(record, *vote, wall);
  else
    recent_.count(*vote, now);
}

void ReloadWatch::judge(const AccessRecord& record, Vote vote, WallTime wall) {
  const Decision before = watched_->before.recognize(*record.principal);
  if (!before.allowed()) {
    if (vote == Vote::served) watched_->judge.served_anew(record.decision->entry->name);
    return;
  }
  if (vote == Vote::refused) {
    const auto operation = operation_of(record.operation);
    if (operation && !authorize(*before.entry, *operation, wall).allowed()) return;
    if (watched_->recognized_otherwise.contains(before.entry->name)) vote = Vote::shut_out;
  }
  watched_->judge.count(before.entry->name, vote);
}

void ReloadWatch::begin(std::shared_ptr<const Settings> before, const Difference& change, const ReloadSettings& budget,
                        SteadyTime now) {
  // One reload soon after another: what was before the first is what both are held against.
  const RecentVotes::Totals totals = recent_.totals(now);
  watched_.reset();
  watched_.emplace(Watched{ServerList(std::move(before)), change.recognized_otherwise,
                           RollbackJudge({budget, change.losers, totals, now})});
}

void ReloadWatch::end(const ReloadSettings& in_force) {
  watched_.reset();
  recent_.change_span(in_force.watch);
}

std::optional<std::string> ReloadWatch::verdict(SteadyTime now) const {
  return watched_ ? watched_->judge.verdict(now) : std::nullopt;
}

bool ReloadWatch::over(SteadyTime now) const {
  return !watched_ || watched_->judge.over(now);
}

}  // namespace rms::connector

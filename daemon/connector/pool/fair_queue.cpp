// SPDX-License-Identifier: Apache-2.0
#include "connector/pool/fair_queue.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace rms::connector {

FairQueue::Entry::~Entry() {
  assert(!waiting());
}

FairQueue::FairQueue(Limits limits) : limits_(limits) {
  assert(limits.in_flight > 0 && limits.per_flow_in_flight > 0 && limits.entries > 0);
}

void FairQueue::change(Limits limits) {
  assert(limits.in_flight > 0 && limits.per_flow_in_flight > 0 && limits.entries > 0);
  limits_ = limits;
}

bool FairQueue::may_go(std::string_view name) const {
  if (in_flight_ >= limits_.in_flight) return false;
  const auto found = flows_.find(name);
  if (found == flows_.end()) return true;
  return found->second.waiting.empty() && found->second.in_flight < limits_.per_flow_in_flight;
}

FairQueue::Flow& FairQueue::flow(const std::string& name) {
  const auto [at, is_new] = flows_.try_emplace(name);
  if (is_new) at->second.self = at;
  return at->second;
}

void FairQueue::forget_if_empty(Flow& flow) {
  if (flow.in_flight == 0 && flow.waiting.empty()) flows_.erase(flow.self);
}

void FairQueue::went(const std::string& name) {
  ++flow(name).in_flight;
  ++in_flight_;
}

void FairQueue::came_back(const std::string& name) {
  const auto found = flows_.find(name);
  assert(found != flows_.end() && found->second.in_flight > 0);
  --found->second.in_flight;
  --in_flight_;
  forget_if_empty(found->second);
}

FairQueue::Entry* FairQueue::join(Entry& entry) {
  assert(!entry.waiting());
  Flow& mine = flow(entry.flow());
  if (mine.waiting.empty()) mine.turn = turns_.insert(turns_.end(), &mine);
  entry.place_ = mine.waiting.insert(mine.waiting.end(), &entry);
  entry.in_ = &mine;
  if (++waiting_ <= limits_.entries) return nullptr;

  const auto shorter = [](const Flow* a, const Flow* b) { return a->waiting.size() < b->waiting.size(); };
  Flow& longest = **std::max_element(turns_.begin(), turns_.end(), shorter);
  // Among equals whoever was there first stays.
  Flow& loser = longest.waiting.size() > mine.waiting.size() ? longest : mine;
  return take_out(loser, std::prev(loser.waiting.end()));
}

FairQueue::Entry* FairQueue::take_out(Flow& from, std::list<Entry*>::iterator place) {
  Entry* const entry = *place;
  from.waiting.erase(place);
  entry->in_ = nullptr;
  --waiting_;
  if (from.waiting.empty()) turns_.erase(from.turn);
  forget_if_empty(from);
  return entry;
}

void FairQueue::leave(Entry& entry) {
  if (entry.waiting()) take_out(*entry.in_, entry.place_);
}

FairQueue::Entry* FairQueue::next() {
  if (in_flight_ >= limits_.in_flight) return nullptr;
  // Few can be passed over: each of those has a whole share on its way.
  const auto turn = std::find_if(turns_.begin(), turns_.end(),
                                 [&](const Flow* flow) { return flow->in_flight < limits_.per_flow_in_flight; });
  if (turn == turns_.end()) return nullptr;
  Flow& flow = **turn;
  turns_.splice(turns_.end(), turns_, turn);
  return take_out(flow, flow.waiting.begin());
}

FairQueue::Entry* FairQueue::any() {
  if (turns_.empty()) return nullptr;
  return take_out(*turns_.front(), turns_.front()->waiting.begin());
}

std::size_t FairQueue::in_flight(std::string_view name) const {
  const auto found = flows_.find(name);
  return found == flows_.end() ? 0 : found->second.in_flight;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "load/tally.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace rms::load {
namespace {

using Json = nlohmann::ordered_json;

// Rounded to what is measured: microseconds.
double milliseconds(std::uint32_t microseconds) {
  return microseconds / 1000.0;
}

// Sorts `latencies`.
Json percentiles(std::vector<std::uint32_t>& latencies) {
  if (latencies.empty()) return nullptr;
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double part) {
    return milliseconds(latencies[static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1))]);
  };
  return {{"p50", at(0.5)}, {"p90", at(0.9)}, {"p99", at(0.99)}, {"max", milliseconds(latencies.back())}};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, kOutcomes> kNames{
      "good", "wrong", "fault", "denied", "too_many", "unavailable", "other", "not_connected", "lost", "timed_out"};
  return kNames[static_cast<std::size_t>(outcome)];
}

void Tally::add(std::chrono::microseconds began, std::chrono::microseconds latency, Outcome outcome) {
  ++counts_[static_cast<std::size_t>(outcome)];
  const auto second = static_cast<std::size_t>(std::max<std::int64_t>(began.count(), 0) / 1'000'000);
  if (seconds_.size() <= second) seconds_.resize(second + 1);
  const auto took = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(latency.count(), 0, std::numeric_limits<std::uint32_t>::max()));
  if (outcome == Outcome::good) {
    seconds_[second].good.push_back(took);
  } else {
    ++seconds_[second].failed;
    failures_.push_back(took);
  }
}

void Tally::merge(Tally&& other) {
  for (std::size_t i = 0; i < kOutcomes; ++i) counts_[i] += other.counts_[i];
  if (seconds_.size() < other.seconds_.size()) seconds_.resize(other.seconds_.size());
  for (std::size_t i = 0; i < other.seconds_.size(); ++i) {
    auto& good = other.seconds_[i].good;
    seconds_[i].good.insert(seconds_[i].good.end(), good.begin(), good.end());
    seconds_[i].failed += other.seconds_[i].failed;
  }
  failures_.insert(failures_.end(), other.failures_.begin(), other.failures_.end());
}

std::string Tally::json(std::chrono::microseconds took, double rate) {
  Json counts, by_second = Json::array();
  std::size_t requests = 0;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    counts[std::string(to_string(static_cast<Outcome>(i)))] = counts_[i];
    requests += counts_[i];
  }
  std::vector<std::uint32_t> all;
  for (std::size_t i = 0; i < seconds_.size(); ++i) {
    Second& second = seconds_[i];
    all.insert(all.end(), second.good.begin(), second.good.end());
    by_second.push_back({{"second", i},
                         {"good", second.good.size()},
                         {"failed", second.failed},
                         {"latency_ms", percentiles(second.good)}});
  }
  const double seconds = static_cast<double>(took.count()) / 1e6;
  const Json report{{"seconds", seconds},
                    {"requests", requests},
                    {"rate", seconds > 0 ? static_cast<double>(counts_[0]) / seconds : 0.0},
                    {"unsent", std::max<std::int64_t>(
                                   0, static_cast<std::int64_t>(rate * seconds) - static_cast<std::int64_t>(requests))},
                    {"counts", counts},
                    {"latency_ms", percentiles(all)},
                    {"failures_ms", percentiles(failures_)},
                    {"by_second", by_second}};
  return report.dump();
}

}  // namespace rms::load

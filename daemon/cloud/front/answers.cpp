// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/answers.h"

#include <utility>

namespace rms::cloud {
namespace {

// Names hold no line ends, and the rest has a fixed form.
std::string key_of(const std::string& tenant, const QuestionRecord& question) {
  return question.request_id + "\n" + question.method + "\n" + tenant + "\n" + question.connector;
}

}  // namespace

Answers::Begun Answers::begin(const std::string& tenant, const QuestionRecord& question, Waiter waiter) {
  const std::scoped_lock lock(mutex_);
  const auto [found, is_new] = entries_.try_emplace(key_of(tenant, question));
  Entry& entry = found->second;
  if (is_new) {
    entry.digest = question.digest;
    return Ours{};
  }
  if (entry.digest != question.digest) return OtherQuestion{};
  if (entry.answer) return Answered{entry.answer};
  if (entry.waiters.size() >= limits_.waiting) return TooMany{};
  entry.waiters.push_back(std::move(waiter));
  return Waits{};
}

void Answers::end(const std::string& tenant, const QuestionRecord& question, Ending ending) {
  std::vector<Waiter> waiters;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key_of(tenant, question));
    if (found == entries_.end()) return;
    waiters.swap(found->second.waiters);
    if (const auto* answered = std::get_if<Answered>(&ending))
      keep(found->first, answered->answer);
    else
      entries_.erase(found);
  }
  for (const auto& waiter : waiters) waiter(ending);
}

void Answers::keep(const std::string& key, Bytes answer) {
  const auto now = clock_.steady();
  auto& entry = entries_[key];
  bytes_ += answer->size();
  entry.answer = std::move(answer);
  entry.since = now;
  oldest_first_.push_back(key);
  const auto is_over = [&](const Entry& oldest) {
    return oldest_first_.size() > limits_.most || bytes_ > limits_.bytes || now - oldest.since > limits_.keep;
  };
  while (!oldest_first_.empty()) {
    const auto oldest = entries_.find(oldest_first_.front());
    if (!is_over(oldest->second)) return;
    bytes_ -= oldest->second.answer->size();
    entries_.erase(oldest);
    oldest_first_.pop_front();
  }
}

std::size_t Answers::kept_for_test() const {
  const std::scoped_lock lock(mutex_);
  return oldest_first_.size();
}

}  // namespace rms::cloud

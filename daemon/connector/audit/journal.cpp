// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/journal.h"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/audit/outcome.h"

namespace rms::connector {
namespace asio = boost::asio;

// Belongs to the loop thread; the writer only carries it.
struct Journal::Waiting {
  explicit Waiting(const asio::any_io_executor& executor) : settled(executor) {}
  asio::steady_timer settled;  // cancelled when it is
  std::optional<bool> written;
};

Journal::Journal(asio::any_io_executor executor, std::unique_ptr<JournalSink> sink, WhenFull when_full,
                 std::string connector, const Clock& clock, Metrics& metrics, JournalLimits limits)
    : executor_(std::move(executor)),
      sink_(std::move(sink)),
      when_full_(when_full),
      connector_(std::move(connector)),
      clock_(clock),
      metrics_(metrics),
      limits_(limits),
      thread_([this] { work(); }) {}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back({JournalMembers(clock_.wall(), "stopped").add("connector", connector_).take(), nullptr});
    ending_ = true;
  }
  come_.notify_one();
  thread_.join();
}

// No coroutine itself, so that the record is taken even if the caller is cancelled before it awaits.
asio::awaitable<bool> Journal::enter(const AccessRecord& record) {
  auto who = std::make_shared<Waiting>(executor_);
  if (!take({decision_members(record, clock_.wall(), connector_), who})) who->written = false;
  return settled(std::move(who));
}

bool Journal::take(Entry entry) {
  {
    const std::lock_guard lock(mutex_);
    const std::size_t bytes = entry.members.size();
    if (queue_.size() >= limits_.lines || bytes > limits_.bytes - queued_bytes_) {
      ++dropped_;
      metrics_.journaled(JournalFate::dropped, 1);
      return false;
    }
    queued_bytes_ += bytes;
    queue_.push_back(std::move(entry));
  }
  come_.notify_one();
  return true;
}

asio::awaitable<bool> Journal::settled(std::shared_ptr<Waiting> who) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limits_.patience;
  while (!who->written && std::chrono::steady_clock::now() < deadline) {
    who->settled.expires_at(deadline);
    co_await who->settled.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return who->written.value_or(false) || when_full_ == WhenFull::go_on;
}

void Journal::work() {
  // What the sink owes (that it started, that it was cut short) is written before anybody asks for anything.
  write({}, 0);
  for (;;) {
    std::unique_lock lock(mutex_);
    come_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto group = std::exchange(queue_, {});
    queued_bytes_ = 0;
    const auto dropped = std::exchange(dropped_, 0);
    lock.unlock();
    write(std::move(group), dropped);
  }
}

void Journal::write(std::vector<Entry> group, std::uint64_t dropped) {
  std::vector<std::string> members;
  std::vector<std::shared_ptr<Waiting>> waiting;
  members.reserve(group.size());
  waiting.reserve(group.size());
  for (Entry& entry : group) {
    members.push_back(std::move(entry.members));
    if (entry.who) waiting.push_back(std::move(entry.who));
  }
  group.clear();
  const auto began = std::chrono::steady_clock::now();
  const bool written = sink_->write(members, dropped).has_value();
  metrics_.journaled(written ? JournalFate::written : JournalFate::failed, members.size());
  if (members.empty()) return;
  metrics_.journal_write(std::chrono::steady_clock::now() - began);
  if (waiting.empty()) return;
  // One turn of the loop for the whole group. They are let go there, too: timers belong to the loop's thread.
  asio::post(executor_, [waiting = std::move(waiting), written] {
    for (const auto& who : waiting) {
      who->written = written;
      who->settled.cancel();
    }
  });
}

}  // namespace rms::connector

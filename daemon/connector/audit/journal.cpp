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
      began_(sink_->mark()),
      last_(began_.head.sequence),
      thread_([this] { work(); }) {}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    const WallTime now = clock_.wall();
    queue_.push_back({JournalMembers(now, "stopped").add("connector", connector_).take(), nullptr, now});
    ending_ = true;
  }
  come_.notify_one();
  thread_.join();
}

// No coroutine itself, so that the record is taken even if the caller is cancelled before it awaits.
asio::awaitable<bool> Journal::enter(const AccessRecord& record) {
  auto who = std::make_shared<Waiting>(executor_);
  const WallTime now = clock_.wall();
  if (!take({decision_members(record, now, connector_), who, now})) who->written = false;
  return settled(std::move(who));
}

std::optional<Journal::Newest> Journal::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

void Journal::receipt(const JournalHead& head, WallTime time, std::string_view finding) {
  const WallTime now = clock_.wall();
  JournalMembers line(now, "kept");
  line.add("journal", began_.id).add("kept_seq", head.sequence).add("kept_hash", head.hash);
  line.add("kept_time", journal_time(time)).add("finding", finding);
  static_cast<void>(take({line.take(), nullptr, now, true}));
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
  std::uint64_t receipts = 0;
  const WallTime time = group.empty() ? clock_.wall() : group.back().time;
  for (Entry& entry : group) {
    receipts += entry.is_receipt ? 1 : 0;
    members.push_back(std::move(entry.members));
    if (entry.who) waiting.push_back(std::move(entry.who));
  }
  group.clear();
  const auto began = std::chrono::steady_clock::now();
  const bool written = sink_->write(members, dropped).has_value();
  metrics_.journaled(written ? JournalFate::written : JournalFate::failed, members.size());
  if (written) advance(receipts, time);
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

// A journal that has nothing new but receipts has nothing new for whoever gave them.
void Journal::advance(std::uint64_t receipts, WallTime time) {
  JournalHead head = sink_->mark().head;
  const bool has_more = head.sequence - std::exchange(last_, head.sequence) > receipts;
  if (!has_more) return;
  const std::lock_guard lock(mutex_);
  newest_ = Newest{std::move(head), time};
}

}  // namespace rms::connector

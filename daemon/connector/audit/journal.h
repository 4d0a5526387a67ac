// SPDX-License-Identifier: Apache-2.0
//
// The audit journal: one line for each decision, on the disk before its answer leaves.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "connector/audit/access_log.h"
#include "connector/audit/chain_writer.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"

namespace rms::connector {

struct JournalLimits {
  std::size_t lines = 4096, bytes = 16 * 1024 * 1024;  // that wait for the disk
  std::chrono::milliseconds patience{5'000};           // with a disk that does not answer
};

// Takes lines on the loop thread, where it never blocks, and gives them to `sink` on a thread of its own: all that have
// come meanwhile as one group, which costs the disk as much as one line (decision 0051). The executor's loop, clock and
// metrics outlive it; the destructor waits until what was taken has been tried, and ends the thread.
class Journal {
 public:
  Journal(boost::asio::any_io_executor executor, std::unique_ptr<JournalSink> sink, WhenFull when_full,
          std::string connector, const Clock& clock, Metrics& metrics, JournalLimits limits = {});
  ~Journal();

  // Takes the record at once, also if nobody awaits what this returns. Then: whether the answer may leave. Yes if the
  // line is on the disk, or if `when_full` says to go on without. A line that was too slow may still be written.
  // Bounded by the limits' patience. Who is cancelled may get an exception instead; the line is taken all the same.
  boost::asio::awaitable<bool> enter(const AccessRecord& record);

  // Which journal this is, and where it stood when it was opened. Any thread.
  const JournalMark& began() const { return began_; }
  struct Newest {
    JournalHead head;
    WallTime written;  // the line, or at most a moment before
  };
  // The last line on the disk when something other than receipts was written last; nullopt: nothing was yet. Any
  // thread.
  std::optional<Newest> newest() const;
  // Takes a line that says that `head` is kept elsewhere, since `time` by a clock there. `finding`: what is odd about
  // it.
  void receipt(const JournalHead& head, WallTime time, std::string_view finding);

 private:
  struct Waiting;
  struct Entry {
    std::string members;
    std::shared_ptr<Waiting> who;
    WallTime time;
    bool is_receipt = false;
  };
  boost::asio::awaitable<bool> settled(std::shared_ptr<Waiting> who);
  bool take(Entry entry);
  void work();
  void write(std::vector<Entry> group, std::uint64_t dropped);
  void advance(std::uint64_t receipts, WallTime time);

  const boost::asio::any_io_executor executor_;
  const std::unique_ptr<JournalSink> sink_;
  const WhenFull when_full_;
  const std::string connector_;
  const Clock& clock_;
  Metrics& metrics_;
  const JournalLimits limits_;
  const JournalMark began_;
  std::uint64_t last_;  // the last line; the writer's

  mutable std::mutex mutex_;
  std::condition_variable come_;
  // Under the mutex.
  std::vector<Entry> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool ending_ = false;
  std::optional<Newest> newest_;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace rms::connector

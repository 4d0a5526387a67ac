// SPDX-License-Identifier: Apache-2.0
//
// Sends where the journal stands to somebody else, so that neither end can be changed without the other showing it
// (docs/decisions/0053).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "connector/audit/journal.h"
#include "connector/audit/line.h"
#include "connector/telemetry/metrics.h"
#include "net/backoff.h"
#include "net/task_group.h"

namespace rms::connector {

struct SentHead {
  std::string journal;  // GUID
  JournalHead head;
  WallTime written;
};

// Another journal of this connector.
struct OtherJournal {
  std::string journal;  // GUID
  JournalHead last;     // that was kept of it
  WallTime kept;
};

struct HeadKept {
  WallTime time;                         // by the keeper's clock
  std::optional<JournalHead> previous;   // that it kept before, of the same journal
  std::string_view finding;              // what it found odd, as a constant: "backwards"; empty: nothing
  std::optional<OtherJournal> before{};  // the one that it kept last before this journal began
};

// Who keeps heads. Loop thread.
class HeadService {
 public:
  virtual ~HeadService() = default;
  // Completes at `deadline` at the latest. Any Error: it may be kept, or not.
  virtual boost::asio::awaitable<Result<HeadKept>> keep(SentHead head, SteadyTime deadline) = 0;
  // Whether asking would not be in vain right now.
  virtual bool reachable() const = 0;
};

// Sends the newest head once it has advanced by more than receipts, at most once in `every`; after a failure again and
// again with a back-off. Each receipt becomes a line of kind "kept". What the receipts and the journal say must fit
// together; if not, it is an error in the log (Event::head_contradicted), a member `finding` of that line, and counted.
// A journal without any receipt in it is new; if the service knows an older one of this connector, that is a warning
// (Event::journal_anew), `finding` "anew", and counted: the older one is not where it was.
// Nobody waits for any of this. Loop thread only; what it is given outlives it.
// REQUIRES at destruction: never started, or stop() has completed.
class HeadKeeper {
 public:
  static constexpr std::chrono::seconds kPatience{10};     // with one attempt
  static constexpr std::chrono::seconds kLastPatience{2};  // with the one at the end

  HeadKeeper(boost::asio::any_io_executor executor, Journal& journal, HeadService& service,
             std::chrono::milliseconds every, const Clock& clock, Log& log, Metrics& metrics);

  // Looks from now on, until stop(). Once.
  void start();
  // At most once in so long from now on; the next look is not later than that from now.
  void change_every(std::chrono::milliseconds every);
  // Looks once: sends what there is to send. How long to wait before the next time.
  boost::asio::awaitable<std::chrono::milliseconds> look();
  // Looks no more; sends the newest head for the last time if the service can be reached. Completes within
  // kLastPatience, and not later than `until`.
  boost::asio::awaitable<void> stop(SteadyTime until);

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> send(Journal::Newest newest, SteadyTime deadline);
  std::string_view doubt_about(const HeadKept& kept) const;
  void tell_anew(const OtherJournal& before);
  void failed(const Error& error);
  void kept(const JournalHead& head, const HeadKept& receipt);

  const boost::asio::any_io_executor executor_;
  Journal& journal_;
  HeadService& service_;
  std::chrono::milliseconds every_;
  const Clock& clock_;
  Log& log_;
  Metrics& metrics_;
  net::Backoff backoff_;
  boost::asio::steady_timer next_look_;
  net::TaskGroup tasks_;

  std::uint64_t sent_ = 0;                // up to this line the service knows
  std::optional<JournalHead> last_kept_;  // as the last receipt says; an earlier life's at first
  bool uncertain_ = true;                 // since then one may have been kept whose receipt did not come
  bool failing_ = false;
};

}  // namespace rms::connector

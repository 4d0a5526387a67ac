// SPDX-License-Identifier: Apache-2.0
//
// What is known for and against one connection, and what is to be done about it. Pure: times come in, verdicts go out.
//
// Three signals: what the watch says of the connection (PoolMachine), what calls over it come to, and, where calls say
// nothing, a health check. The check finds what the other two cannot: a path that swallows everything, a service that
// is about to close, a firewall that forgot a connection which nobody used.
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "base/clock.h"
#include "connector/upstream/upstream.h"

namespace rms::connector {

// Random times. One thread.
class Jitter {
 public:
  using Duration = std::chrono::milliseconds;
  explicit Jitter(std::uint64_t seed = std::random_device{}()) : random_(seed) {}

  Duration around(Duration middle) { return between(middle * 4 / 5, middle * 6 / 5); }  // 20 % more or less
  Duration up_to(Duration most) { return between(Duration(0), most); }

 private:
  Duration between(Duration least, Duration most) {
    return Duration(std::uniform_int_distribution<Duration::rep>(least.count(), most.count())(random_));
  }
  std::mt19937_64 random_;
};

class SlotHealth {
 public:
  // Calls in a row that nobody answered: then the connection is left alone for a while.
  static constexpr unsigned kLossesToEject = 5;
  static constexpr std::chrono::milliseconds kEjection{5'000};  // for each time in a row, 20 % more or less
  static constexpr std::chrono::milliseconds kLongestEjection{60'000};
  static constexpr std::chrono::minutes kForget{5};  // without ejection: the next is the first again
  // Without an answer for this long a connection is asked for the service's health, 20 % more or less ...
  static constexpr std::chrono::milliseconds kQuiet{30'000};
  // ... for this long while calls wait for one ...
  static constexpr std::chrono::milliseconds kSuspicion{1'000};
  // ... and this often as long as the service says that it is not serving.
  static constexpr std::chrono::milliseconds kNotServing{1'000};
  static constexpr std::chrono::milliseconds kCheckPatience{2'000};

  // `jitter` outlives it.
  SlotHealth(Jitter& jitter, SteadyTime now) : jitter_(&jitter), quiet_(jitter.around(kQuiet)), heard_(now) {}

  // Another connection, or the same one connected again: nothing is held against it, but how often it was ejected.
  void renewed(SteadyTime now);

  // --- calls
  void sent(SteadyTime now) { first_sent_ = now; }  // the only one under way
  void heard(SteadyTime now);                       // the service has answered, whatever it was
  void lost() { ++losses_; }  // not answered: the connection broke, the service was not able to, or the time was over

  // --- ejection
  bool eject_due() const { return losses_ >= kLossesToEject && !ejected_until_; }
  void ejected(SteadyTime now);
  void forgiven() { ejected_until_.reset(), losses_ = 0; }  // before its time: nobody else could do better
  bool is_ejected() const { return ejected_until_.has_value(); }
  SteadyTime ejected_until() const { return ejected_until_.value_or(SteadyTime::min()); }
  // True once when the time is over: one call may try it.
  bool trial_due(SteadyTime now);

  // --- checks. REQUIRES: the connection is ready.
  bool check_due(SteadyTime now, bool calls_wait) const;
  // The same endpoint does not answer over another connection: ask over this one, too.
  void suspect() { suspect_ = true; }
  void check_began() { checking_ = true; }
  enum class Finding {
    fine,
    not_serving,  // alive, but it is not to be asked
    silent,       // no answer: it is suspect, and is asked once more at once
    dead,         // no answer again: nothing comes over it any more
    nothing,      // the connection is down: the watch says more
  };
  Finding checked(ServiceHealth said, SteadyTime now);

 private:
  Jitter* jitter_;
  std::chrono::milliseconds quiet_;  // until the next check
  SteadyTime heard_;
  SteadyTime first_sent_ = SteadyTime::min();
  SteadyTime checked_ = SteadyTime::min();
  unsigned losses_ = 0;
  unsigned ejections_ = 0;
  std::optional<SteadyTime> ejected_until_;
  SteadyTime last_ejection_over_ = SteadyTime::min();
  bool checking_ = false;
  bool suspect_ = false;
  bool silent_ = false;
  bool not_serving_ = false;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// One call and its attempts.
#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "connector/pool/pool.h"
#include "connector/pool/waiter.h"

namespace rms::connector {
namespace asio = boost::asio;
using namespace std::chrono_literals;
namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(asio::use_awaitable);

constexpr std::chrono::milliseconds kFirstPause = 100ms, kLongestPause = 1s;
// No call is hedged sooner: below this the clock of the loop is as likely the reason as the service.
constexpr std::chrono::milliseconds kSoonestHedge = 10ms;

template <class Call>
std::optional<Retry> reason_of(const AttemptAt<Call>& outcome, bool idempotent) {
  return reason_to_repeat(idempotent, outcome.grpc_code, outcome.pushback);
}

// Whose call it is: servers take turns. Two servers of one entry are two.
std::string flow_of(const Identity& identity) {
  return identity.entry + '\n' + identity.principal;
}
// The connector's own calls: no entry has an empty name.
constexpr std::string_view kOwnFlow = "";

// Whose latency is known: that of the questions of servers, by operation.
std::optional<std::size_t> kind_of(const CloudCall& call) {
  return static_cast<std::size_t>(soap::operation_of(*call.request));
}
std::optional<std::size_t> kind_of(const HeadCall&) {
  return std::nullopt;
}

}  // namespace

asio::awaitable<Result<soap::Response>> Pool::call(CloudCall call) {
  const bool idempotent = is_idempotent(soap::operation_of(*call.request));
  std::string flow = flow_of(call.identity);
  return put(std::move(call), std::move(flow), idempotent);
}

asio::awaitable<Result<HeadReceipt>> Pool::keep_head(HeadCall call) {
  return put(std::move(call), std::string(kOwnFlow), true);
}

template <class Call>
asio::awaitable<Result<typename Call::Answer>> Pool::put(Call call, std::string flow, bool idempotent) {
  const Presence presence(*this);
  Journey journey;
  journey.flow = std::move(flow);
  journey.deadline = call.deadline;
  journey.idempotent = idempotent;
  std::optional<RetryBudget::Ticket> ticket;  // held while it asks again
  for (;;) {
    Result<Lease> lease = co_await take(journey);
    if (!lease) co_return std::move(lease).error();
    AttemptAt<Call> outcome = co_await ask(std::move(*lease), call, journey);
    ticket.reset();
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool gone = stopping_ || state.cancelled() != asio::cancellation_type::none;
    const std::optional<Retry> reason = reason_of(outcome, idempotent);
    if (gone || !reason) co_return std::move(outcome.answer);
    if (journey.attempts >= kMostAttempts) {
      around_.metrics.retry_denied(RetryDenied::attempts);
      co_return std::move(outcome.answer);
    }
    std::optional<RetryBudget::Ticket> permitted = co_await permit(journey, outcome.pushback);
    if (!permitted) co_return std::move(outcome.answer);
    ticket.emplace(std::move(*permitted));
    around_.metrics.retried(*reason);
  }
}

// Waits for as long as one should before one asks again, and for one's turn to. Nullopt if that would be in vain: the
// caller went away, the deadline is near, or too many ask again already.
asio::awaitable<std::optional<RetryBudget::Ticket>> Pool::permit(Journey& journey,
                                                                 std::optional<std::chrono::milliseconds> pushback) {
  if (!journey.pauses) journey.pauses.emplace(kFirstPause, kLongestPause);
  const bool at_once = !pushback && journey.attempts == 1 && another_is_free(journey);
  std::chrono::milliseconds wait = at_once ? 0ms : pushback ? *pushback : journey.pauses->next();
  const SteadyTime patience = around_.clock.steady() + wait + kBudgetPatience;
  for (;;) {
    if (around_.clock.steady() + wait >= std::min(journey.deadline, patience)) {
      around_.metrics.retry_denied(patience < journey.deadline ? RetryDenied::budget : RetryDenied::deadline);
      co_return std::nullopt;
    }
    if (wait > 0ms) {
      const bool go_on = co_await pause(wait);
      if (!go_on) co_return std::nullopt;
    }
    std::optional<RetryBudget::Ticket> ticket = budget_.take(calls_);
    if (ticket) co_return ticket;
    wait = std::max<std::chrono::milliseconds>(1ms, journey.pauses->next());
  }
}

// False if the caller has gone meanwhile.
asio::awaitable<bool> Pool::pause(std::chrono::milliseconds wait) {
  asio::steady_timer timer(around_.executor, wait);
  co_await timer.async_wait(as_tuple_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() == asio::cancellation_type::none && !stopping_;
}

bool Pool::another_is_free(const Journey& journey) const {
  if (journey.generation != generation_) return true;
  const PoolMachine::Pick pick = fleet_->machine().pick(journey.avoid);
  const auto failed = journey.avoid.slots();
  return pick.choice == PoolMachine::Choice::use && std::find(failed.begin(), failed.end(), pick.slot) == failed.end();
}

// The next attempt goes elsewhere if it can.
void Pool::avoid(Journey& journey, const Lease& lease) {
  if (&lease.fleet() != fleet_.get()) return;
  if (journey.generation != generation_) journey.avoid = {}, journey.generation = generation_;
  journey.avoid.add(lease.slot());
}

template <class Call>
asio::awaitable<AttemptAt<Call>> Pool::ask(Lease lease, const Call& call, Journey& journey) {
  const std::optional<std::size_t> kind = kind_of(call);
  const bool may_hedge = kind && journey.idempotent && fleet_->settings().hedge && journey.attempts + 1 < kMostAttempts;
  const std::optional<std::chrono::milliseconds> slow = may_hedge ? latencies_[*kind].p95() : std::nullopt;
  const SteadyTime started = around_.clock.steady();
  std::optional<AttemptAt<Call>> outcome;
  if (slow) {
    AttemptAt<Call> won = co_await ask_with_hedge(std::move(lease), call, journey, std::max(*slow, kSoonestHedge));
    outcome.emplace(std::move(won));
  } else {
    AttemptAt<Call> only = co_await lease.fleet().ask(lease.connection(), call, ++journey.attempts);
    outcome.emplace(std::move(only));
    if (reason_of(*outcome, true)) avoid(journey, lease);
  }
  if (kind && outcome->grpc_code == 0) latencies_[*kind].add(around_.clock.steady() - started);
  co_return std::move(*outcome);
}

// --- hedging: two legs of one race; the first that has an answer ends it

namespace {

// How a leg says that it did not win.
struct NoAnswer : std::exception {};

}  // namespace

template <class Call>
struct Pool::Race {
  Race(asio::any_io_executor executor, Lease taken, const Call& asked, Journey& whose)
      : lease(std::move(taken)), call(asked), journey(whose), slow(executor) {}

  Lease lease;  // of the first leg
  const Call& call;
  Journey& journey;
  asio::steady_timer slow;  // how long the second leg waits
  std::optional<AttemptAt<Call>> first, second;
};

template <class Call>
asio::awaitable<void> Pool::first_leg(Race<Call>& race) {
  AttemptAt<Call> outcome =
      co_await race.lease.fleet().ask(race.lease.connection(), race.call, ++race.journey.attempts);
  race.first.emplace(std::move(outcome));
  if (!reason_of(*race.first, true)) co_return;
  avoid(race.journey, race.lease);
  race.slow.cancel();
  throw NoAnswer();
}

template <class Call>
asio::awaitable<void> Pool::second_leg(Race<Call>& race) {
  co_await race.slow.async_wait(as_tuple_awaitable);
  if (race.first || stopping_ || !queue_.may_go(race.journey.flow)) throw NoAnswer();
  Avoid elsewhere = race.journey.generation == generation_ ? race.journey.avoid : Avoid();
  if (&race.lease.fleet() == fleet_.get()) elsewhere.add(race.lease.slot());
  const PoolMachine::Pick pick = fleet_->machine().pick(elsewhere);
  const auto taken = elsewhere.slots();
  if (pick.choice != PoolMachine::Choice::use || std::find(taken.begin(), taken.end(), pick.slot) != taken.end())
    throw NoAnswer();
  const std::optional<RetryBudget::Ticket> ticket = budget_.take(calls_);
  if (!ticket) {
    around_.metrics.retry_denied(RetryDenied::budget);
    throw NoAnswer();
  }
  around_.metrics.retried(Retry::hedge);
  Lease lease(*this, race.journey.flow, fleet_->take(pick.slot));
  AttemptAt<Call> outcome = co_await lease.fleet().ask(lease.connection(), race.call, ++race.journey.attempts);
  race.second.emplace(std::move(outcome));
  if (!reason_of(*race.second, true)) co_return;
  avoid(race.journey, lease);
  throw NoAnswer();
}

template <class Call>
asio::awaitable<AttemptAt<Call>> Pool::ask_with_hedge(Lease lease, const Call& call, Journey& journey,
                                                      std::chrono::milliseconds slow) {
  Race<Call> race(around_.executor, std::move(lease), call, journey);
  race.slow.expires_after(slow);
  // Both legs have ended when this completes: the loser is cancelled, and waited for.
  const auto [order, first_failure, second_failure] =
      co_await asio::experimental::make_parallel_group(
          asio::co_spawn(around_.executor, first_leg(race), asio::deferred),
          asio::co_spawn(around_.executor, second_leg(race), asio::deferred))
          .async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);
  const bool second_won = race.second && !second_failure && (first_failure || order[0] == 1);
  if (second_won) co_return std::move(*race.second);
  if (race.first) co_return std::move(*race.first);
  // Cancelled before it began, or an exception that nobody foresaw.
  if (first_failure) std::rethrow_exception(first_failure);
  co_return AttemptAt<Call>{Error(Errc::cancelled, "the caller went away"), 1, "not asked"};
}

}  // namespace rms::connector

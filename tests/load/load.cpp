// SPDX-License-Identifier: Apache-2.0
#include "load/load.h"

#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/guid.h"

namespace rms::load {
namespace asio = boost::asio;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace {

// How late a stop or a timeout may be noticed.
constexpr auto kTick = 50ms;

asio::awaitable<void> connect_only(Caller& caller) {
  co_await caller.connect();
}

}  // namespace

Load::Load(const Target& target, Plan& plan, std::size_t callers) : target_(target), plan_(plan) {
  for (std::size_t i = 0; i < callers; ++i)
    callers_.push_back(std::make_unique<Caller>(context_.get_executor(), target));
}

// Runs beside the others; whatever it throws ends the load.
void Load::start(asio::awaitable<void> task) {
  ++running_;
  asio::co_spawn(context_, std::move(task), [this](std::exception_ptr failure) {
    --running_;
    if (failure) std::rethrow_exception(failure);
  });
}

void Load::connect() {
  for (const auto& caller : callers_) start(connect_only(*caller));
  start(watch());
  context_.run();
  context_.restart();
}

Tally Load::run() {
  for (const auto& caller : callers_) start(call(*caller));
  start(watch());
  context_.run();
  return std::move(tally_);
}

bool Load::over() const {
  return plan_.stop || steady_clock::now() >= plan_.end;
}

// While anybody else is at work.
asio::awaitable<void> Load::watch() {
  asio::steady_timer timer(context_);
  while (running_ > 1) {
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::use_awaitable);
    const auto now = steady_clock::now();
    for (const auto& caller : callers_) caller->expire(now);
    std::int64_t not_yet = 0;
    if (over()) plan_.over.compare_exchange_strong(not_yet, (std::min(now, plan_.end) - plan_.begin).count());
  }
}

// false: the load was over first.
asio::awaitable<bool> Load::wait_until(steady_clock::time_point when) {
  asio::steady_timer timer(context_);
  while (!over()) {
    const auto now = steady_clock::now();
    if (now >= when) co_return true;
    timer.expires_at(std::min(when, now + kTick));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return false;
}

asio::awaitable<void> Load::call(Caller& caller) {
  const auto interval = plan_.rate > 0 ? duration_cast<std::chrono::nanoseconds>(1s / plan_.rate) : 0ns;
  auto due = plan_.begin;
  while (true) {
    // With a rate a request that comes late because every caller is busy has waited since it was due.
    if (plan_.rate > 0) due = plan_.begin + interval * plan_.next++;
    const bool go_on = co_await wait_until(due);
    if (!go_on) co_return;
    if (plan_.rate == 0) due = steady_clock::now();
    const std::string id = target_.with_id ? new_guid() : std::string();
    const Answer answer = co_await caller.ask(id);
    note(due, id, answer);
    if (plan_.rate == 0 && answer.outcome != Outcome::good) due = steady_clock::now() + plan_.pause;
  }
}

void Load::note(steady_clock::time_point due, std::string_view id, const Answer& answer) {
  const auto latency = duration_cast<microseconds>(steady_clock::now() - due);
  tally_.add(duration_cast<microseconds>(due - plan_.begin), latency, answer.outcome);
  if (plan_.log == nullptr) return;
  const auto wall = std::chrono::system_clock::now() - latency;
  const std::string line =
      fmt::format("{} {} {} {} {}\n", duration_cast<microseconds>(wall.time_since_epoch()).count(), latency.count(),
                  to_string(answer.outcome), answer.status, id.empty() ? "-" : id);
  std::fwrite(line.data(), 1, line.size(), plan_.log);
}

}  // namespace rms::load

// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/head_keeper.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/audit/verify.h"

namespace rms::connector {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

HeadKeeper::HeadKeeper(asio::any_io_executor executor, Journal& journal, HeadService& service, milliseconds every,
                       const Clock& clock, Log& log, Metrics& metrics)
    : executor_(executor),
      journal_(journal),
      service_(service),
      every_(every),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      backoff_(std::min<milliseconds>(every, 1s), std::min<milliseconds>(every, 1min)),
      next_look_(executor),
      tasks_(std::move(executor), log, "heads of the audit journal"),
      last_kept_(journal.began().kept) {}

void HeadKeeper::start() {
  tasks_.spawn(run());
}

asio::awaitable<void> HeadKeeper::run() {
  for (;;) {
    const milliseconds wait = co_await look();
    next_look_.expires_after(wait);
    const auto [changed] = co_await next_look_.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(changed);  // Stopped, the next await ends us.
  }
}

void HeadKeeper::change_every(milliseconds every) {
  if (every == every_) return;
  every_ = every;
  backoff_ = net::Backoff(std::min<milliseconds>(every, 1s), std::min<milliseconds>(every, 1min));
  next_look_.cancel();
}

asio::awaitable<milliseconds> HeadKeeper::look() {
  const auto newest = journal_.newest();
  if (!newest) co_return std::min<milliseconds>(every_, 1s);  // the line of the start is on its way
  if (newest->head.sequence <= sent_) co_return every_;
  const bool is_kept = co_await send(*newest, clock_.steady() + kPatience);
  co_return is_kept ? every_ : backoff_.next();
}

asio::awaitable<void> HeadKeeper::stop(SteadyTime until) {
  tasks_.cancel();
  co_await tasks_.wait_empty();
  const auto newest = journal_.newest();
  const SteadyTime now = clock_.steady(), deadline = std::min(until, now + kLastPatience);
  if (!newest || newest->head.sequence <= sent_ || deadline <= now || !service_.reachable()) co_return;
  static_cast<void>(co_await send(*newest, deadline));
}

asio::awaitable<bool> HeadKeeper::send(Journal::Newest newest, SteadyTime deadline) {
  SentHead head{journal_.began().id, newest.head, newest.written};
  const Result<HeadKept> receipt = co_await service_.keep(std::move(head), deadline);
  if (receipt)
    kept(newest.head, *receipt);
  else
    failed(receipt.error());
  co_return receipt.has_value();
}

void HeadKeeper::failed(const Error& error) {
  uncertain_ = true;
  if (error == Errc::cancelled) return;  // we are stopping
  metrics_.head_sent(HeadFate::failed);
  if (failing_) return;
  failing_ = true;
  log_.event(Level::warning, Event::heads_not_kept,
             "the head of the audit journal cannot be sent to the cloud; trying again", {{"error", error.context}});
}

void HeadKeeper::kept(const JournalHead& head, const HeadKept& receipt) {
  if (failing_)
    log_.event(Level::info, Event::heads_kept, "the head of the audit journal is kept by the cloud again",
               {{"head", to_string(head)}});
  const std::string_view doubt = doubt_about(receipt);
  if (!doubt.empty())
    log_.event(Level::error, Event::head_contradicted,
               "the audit journal and the heads of it that the cloud keeps contradict each other",
               {{"finding", doubt},
                {"head", to_string(head)},
                {"last_kept", last_kept_ ? to_string(*last_kept_) : std::string()},
                {"previous", receipt.previous ? to_string(*receipt.previous) : std::string()}});
  const bool is_anew = !last_kept_ && receipt.before;
  if (is_anew) tell_anew(*receipt.before);
  metrics_.head_sent(doubt.empty() ? HeadFate::kept : HeadFate::contradicted);
  metrics_.head_kept(head.sequence, receipt.time);
  journal_.receipt(head, receipt.time, doubt.empty() && is_anew ? "anew" : doubt);
  sent_ = head.sequence;
  last_kept_ = head;
  uncertain_ = failing_ = false;
  backoff_.reset();
}

void HeadKeeper::tell_anew(const OtherJournal& before) {
  metrics_.journal_anew();
  log_.event(Level::warning, Event::journal_anew,
             "this audit journal is new, but the cloud keeps heads of another one of this connector, which is not in "
             "audit.directory any more: unless somebody moved it away on purpose, find out who did",
             {{"journal", journal_.began().id},
              {"other", before.journal},
              {"other_head", to_string(before.last)},
              {"other_kept", journal_time(before.kept)}});
}

std::string_view HeadKeeper::doubt_about(const HeadKept& kept) const {
  if (!kept.finding.empty()) return kept.finding;
  if (!last_kept_) return {};
  if (!kept.previous || kept.previous->sequence < last_kept_->sequence) return "forgotten";
  if (kept.previous->sequence > last_kept_->sequence) return uncertain_ ? "" : "not_ours";
  return kept.previous->hash == last_kept_->hash ? "" : "changed";
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/reload/reloader.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/what.h"
#include "connector/reload/events.h"

namespace rms::connector {
namespace asio = boost::asio;
using namespace std::chrono_literals;
namespace {

// A file of ten thousand servers may differ in all of them; who wants to see them all asks for a dry run.
constexpr std::size_t kMostLoggedChanges = 100;

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    if (end > from) lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

ReloadAnswer refused(const ReloadRequest& request, std::vector<std::string> problems) {
  ReloadAnswer answer;
  answer.dry_run = request.dry_run;
  answer.problems = std::move(problems);
  return answer;
}

std::string in_a_line(const std::vector<std::string>& problems) {
  if (problems.empty()) return {};
  return problems.size() == 1 ? problems.front()
                              : fmt::format("{} (and {} more)", problems.front(), problems.size() - 1);
}

}  // namespace

// What was read, and everything that it names opened.
struct Reloader::Candidate {
  Settings settings;
  DaemonFiles files;
};

// The service manager waits for READY once it was told RELOADING: however a reload ends.
class Reloader::Announced {
 public:
  explicit Announced(Reloader& of) : reloader_(of) { reloader_.service_.reloading(); }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;
  ~Announced() {
    const std::string serving = reloader_.rooms_.serving();
    reloader_.service_.ready(news.empty() ? serving : serving + "; " + news);
  }
  std::string news{};

 private:
  Reloader& reloader_;
};

Reloader::Reloader(asio::any_io_executor executor, std::shared_ptr<Snapshot> first, Reloadable& rooms,
                   ServiceManager& service, Log& log, Clock& clock, Metrics& metrics)
    : executor_(executor),
      rooms_(rooms),
      service_(service),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      current_(std::move(first)),
      watch_(current_->settings->reload.watch),
      tasks_(executor, log, "reload") {
  current_->since = clock_.wall();
}

Reloader::~Reloader() = default;

void Reloader::saw(const AccessRecord& record) {
  watch_.saw(record, clock_.wall(), clock_.steady());
}

asio::awaitable<ReloadAnswer> Reloader::reload(ReloadRequest request) {
  return reload(std::move(request), [] {});
}

asio::awaitable<ReloadAnswer> Reloader::reload(ReloadRequest request, std::function<void()> begins) {
  const net::ConnectionLimit::Ticket turn = co_await turn_.take();
  begins();
  if (stopping_) {
    log_.info("asked to reload while stopping: nothing is reloaded any more", {{"by", request.by}});
    co_return refused(request, {"the connector is stopping: nothing is reloaded any more"});
  }
  std::optional<Announced> announced;
  if (!request.dry_run) announced.emplace(*this);
  ReloadAnswer answer = co_await try_reload(request);
  answer.generation = current_->generation;
  if (announced) {
    tell(request, answer);
    if (answer.result == ReloadAnswer::Result::refused)
      announced->news =
          fmt::format("the reload of {} was refused: {}", date(clock_.wall()), in_a_line(answer.problems));
  }
  co_return answer;
}

asio::awaitable<ReloadAnswer> Reloader::try_reload(const ReloadRequest& request) {
  Result<Candidate> candidate = co_await read(current_->settings->file);
  if (stopping_) co_return refused(request, {"the connector is stopping: nothing is reloaded any more"});
  if (!candidate) co_return refused(request, lines_of(candidate.error().context));
  rooms_.settle_ports(candidate->settings, *current_->settings);
  const Difference change = difference(*current_->settings, candidate->settings);

  ReloadAnswer answer;
  answer.dry_run = request.dry_run;
  answer.digest = candidate->settings.digest;
  answer.changes = change.changes;
  answer.warnings = candidate->settings.warnings;
  answer.problems = problems_of(*candidate, change, request);
  if (!answer.problems.empty()) co_return answer;
  if (candidate->settings.digest == current_->settings->digest) {
    answer.result = ReloadAnswer::Result::unchanged;
    if (!request.dry_run) returned_.reset();
    co_return answer;
  }
  answer.result = ReloadAnswer::Result::reloaded;
  if (!request.dry_run) take(*std::move(candidate), change, request, answer);
  co_return answer;
}

// Reading and checking may take as long as disks and ten thousand servers do; meanwhile the loop serves.
asio::awaitable<Result<Reloader::Candidate>> Reloader::read(const std::filesystem::path& file) {
  struct Reading {
    explicit Reading(const asio::any_io_executor& executor) : done(executor, SteadyTime::max()) {}
    asio::steady_timer done;
    Result<Candidate> result = Error(Errc::io_error, "reading the settings was not finished");
  };
  const auto reading = std::make_shared<Reading>(executor_);
  const std::shared_ptr<Snapshot> in_force = current_;  // what its acceptor remembers is shared
  asio::thread_pool thread(1);                          // joined before anything else here goes
  asio::post(thread, [this, reading, in_force, file] {
    try {
      auto settings = load_settings(file, clock_);
      if (!settings) {
        reading->result = std::move(settings).error();
      } else if (auto files = open_files(*settings, clock_, &log_, in_force->files.kerberos.get()); !files) {
        reading->result = std::move(files).error();
      } else {
        reading->result = Candidate{*std::move(settings), *std::move(files)};
      }
    } catch (...) {
      reading->result = Error(Errc::io_error, file.string() + ": " + what(std::current_exception()));
    }
    asio::post(reading->done.get_executor(), [reading] { reading->done.cancel(); });
  });
  const auto [woken] = co_await reading->done.async_wait(asio::as_tuple(asio::use_awaitable));
  static_cast<void>(woken);
  thread.join();
  co_return std::move(reading->result);
}

std::vector<std::string> Reloader::problems_of(const Candidate& candidate, const Difference& change,
                                               const ReloadRequest& request) const {
  const Settings& settings = candidate.settings;
  std::vector<std::string> problems;
  for (const RestartNeeded& each : change.restart) {
    const auto place = settings.places.find(each.key);
    problems.push_back(
        fmt::format("{}:{}:{}: {}: a reload cannot change it ({} -> {}): restart the connector, or put it back",
                    settings.file.string(), place == settings.places.end() ? 1 : place->second.line,
                    place == settings.places.end() ? 1 : place->second.column, each.key,
                    each.from.empty() ? "nothing" : each.from, each.to.empty() ? "nothing" : each.to));
  }
  if (candidate.files.revoked && current_->revocation)
    if (const auto good = candidate.files.revoked->check_not_older(current_->revocation->lists()); !good)
      problems.push_back("listen.client_crl: " + good.error().context);
  if (returned_ && returned_->digest == settings.digest && !request.force)
    problems.push_back(fmt::format(
        "{}: these settings were in force before and went by themselves on {}: {}; mend them, or insist with "
        "rms-connectorctl reload --force",
        settings.file.string(), date(returned_->when), returned_->why));
  return problems;
}

void Reloader::take(Candidate candidate, const Difference& change, const ReloadRequest& request, ReloadAnswer& answer) {
  const ReloadSettings budget = candidate.settings.reload;
  const auto next = std::make_shared<Snapshot>(std::make_shared<const Settings>(std::move(candidate.settings)),
                                               std::move(candidate.files));
  // One reload soon after another: only what has proven itself is worth returning to, and is what all is held against.
  const std::shared_ptr<Snapshot> proven = before_ ? before_ : current_;
  put_in_force(next);
  returned_.reset();
  before_.reset();
  if (!budget.rollback || request.force || proven->settings->digest == next->settings->digest) {
    watch_.end(budget);
    return;
  }
  before_ = proven;
  const Difference since_proven =
      proven->generation + 1 == next->generation ? change : difference(*proven->settings, *next->settings);
  watch_.begin(proven->settings, since_proven, budget, clock_.steady());
  answer.watch_seconds = std::chrono::ceil<std::chrono::seconds>(budget.watch).count();
  tasks_.spawn(watch_over(next->generation));
}

void Reloader::put_in_force(std::shared_ptr<Snapshot> snapshot) {
  snapshot->generation = ++generations_;
  snapshot->since = clock_.wall();
  rooms_.use(*snapshot);
  current_ = std::move(snapshot);  // Only now: until then the rooms used what it replaces.
}

void Reloader::tell(const ReloadRequest& request, const ReloadAnswer& answer) {
  metrics_.settings_reloaded(to_string(answer.result), answer.result != ReloadAnswer::Result::refused, clock_.wall());
  const std::string file = current_->settings->file.string();
  if (answer.result == ReloadAnswer::Result::refused)
    return log_.event(Level::error, kReloadRefused, "the reload is refused; the settings in force stay",
                      {{"by", request.by}, {"file", file}, {"error", joined(answer.problems)}});
  if (answer.result == ReloadAnswer::Result::unchanged)
    return log_.info("reloaded: nothing changes", {{"by", request.by}, {"file", file}});
  for (const std::string& warning : answer.warnings) log_.warning(warning);
  std::size_t told = 0;
  for (const Change& change : answer.changes) {
    if (!change.loud && told >= kMostLoggedChanges) continue;
    ++told;
    const Level level = change.loud ? Level::warning : Level::info;
    log_.event(level, Event::none, "the reload changes", {{"kind", to_string(change.kind)}, {"what", change.text}});
  }
  log_.event(Level::info, kSettingsReloaded, "other settings are in force",
             {{"by", request.by},
              {"file", file},
              {"digest", answer.digest},
              {"generation", answer.generation},
              {"changes", answer.changes.size()},
              {"not_told", answer.changes.size() - told},
              {"watched_seconds", answer.watch_seconds}});
}

asio::awaitable<void> Reloader::watch_over(std::uint64_t generation) {
  const auto step = std::clamp<std::chrono::milliseconds>(current_->settings->reload.watch / 20, 50ms, 1s);
  asio::steady_timer timer(executor_);
  while (!stopping_) {
    timer.expires_after(step);
    co_await timer.async_wait(asio::use_awaitable);
    if (current_->generation != generation || stopping_) co_return;
    if (watch_.verdict(clock_.steady())) {
      const net::ConnectionLimit::Ticket turn = co_await turn_.take();
      // The reload for whose end we waited may have mended it.
      if (current_->generation != generation || stopping_) co_return;
      const auto why = watch_.verdict(clock_.steady());
      if (why) return_to_before(*why);
      if (why) co_return;
    }
    if (!watch_.over(clock_.steady())) continue;
    watch_.end(current_->settings->reload);
    before_.reset();
    log_.info("the settings of the last reload have proven themselves", {{"generation", generation}});
    co_return;
  }
}

void Reloader::return_to_before(const std::string& why) {
  Announced announced(*this);
  const std::shared_ptr<Snapshot> bad = current_;
  put_in_force(std::exchange(before_, nullptr));
  watch_.end(current_->settings->reload);
  returned_ = Returned{bad->settings->digest, why, clock_.wall()};
  metrics_.settings_reloaded("returned", false, clock_.wall());
  announced.news = "the settings of the last reload went by themselves: " + why;
  log_.event(Level::error, kSettingsReturned,
             "the settings of the last reload do harm; those before are in force again. The file still has the others: "
             "mend it before the connector is restarted",
             {{"why", why},
              {"file", current_->settings->file.string()},
              {"digest", bad->settings->digest},
              {"generation", current_->generation}});
}

asio::awaitable<void> Reloader::stop() {
  stopping_ = true;
  tasks_.cancel();
  co_await tasks_.wait_empty();
}

}  // namespace rms::connector

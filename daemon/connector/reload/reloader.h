// SPDX-License-Identifier: Apache-2.0
//
// A reload as a transaction: everything is read, checked and opened as at a start; then all of it comes into force in
// one turn of the loop, or nothing does.
//
//   asked -> (another reload ends) -> read and opened on a thread of its own -> compared -> in force -> watched
//                                          |                     |                            |
//                                        refused              refused: needs a restart      too much refused or failed:
//                                                                                           what was before returns
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/admin/reload.h"
#include "connector/pipeline.h"
#include "connector/reload/snapshot.h"
#include "connector/reload/watch.h"
#include "connector/service/service.h"
#include "connector/telemetry/metrics.h"
#include "net/accept_loop.h"
#include "net/task_group.h"

namespace rms::connector {

// Whoever has the rooms in which settings are in force. Loop thread.
class Reloadable {
 public:
  virtual ~Reloadable() = default;
  // From now on `snapshot` is in force, in every room: in one turn of the loop, without a failure that anybody foresaw.
  // It lives as long as it is. Again for one that was in force before.
  virtual void use(Snapshot& snapshot) = 0;
  // Makes what `settings` say of addresses comparable with `in_force`: a port that was to be a free one is the one that
  // was taken.
  virtual void settle_ports(Settings& settings, const Settings& in_force) const = 0;
  // "serving 3 servers on https://192.0.2.1:443": for the service manager.
  virtual std::string serving() const = 0;
};

// Loop thread only. Everything passed by reference outlives it.
// REQUIRES at destruction: stop() has completed, or nothing was ever reloaded; no reload() is under way.
class Reloader final : public ReloadService, public RequestWatch {
 public:
  // `first` came into force at the start. Each reload reads its file.
  Reloader(boost::asio::any_io_executor executor, std::shared_ptr<Snapshot> first, Reloadable& rooms,
           ServiceManager& service, Log& log, Clock& clock, Metrics& metrics);
  ~Reloader() override;

  // The service manager hears of it (RELOADING, then READY with what came of it, always), the log too: each change by a
  // line, loud ones as warnings, or every problem. A dry run tells nobody but who asked.
  boost::asio::awaitable<ReloadAnswer> reload(ReloadRequest request) override;
  // The same; `begins` is called when its turn has come, before the file is read: a change from then on may be missed.
  boost::asio::awaitable<ReloadAnswer> reload(ReloadRequest request, std::function<void()> begins);
  void saw(const AccessRecord& record) override;

  // No reload from now on: those that come are refused, nothing returns any more. Completes when nothing waits.
  void refuse_from_now_on() { stopping_ = true; }
  boost::asio::awaitable<void> stop();

  const Snapshot& in_force() const { return *current_; }
  bool watching() const { return watch_.watching(); }
  struct Returned {
    std::string digest, why;
    WallTime when;
  };
  const std::optional<Returned>& returned() const { return returned_; }

 private:
  struct Candidate;
  class Announced;

  boost::asio::awaitable<Result<Candidate>> read(const std::filesystem::path& file);
  boost::asio::awaitable<ReloadAnswer> try_reload(const ReloadRequest& request);
  std::vector<std::string> problems_of(const Candidate& candidate, const Difference& change,
                                       const ReloadRequest& request) const;
  void take(Candidate candidate, const Difference& change, const ReloadRequest& request, ReloadAnswer& answer);
  void put_in_force(std::shared_ptr<Snapshot> snapshot);
  void tell(const ReloadRequest& request, const ReloadAnswer& answer);
  boost::asio::awaitable<void> watch_over(std::uint64_t generation);
  void return_to_before(const std::string& why);

  const boost::asio::any_io_executor executor_;
  Reloadable& rooms_;
  ServiceManager& service_;
  Log& log_;
  Clock& clock_;
  Metrics& metrics_;
  std::shared_ptr<Snapshot> current_;
  std::shared_ptr<Snapshot> before_;  // the last that has proven itself; null: current_ has
  std::optional<Returned> returned_;
  std::uint64_t generations_ = 1;
  ReloadWatch watch_;
  bool stopping_ = false;
  net::ConnectionLimit turn_{1};
  net::TaskGroup tasks_;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// The running connector: owns every room, starts them from right to left, stops them from left to right.
//
//   start   listeners bound -> pool connects -> READY
//   serve   until SIGTERM or SIGINT; at SIGHUP, or told so by the admin socket, other settings come into force
//   stop    STOPPING, /readyz 503 -> announce -> no new connections, what is in hand is finished -> drain_timeout:
//           what is left is cancelled -> the journal's last head is sent -> pool closes -> end. A second signal skips
//           the waiting.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/admin/admin.h"
#include "connector/audit/access_log.h"
#include "connector/audit/journal.h"
#include "connector/cloud_heads.h"
#include "connector/listener/http_server.h"
#include "connector/pipeline.h"
#include "connector/pool/pool.h"
#include "connector/relay/relay.h"
#include "connector/reload/reloader.h"
#include "connector/reload/snapshot.h"
#include "connector/service/service.h"
#include "connector/settings/settings.h"
#include "connector/signals.h"
#include "connector/telemetry/metrics.h"
#include "net/task_group.h"

namespace rms::connector {

// What the process around it has a hand in.
struct Surroundings {
  std::function<void(Level)> change_log_level{};                           // empty: it cannot be changed
  std::size_t most_connections = std::numeric_limits<std::size_t>::max();  // whatever settings say
};

// Lives on one loop thread; everything passed by reference outlives it.
// REQUIRES at destruction: run() has completed, or was never called.
class Daemon final : private StatusSource, private Reloadable {
 public:
  // `ready_file`: written when the listeners accept, removed at the end; empty for none. `journal`: null for none.
  Daemon(boost::asio::any_io_executor executor, std::shared_ptr<const Settings> settings, DaemonFiles files,
         std::filesystem::path ready_file, ServiceManager& service, Log& log, Clock& clock, Metrics& metrics,
         Journal* journal = nullptr, Surroundings surroundings = {});
  ~Daemon() override;

  // Serves until it is told to stop. True: what was in hand was finished. False: it was not, or nothing could be served
  // at all; the log says why. What nobody foresaw ends it, too: it is an error in the log, what is in hand is dropped,
  // and every room is closed, so that the loop runs out of work. Throws only if even that cannot be done.
  boost::asio::awaitable<bool> run();

 private:
  DaemonStatus status() const override;
  void use(Snapshot& snapshot) override;
  void settle_ports(Settings& settings, const Settings& in_force) const override;
  std::string serving() const override;
  const Settings& settings() const { return *reloader_.in_force().settings; }
  HttpServerOptions listener_options(const Snapshot& snapshot) const;
  void tell_in_force(const Settings& settings);
  Result<void> start();
  boost::asio::awaitable<bool> serve();
  boost::asio::awaitable<bool> stop();
  // Closes every room, as often as it is asked. Whether what was in hand was finished by then.
  boost::asio::awaitable<bool> close(SteadyTime drained_until);
  boost::asio::awaitable<void> heed_signals();
  boost::asio::awaitable<void> reload_as_signalled();
  boost::asio::awaitable<void> feed_watchdog();

  const std::filesystem::path ready_file_;
  const Surroundings surroundings_;
  ServiceManager& service_;
  Log& log_;
  Clock& clock_;
  Metrics& metrics_;
  const SteadyTime began_;
  DaemonStatus::State state_ = DaemonStatus::State::starting;
  bool impatient_ = false;     // told to stop twice
  bool reload_waits_ = false;  // a SIGHUP whose reload has not begun

  // From the cloud to the caller: the listener goes first. What is in force outlives the rooms that use it.
  std::shared_ptr<Snapshot> first_;
  Reloader reloader_;
  Pool pool_;
  CloudHeads cloud_heads_;
  std::optional<HeadKeeper> head_keeper_;  // of the journal, if there is one
  Relay relay_;
  AccessLog access_log_;
  Pipeline pipeline_;
  AdminHandler admin_handler_;
  HttpServer admin_;
  std::optional<HttpServer> admin_socket_;  // if the settings want one
  HttpServer server_;

  Signals signals_;
  boost::asio::steady_timer told_to_stop_;  // cancelled when we are
  boost::asio::steady_timer announcing_;    // cancelled when we are told twice
  net::TaskGroup tasks_;
};

// What a start would make of a configuration: reads it and opens the files it names, as a start does. To `out` that it
// is good; to `err` warnings, or every problem. Returns the exit code: 0, or 78 for a configuration that is wrong.
int check_configuration(const std::filesystem::path& file, std::ostream& out, std::ostream& err);

}  // namespace rms::connector

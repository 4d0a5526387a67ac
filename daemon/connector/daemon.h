// SPDX-License-Identifier: Apache-2.0
//
// The running connector: owns every room, starts them from right to left, stops them from left to right.
//
//   start   listeners bound -> pool connects -> READY
//   serve   until SIGTERM or SIGINT
//   stop    STOPPING, /readyz 503 -> announce -> no new connections, what is in hand is finished -> drain_timeout:
//           what is left is cancelled -> the journal's last head is sent -> pool closes -> end. A second signal skips
//           the waiting.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/admin/admin.h"
#include "connector/audit/access_log.h"
#include "connector/audit/journal.h"
#include "connector/authenticator/kerberos.h"
#include "connector/cloud_heads.h"
#include "connector/listener/http_server.h"
#include "connector/listener/revocation.h"
#include "connector/pipeline.h"
#include "connector/pool/pool.h"
#include "connector/relay/relay.h"
#include "connector/service/service.h"
#include "connector/settings/settings.h"
#include "connector/signals.h"
#include "connector/telemetry/metrics.h"
#include "net/revocation.h"
#include "net/task_group.h"
#include "net/tls.h"

namespace rms::connector {

// What was opened before the daemon is made, so that a bad file is a bad configuration and not a failed start.
struct DaemonFiles {
  net::PemFiles cloud;
  boost::asio::ssl::context listen;
  std::unique_ptr<KerberosAcceptor> kerberos;   // null: settings have none
  std::optional<net::RevocationLists> revoked;  // nullopt: settings have none
};
// `log` hears when the keytab is read again; it and `clock` outlive what is returned.
Result<DaemonFiles> open_files(const Settings& settings, const Clock& clock, Log* log = nullptr);

// Lives on one loop thread; everything passed by reference outlives it.
// REQUIRES at destruction: run() has completed, or was never called.
class Daemon final : private StatusSource {
 public:
  // `ready_file`: written when the listeners accept, removed at the end; empty for none. `journal`: null for none.
  Daemon(boost::asio::any_io_executor executor, std::shared_ptr<const Settings> settings, DaemonFiles files,
         std::filesystem::path ready_file, ServiceManager& service, Log& log, Clock& clock, Metrics& metrics,
         Journal* journal = nullptr);
  ~Daemon() override;

  // Serves until it is told to stop. True: what was in hand was finished. False: it was not, or nothing could be served
  // at all; the log says why. What nobody foresaw ends it, too: it is an error in the log, what is in hand is dropped,
  // and every room is closed, so that the loop runs out of work. Throws only if even that cannot be done.
  boost::asio::awaitable<bool> run();

 private:
  DaemonStatus status() const override;
  Result<void> start();
  boost::asio::awaitable<bool> serve();
  boost::asio::awaitable<bool> stop();
  // Closes every room, as often as it is asked. Whether what was in hand was finished by then.
  boost::asio::awaitable<bool> close(SteadyTime drained_until);
  boost::asio::awaitable<void> heed_signals();
  boost::asio::awaitable<void> feed_watchdog();

  const std::shared_ptr<const Settings> settings_;
  const std::filesystem::path ready_file_;
  ServiceManager& service_;
  Log& log_;
  Clock& clock_;
  Metrics& metrics_;
  const SteadyTime began_;
  DaemonStatus::State state_ = DaemonStatus::State::starting;
  bool impatient_ = false;  // told to stop twice

  // From the cloud to the caller: the listener goes first.
  Pool pool_;
  CloudHeads cloud_heads_;
  std::optional<HeadKeeper> head_keeper_;  // of the journal, if there is one
  Relay relay_;
  AccessLog access_log_;
  Pipeline pipeline_;
  AdminHandler admin_handler_;
  HttpServer admin_;
  std::unique_ptr<KerberosAcceptor> kerberos_;
  std::unique_ptr<Revocation> revocation_;
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

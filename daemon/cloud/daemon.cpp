// SPDX-License-Identifier: Apache-2.0
#include "cloud/daemon.h"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/process.h"
#include "base/ready_file.h"
#include "cloud/keys/key_file.h"
#include "cloud/store/sqlite_store.h"
#include "cloud/templates/templates.h"

namespace rms::cloud {
namespace {

// Files that a process has open besides connections: the store, gRPC's and Asio's own, the log.
constexpr std::size_t kOtherFiles = 64;
constexpr std::chrono::seconds kLastPatience{5};  // with calls that were cancelled
constexpr std::size_t kFilesPerConnection = 2;    // the socket, and the second descriptor that watches it

std::size_t threads_for(std::size_t wanted) {
  return wanted != 0 ? wanted : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

}  // namespace

Daemon::Daemon(const Settings& settings, Log& log, std::unique_ptr<Store> store, Secret wrapping_key, net::PemFiles tls)
    : settings_(settings),
      log_(log),
      store_(std::move(store)),
      tenants_(*store_, wrapping_key.clone()),
      directory_(*store_),
      spare_keys_(settings.keys.spare, log),
      account_keys_(*store_, spare_keys_, std::move(wrapping_key)),
      rights_(tenants_, directory_, account_keys_, spare_keys_, *store_, clock_, log),
      heads_(*store_, clock_, log),
      watch_(*store_, health_, log),
      pool_(threads_for(settings.limits.workers), settings.limits.queue),
      desk_(*store_, watch_, pool_, clock_, log),
      services_(desk_, rights_, heads_, health_),
      tls_(std::move(tls)),
      server_(loop_.get_executor(), clock_, log) {}

Result<std::unique_ptr<Daemon>> Daemon::open(const Settings& settings, Log& log) {
  RMS_TRY(auto tls, net::read_pem_files(settings.listen.certificate, settings.listen.key, settings.listen.client_ca));
  RMS_TRY(auto wrapping_key, read_key_file(settings.keys.encryption_key));
  SqliteStore::Options store_options{settings.store.sqlite, settings.store.busy_timeout};
  store_options.answers.bytes = settings.store.answers;
  RMS_TRY(auto store, SqliteStore::open(store_options));
  std::unique_ptr<Daemon> daemon(new Daemon(settings, log, std::move(store), std::move(wrapping_key), std::move(tls)));
  RMS_TRY(const auto tenants, daemon->tenants_.open_all());
  RMS_CHECK(add_default_templates_to_all(daemon->tenants_, *daemon->store_, daemon->clock_.wall()));
  log.info("the store is open", {{"file", settings.store.sqlite.string()}, {"tenants", tenants}});
  return daemon;
}

Result<bool> Daemon::run(const std::optional<std::filesystem::path>& ready_file) {
  if (const auto files = raise_file_limit();
      files && *files < kFilesPerConnection * settings_.limits.connections + kOtherFiles) {
    log_.warning("the limit of open files is too low for limits.connections: accepting will pause before that many",
                 {{"files", *files}, {"connections", settings_.limits.connections}});
  }
  const auto& limits = settings_.limits;
  const auto& listen = settings_.listen;
  RMS_CHECK(server_.start(
      {listen.host, listen.port, limits.connections, limits.handshake_timeout, limits.message_bytes,
       limits.streams_per_connection, listen.connection_age, listen.connection_age_grace, listen.connection_idle},
      tls_, services_));
  const auto address = text_of(server_.address());
  log_.event(Level::info, Event::started, "serving", {{"address", address}});
  auto written = Result<void>();
  if (ready_file) written = write_ready_file(*ready_file, {{"address", address}});
  std::exception_ptr failure;
  boost::asio::co_spawn(loop_, written ? serve_until_signal() : stop(), [&](std::exception_ptr e) { failure = e; });
  loop_.run();
  if (failure) std::rethrow_exception(failure);
  RMS_CHECK(written);
  log_.event(Level::info, Event::stopped, "stopped");
  return drained_;
}

boost::asio::awaitable<void> Daemon::serve_until_signal() {
  co_await signals_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  log_.info("stopping: calls in hand are finished", {{"drain_timeout_ms", settings_.shutdown.drain_timeout.count()}});
  signals_.async_wait([](const boost::system::error_code& error, int) {
    if (!error) std::_Exit(1);  // asked twice: now. The store is safe at every moment.
  });
  co_await stop();
}

boost::asio::awaitable<void> Daemon::stop() {
  spare_keys_.stop_making();  // now: the last one is ready when the calls in hand are
  // gRPC waits without end for a call that does not end, cancelled or not. The store is safe at every moment.
  boost::asio::steady_timer watchdog(loop_, settings_.shutdown.drain_timeout + kLastPatience);
  watchdog.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log_.error("calls do not end, though they were cancelled: the process ends without them");
    std::_Exit(1);
  });
  drained_ = co_await server_.stop(settings_.shutdown.drain_timeout);
  if (!drained_) log_.warning("calls were cancelled because drain_timeout was over");
  signals_.cancel();
}

}  // namespace rms::cloud

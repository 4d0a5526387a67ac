// SPDX-License-Identifier: Apache-2.0
#include "connector/daemon.h"

#include <exception>
#include <system_error>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ready_file.h"
#include "base/what.h"
#include "connector/command_line.h"
#include "connector/upstream/way_check.h"
#include "connector/version.h"

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

HttpServerOptions listener_options(const Settings& settings, KerberosAcceptor* kerberos, Revocation* revocation) {
  const LimitSettings& limits = settings.limits;
  HttpServerOptions options;
  options.host = settings.listen.address.host;
  options.port = settings.listen.address.port;
  options.connections = limits.connections;
  options.handshakes = limits.handshakes;
  options.handshake_timeout = limits.handshake_timeout;
  options.limits = {limits.header_bytes, limits.header_timeout, limits.body_bytes,
                    limits.body_timeout, limits.idle_timeout,   limits.in_flight};
  options.kerberos = kerberos;
  options.revocation = revocation;
  if (const auto& plain = settings.listen.unsafe_http_address) {
    options.plain_host = plain->host;
    options.plain_port = plain->port;
  }
  return options;
}

// A probe needs little, and must get it while the servers' door is crowded.
HttpServerOptions admin_options(const Settings& settings) {
  HttpServerOptions options;
  options.host = settings.admin.address.host;
  options.port = settings.admin.address.port;
  options.connections = 16;
  options.limits = {.header_bytes = 16 * 1024,
                    .header_timeout = 5s,
                    .body_bytes = 0,
                    .body_timeout = 5s,
                    .idle_timeout = 30s,
                    .in_flight = 16};
  return options;
}

// As a client on this machine would write it.
std::string url(std::string_view scheme, const tcp::endpoint& endpoint) {
  if (endpoint.address().is_unspecified()) return fmt::format("{}://localhost:{}", scheme, endpoint.port());
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("{}://[{}]:{}", scheme, address, endpoint.port())
                                    : fmt::format("{}://{}:{}", scheme, address, endpoint.port());
}

}  // namespace

Result<DaemonFiles> open_files(const Settings& settings, const Clock& clock, Log* log) {
  RMS_TRY(auto cloud, net::read_pem_files(settings.cloud.certificate, settings.cloud.key, settings.cloud.ca));
  RMS_CHECK(check_way_out(settings.cloud));
  const auto& kerberos = settings.authentication.kerberos;
  RMS_TRY(auto listen, net::make_mutual_server_context(
                           settings.listen.certificate, settings.listen.key, settings.listen.client_ca,
                           kerberos ? net::ClientCertificate::optional : net::ClientCertificate::required));
  DaemonFiles files{std::move(cloud), std::move(listen), nullptr, std::nullopt};
  if (!settings.listen.client_crl.empty()) {
    RMS_TRY(files.revoked, net::RevocationLists::read(settings.listen.client_crl, settings.listen.client_ca));
  }
  if (kerberos) {
    RMS_TRY(files.kerberos, KerberosAcceptor::open(*kerberos, clock, log));
  }
  return files;
}

Daemon::Daemon(asio::any_io_executor executor, std::shared_ptr<const Settings> settings, DaemonFiles files,
               std::filesystem::path ready_file, ServiceManager& service, Log& log, Clock& clock, Metrics& metrics,
               Journal* journal)
    : settings_(std::move(settings)),
      ready_file_(std::move(ready_file)),
      service_(service),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      began_(clock.steady()),
      pool_(executor, settings_->cloud, std::move(files.cloud), log, clock, metrics, asio::ip::host_name()),
      cloud_heads_(pool_),
      relay_(pool_, clock, log, settings_->limits.request_timeout, published_base(settings_->locations)),
      access_log_(log),
      pipeline_(settings_, relay_, access_log_, metrics, clock, journal),
      admin_handler_(*this, metrics),
      admin_(executor, admin_options(*settings_), std::nullopt, admin_handler_, clock, log, nullptr),
      kerberos_(std::move(files.kerberos)),
      revocation_(files.revoked ? std::make_unique<Revocation>(*std::move(files.revoked), clock, log, &metrics)
                                : nullptr),
      server_(executor, listener_options(*settings_, kerberos_.get(), revocation_.get()), std::move(files.listen),
              pipeline_, clock, log, &metrics),
      signals_(executor),
      told_to_stop_(executor, SteadyTime::max()),
      announcing_(executor),
      tasks_(executor, log, "daemon") {
  if (journal != nullptr)
    head_keeper_.emplace(executor, *journal, cloud_heads_, settings_->audit.send_heads_every, clock, log, metrics);
}

Daemon::~Daemon() = default;

asio::awaitable<bool> Daemon::run() {
  tasks_.spawn(heed_signals());
  bool good = false;
  std::exception_ptr bug;
  try {
    good = co_await serve();
  } catch (...) {
    bug = std::current_exception();
  }
  if (bug) {
    // Our tasks and rooms would keep the loop alive for ever, with nobody left who could end them.
    log_.event(Level::error, Event::unhandled, "the connector ends by an exception", {{"error", what(bug)}});
    co_await close(std::chrono::steady_clock::now());
  }
  tasks_.cancel();
  co_await tasks_.wait_empty();
  co_return good;
}

asio::awaitable<bool> Daemon::serve() {
  const auto started = start();
  if (!started) {
    log_.error("cannot start", {{"error", started.error().context}});
    service_.stopping();
    co_await close(std::chrono::steady_clock::now());
    co_return false;
  }
  tasks_.spawn(feed_watchdog());
  co_await told_to_stop_.async_wait(kToken);
  co_return co_await stop();
}

Result<void> Daemon::start() {
  RMS_CHECK(server_.start());
  RMS_CHECK(admin_.start());
  access_log_.list_loaded(*settings_);
  metrics_.list_loaded(settings_->servers.size(), clock_.wall());
  for (const OwnCertificate& certificate : settings_->certificates)
    metrics_.certificate_expires(certificate.usage, certificate.not_after);
  pool_.start();
  if (head_keeper_) head_keeper_->start();
  state_ = DaemonStatus::State::serving;
  const DaemonStatus now = status();
  if (!ready_file_.empty()) {
    std::vector<std::pair<std::string_view, std::string>> lines{{"url", now.listen},
                                                                {"admin", url("http", admin_.endpoint())}};
    if (!now.http.empty()) lines.push_back({"http", now.http});
    RMS_CHECK(write_ready_file(ready_file_, lines));
  }
  log_.event(Level::info, Event::started, "the connector serves",
             {{"version", now.version},
              {"listen", now.listen},
              {"unsafe_http", now.http.empty() ? "off" : now.http},
              {"admin", url("http", admin_.endpoint())},
              {"cloud", now.upstream},
              {"servers", settings_->servers.size()}});
  service_.ready(fmt::format("serving {} servers on {}", settings_->servers.size(), now.listen));
  return {};
}

asio::awaitable<bool> Daemon::stop() {
  state_ = DaemonStatus::State::draining;
  metrics_.draining(true);
  service_.stopping();
  if (settings_->shutdown.announce > 0ms && !impatient_) {
    announcing_.expires_after(settings_->shutdown.announce);
    co_await announcing_.async_wait(kToken);
  }
  const bool drained =
      co_await close(std::chrono::steady_clock::now() + (impatient_ ? 0ms : settings_->shutdown.drain_timeout));
  const bool clean = drained && !impatient_;
  log_.event(clean ? Level::info : Level::warning, Event::stopped,
             clean ? "stopped; every request in hand was finished" : "stopped; requests in hand were dropped");
  co_return clean;
}

asio::awaitable<bool> Daemon::close(SteadyTime drained_until) {
  const bool drained = co_await server_.stop(drained_until);
  co_await admin_.stop(std::chrono::steady_clock::now() + 1s);
  if (head_keeper_) co_await head_keeper_->stop(drained_until);
  co_await pool_.stop();
  if (!ready_file_.empty()) {
    std::error_code ignored;
    std::filesystem::remove(ready_file_, ignored);
  }
  co_return drained;
}

asio::awaitable<void> Daemon::heed_signals() {
  for (;;) {
    const Signal signal = co_await signals_.next();
    if (signal == Signal::reload) {
      log_.info("the configuration is read at the start only; restart the connector for a new one");
    } else if (told_to_stop_.expiry() == SteadyTime::max()) {
      log_.info("told to stop", {{"requests_in_hand", server_.in_flight()}});
      told_to_stop_.expires_at(SteadyTime::min());
    } else {
      log_.warning("told to stop twice, dropping what is in hand");
      impatient_ = true;
      announcing_.cancel();
      server_.hurry();
    }
  }
}

asio::awaitable<void> Daemon::feed_watchdog() {
  const auto interval = service_.watchdog_interval();
  if (!interval) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    service_.alive();
    metrics_.watchdog_ping();
    timer.expires_after(*interval / 3);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

DaemonStatus Daemon::status() const {
  DaemonStatus now;
  now.version = kVersion;
  now.state = state_;
  now.uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - began_);
  now.listen = url("https", server_.endpoint());
  if (settings_->listen.unsafe_http_address) now.http = url("http", server_.plain_endpoint());
  now.upstream = fmt::format("{}:{}", settings_->cloud.endpoint.host, settings_->cloud.endpoint.port);
  PoolStatus pool = pool_.status();
  now.queued = pool.queued;
  for (PoolStatus::Slot& slot : pool.slots)
    now.slots.push_back({std::move(slot.state), slot.in_flight, slot.connects, std::move(slot.last_error)});
  for (const ServerEntry& entry : settings_->servers) {
    const ServerTally& tally = pipeline_.tallies().find(entry.name)->second;
    now.servers.push_back(
        {entry.name, std::string(to_string(entry.role)), tally.requests, tally.refused, tally.last_request});
  }
  now.connections = server_.connections();
  now.in_flight = server_.in_flight();
  return now;
}

int check_configuration(const std::filesystem::path& file, std::ostream& out, std::ostream& err) {
  const auto settings = load_settings(file);
  if (!settings) {
    err << settings.error().context << "\n";
    return Exit::kConfiguration;
  }
  // Good means that a start would not end here.
  const SystemClock clock;
  if (const auto files = open_files(*settings, clock); !files) {
    err << files.error().context << "\n";
    return Exit::kConfiguration;
  }
  for (const std::string& warning : settings->warnings) err << "warning: " << warning << "\n";
  out << file.string() << ": good, " << settings->servers.size() << " servers\n";
  return Exit::kClean;
}

}  // namespace rms::connector

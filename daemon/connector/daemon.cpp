// SPDX-License-Identifier: Apache-2.0
#include "connector/daemon.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/ready_file.h"
#include "base/what.h"
#include "connector/command_line.h"
#include "connector/version.h"

namespace rms::connector {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

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

HttpServerOptions admin_socket_options(const Settings& settings) {
  HttpServerOptions options = admin_options(settings);
  options.host.clear();
  options.socket = settings.admin.socket;
  return options;
}

net::PemFiles copy_of(const net::PemFiles& pem) {
  return {pem.certificate_chain, pem.ca, pem.key.clone()};
}

bool same(const net::PemFiles& one, const net::PemFiles& other) {
  return one.certificate_chain == other.certificate_chain && one.ca == other.ca && one.key.equals(other.key.bytes());
}

std::shared_ptr<Snapshot> snapshot_of(std::shared_ptr<const Settings> settings, DaemonFiles files, const Clock& clock,
                                      Log& log, Metrics& metrics) {
  auto snapshot = std::make_shared<Snapshot>(std::move(settings), std::move(files));
  if (snapshot->files.revoked)
    snapshot->revocation = std::make_unique<Revocation>(*std::move(snapshot->files.revoked), clock, log, &metrics);
  return snapshot;
}

// A port that was to be a free one is the one that was taken, by whatever name the settings say the rest.
void settle_port(HostPort& address, const HostPort& in_force, const tcp::endpoint& taken) {
  if (in_force.port == 0 && address.host == in_force.host && address.port == taken.port()) address.port = 0;
}

// As a client on this machine would write it.
std::string url(std::string_view scheme, const tcp::endpoint& endpoint) {
  if (endpoint.address().is_unspecified()) return fmt::format("{}://localhost:{}", scheme, endpoint.port());
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("{}://[{}]:{}", scheme, address, endpoint.port())
                                    : fmt::format("{}://{}:{}", scheme, address, endpoint.port());
}

}  // namespace

Daemon::Daemon(asio::any_io_executor executor, std::shared_ptr<const Settings> settings, DaemonFiles files,
               std::filesystem::path ready_file, ServiceManager& service, Log& log, Clock& clock, Metrics& metrics,
               Journal* journal, Surroundings surroundings)
    : ready_file_(std::move(ready_file)),
      surroundings_(std::move(surroundings)),
      service_(service),
      log_(log),
      clock_(clock),
      metrics_(metrics),
      began_(clock.steady()),
      first_(snapshot_of(std::move(settings), std::move(files), clock, log, metrics)),
      reloader_(executor, first_, *this, service, log, clock, metrics),
      pool_(executor, first_->settings->cloud, first_->settings->limits, copy_of(first_->files.cloud), log, clock,
            metrics, asio::ip::host_name()),
      cloud_heads_(pool_),
      relay_(pool_, clock, log, first_->settings->limits.request_timeout, published_base(first_->settings->locations)),
      access_log_(log),
      pipeline_(first_->settings, relay_, access_log_, metrics, clock, journal, &reloader_),
      admin_handler_(*this, metrics, reloader_),
      admin_(executor, admin_options(*first_->settings), nullptr, admin_handler_, clock, log, nullptr),
      server_(executor, listener_options(*first_), first_->files.listen, pipeline_, clock, log, &metrics),
      signals_(executor),
      told_to_stop_(executor, SteadyTime::max()),
      announcing_(executor),
      tasks_(executor, log, "daemon") {
  if (!first_->settings->admin.socket.empty())
    admin_socket_.emplace(executor, admin_socket_options(*first_->settings), nullptr, admin_handler_, clock, log,
                          nullptr);
  if (journal != nullptr)
    head_keeper_.emplace(executor, *journal, cloud_heads_, first_->settings->audit.send_heads_every, clock, log,
                         metrics);
  first_.reset();
}

HttpServerOptions Daemon::listener_options(const Snapshot& snapshot) const {
  const Settings& settings = *snapshot.settings;
  const LimitSettings& limits = settings.limits;
  HttpServerOptions options;
  options.host = settings.listen.address.host;
  options.port = settings.listen.address.port;
  options.connections = std::min(limits.connections, surroundings_.most_connections);
  options.handshakes = limits.handshakes;
  options.handshake_timeout = limits.handshake_timeout;
  options.limits = {limits.header_bytes, limits.header_timeout, limits.body_bytes,
                    limits.body_timeout, limits.idle_timeout,   limits.in_flight + limits.queue};
  options.kerberos = snapshot.files.kerberos.get();
  options.revocation = snapshot.revocation.get();
  if (const auto& plain = settings.listen.unsafe_http_address) {
    options.plain_host = plain->host;
    options.plain_port = plain->port;
  }
  return options;
}

void Daemon::use(Snapshot& snapshot) {
  const Settings& settings = *snapshot.settings;
  if (snapshot.revocation)
    snapshot.revocation->in_force();
  else if (snapshot.files.revoked)
    snapshot.revocation =
        std::make_unique<Revocation>(*std::exchange(snapshot.files.revoked, std::nullopt), clock_, log_, &metrics_);
  server_.replace(listener_options(snapshot), snapshot.files.listen);
  pool_.change_limits(settings.limits);
  const Snapshot& before = reloader_.in_force();
  if (settings.cloud != before.settings->cloud || !same(snapshot.files.cloud, before.files.cloud))
    pool_.reconfigure(settings.cloud, copy_of(snapshot.files.cloud));
  pipeline_.use(snapshot.settings);
  relay_.use(settings.limits.request_timeout, published_base(settings.locations));
  if (head_keeper_) head_keeper_->change_every(settings.audit.send_heads_every);
  if (surroundings_.change_log_level) surroundings_.change_log_level(settings.log.level);
  tell_in_force(settings);
}

void Daemon::tell_in_force(const Settings& settings) {
  access_log_.list_loaded(settings);
  metrics_.list_loaded(settings.servers.size(), clock_.wall());
  for (const OwnCertificate& certificate : settings.certificates)
    metrics_.certificate_expires(certificate.usage, certificate.not_after);
}

void Daemon::settle_ports(Settings& settings, const Settings& in_force) const {
  settle_port(settings.listen.address, in_force.listen.address, server_.endpoint());
  settle_port(settings.admin.address, in_force.admin.address, admin_.endpoint());
  if (settings.listen.unsafe_http_address && in_force.listen.unsafe_http_address)
    settle_port(*settings.listen.unsafe_http_address, *in_force.listen.unsafe_http_address, server_.plain_endpoint());
}

std::string Daemon::serving() const {
  return fmt::format("serving {} servers on {}", settings().servers.size(), url("https", server_.endpoint()));
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
  if (admin_socket_) RMS_CHECK(admin_socket_->start());
  tell_in_force(settings());
  metrics_.settings_good(clock_.wall());
  pool_.start();
  if (head_keeper_) head_keeper_->start();
  state_ = DaemonStatus::State::serving;
  const DaemonStatus now = status();
  if (!ready_file_.empty()) {
    std::vector<std::pair<std::string_view, std::string>> lines{{"url", now.listen},
                                                                {"admin", url("http", admin_.endpoint())}};
    if (!now.http.empty()) lines.push_back({"http", now.http});
    if (admin_socket_) lines.push_back({"admin_socket", settings().admin.socket.string()});
    RMS_CHECK(write_ready_file(ready_file_, lines));
  }
  log_.event(Level::info, Event::started, "the connector serves",
             {{"version", now.version},
              {"listen", now.listen},
              {"unsafe_http", now.http.empty() ? "off" : now.http},
              {"admin", url("http", admin_.endpoint())},
              {"admin_socket", admin_socket_ ? settings().admin.socket.string() : "off"},
              {"cloud", now.upstream},
              {"servers", settings().servers.size()}});
  service_.ready(serving());
  return {};
}

asio::awaitable<bool> Daemon::stop() {
  state_ = DaemonStatus::State::draining;
  metrics_.draining(true);
  reloader_.refuse_from_now_on();
  service_.stopping();
  if (settings().shutdown.announce > 0ms && !impatient_) {
    announcing_.expires_after(settings().shutdown.announce);
    co_await announcing_.async_wait(kToken);
  }
  const bool drained =
      co_await close(std::chrono::steady_clock::now() + (impatient_ ? 0ms : settings().shutdown.drain_timeout));
  const bool clean = drained && !impatient_;
  log_.event(clean ? Level::info : Level::warning, Event::stopped,
             clean ? "stopped; every request in hand was finished" : "stopped; requests in hand were dropped");
  co_return clean;
}

asio::awaitable<bool> Daemon::close(SteadyTime drained_until) {
  const bool drained = co_await server_.stop(drained_until);
  reloader_.refuse_from_now_on();
  co_await admin_.stop(std::chrono::steady_clock::now() + 1s);
  if (admin_socket_) co_await admin_socket_->stop(std::chrono::steady_clock::now() + 1s);
  co_await reloader_.stop();
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
      if (state_ == DaemonStatus::State::draining)
        log_.info("told to reload while stopping: nothing is reloaded any more");
      else if (!std::exchange(reload_waits_, true))
        tasks_.spawn(reload_as_signalled());
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

asio::awaitable<void> Daemon::reload_as_signalled() {
  ReloadRequest request;
  request.by = "SIGHUP";
  const std::function<void()> begun = [this] { reload_waits_ = false; };
  const ReloadAnswer answer = co_await reloader_.reload(std::move(request), begun);
  static_cast<void>(answer);  // the log has it
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
  if (settings().listen.unsafe_http_address) now.http = url("http", server_.plain_endpoint());
  PoolStatus pool = pool_.status();
  for (const CloudEndpoint& endpoint : pool.endpoints) {
    now.endpoints.push_back({to_string(endpoint.address), endpoint.priority, endpoint.weight});
    now.upstream += (now.upstream.empty() ? "" : ", ") + now.endpoints.back().address;
  }
  now.queued = pool.queued;
  for (SlotStatus& slot : pool.slots)
    now.slots.push_back({std::move(slot.state), slot.in_flight, slot.connects, std::move(slot.last_error),
                         std::move(slot.endpoint), slot.serving, slot.ejected_for});
  for (const ServerEntry& entry : settings().servers) {
    const ServerTally& tally = pipeline_.tallies().find(entry.name)->second;
    now.servers.push_back(
        {entry.name, std::string(to_string(entry.role)), tally.requests, tally.refused, tally.last_request});
  }
  const Snapshot& in_force = reloader_.in_force();
  now.settings = {settings().file.string(), settings().digest, in_force.generation, in_force.since,
                  reloader_.watching()};
  if (const auto& returned = reloader_.returned())
    now.returned = DaemonStatus::Returned{returned->digest, returned->why, returned->when};
  now.connections = server_.connections();
  now.in_flight = server_.in_flight();
  now.callers.assign(server_.in_flight_by_principal().begin(), server_.in_flight_by_principal().end());
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

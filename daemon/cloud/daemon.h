// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "cloud/directory/account_keys.h"
#include "cloud/directory/directory.h"
#include "cloud/front/desk.h"
#include "cloud/front/health.h"
#include "cloud/front/server.h"
#include "cloud/front/services.h"
#include "cloud/front/store_watch.h"
#include "cloud/front/work_pool.h"
#include "cloud/heads/head_book.h"
#include "cloud/keys/spare_keys.h"
#include "cloud/keys/tenant_cache.h"
#include "cloud/rights_service.h"
#include "cloud/settings/settings.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// The running service: everything it is made of, from the store to the listener, and what a signal does to it.
// One loop thread, and those of gRPC, of the work and of the spare keys; members are in the order in which they need
// one another, so they die listener first.
class Daemon {
 public:
  // Opens the store, the key file and every tenant. Errors: the rooms'; the context names the file.
  static Result<std::unique_ptr<Daemon>> open(const Settings& settings, Log& log);

  // Listens, serves, and returns after SIGTERM or SIGINT: true when the calls in hand were finished, false when
  // `drain_timeout` was over and they were cancelled. A second signal ends the process with exit status 1, and so do
  // calls that do not even end when they are cancelled. `ready_file`, if any, is written when we can be asked.
  // Errors: as Server::start(), and Errc::io_error for the ready file.
  Result<bool> run(const std::optional<std::filesystem::path>& ready_file);

 private:
  Daemon(const Settings& settings, Log& log, std::unique_ptr<Store> store, Secret wrapping_key, net::PemFiles tls);
  boost::asio::awaitable<void> serve_until_signal();
  boost::asio::awaitable<void> stop();

  const Settings settings_;
  Log& log_;
  SystemClock clock_;
  std::unique_ptr<Store> store_;
  TenantCache tenants_;
  Directory directory_;
  SpareKeys spare_keys_;
  AccountKeys account_keys_;
  RightsService rights_;
  HeadBook heads_;
  HealthFront health_;
  StoreWatch watch_;
  WorkPool pool_;
  Desk desk_;
  Services services_;
  net::PemFiles tls_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGTERM, SIGINT};  // from the start: none is missed
  Server server_;
  bool drained_ = true;
};

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// What a daemon owes to whoever runs it as a service.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

#include "base/log.h"

namespace rms::connector {

// The service manager: systemd where there is one, nobody otherwise. Any thread; never blocks; a manager that cannot be
// told is a warning in the log, once, and no reason to stop serving.
class ServiceManager {
 public:
  virtual ~ServiceManager() = default;

  // We accept and can serve. Say it only when the listeners are bound and the configuration is in force; again after
  // reloading().
  virtual void ready(std::string_view status) = 0;
  virtual void reloading() = 0;
  virtual void stopping() = 0;
  // One line for `systemctl status`.
  virtual void status(std::string_view text) = 0;

  // How often alive() must be said lest we are killed; nullopt if nobody watches. Say it at a third of that, and only
  // from the loop that does the work: a watchdog fed by an idle thread proves nothing.
  virtual std::optional<std::chrono::microseconds> watchdog_interval() const = 0;
  virtual void alive() = 0;
};

// Talks to the manager that started us, as NOTIFY_SOCKET and WATCHDOG_USEC say. `log` outlives it.
// Never null; where nobody manages us every call does nothing.
std::unique_ptr<ServiceManager> make_service_manager(Log& log);

}  // namespace rms::connector

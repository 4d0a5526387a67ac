// SPDX-License-Identifier: Apache-2.0
#include <systemd/sd-daemon.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>

#include "connector/service/none.h"

namespace rms::connector {
namespace {

// Values end at a line's end: text of ours must not become a second assignment.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (c == '\n' || c == '\r') c = ' ';
  return line;
}

class Systemd final : public ServiceManager {
 public:
  explicit Systemd(Log& log) : log_(log) {
    std::uint64_t interval = 0;
    if (::sd_watchdog_enabled(0, &interval) > 0) watchdog_interval_ = std::chrono::microseconds(interval);
  }

  void ready(std::string_view text) override { tell("READY=1\nSTATUS=" + one_line(text)); }

  // systemd 252 ignores it; from 253 on, with Type=notify-reload, the time must come in the same datagram.
  void reloading() override {
    struct timespec now {};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
  }

  void stopping() override { tell("STOPPING=1"); }
  void status(std::string_view text) override { tell("STATUS=" + one_line(text)); }
  std::optional<std::chrono::microseconds> watchdog_interval() const override { return watchdog_interval_; }
  void alive() override { tell("WATCHDOG=1"); }

 private:
  void tell(const std::string& state) {
    const int result = ::sd_notify(0, state.c_str());
    if (result >= 0 || warned_.exchange(true)) return;
    log_.warning("the service manager cannot be told",
                 {{"state", state.substr(0, state.find('\n'))}, {"error", std::generic_category().message(-result)}});
  }

  Log& log_;
  std::optional<std::chrono::microseconds> watchdog_interval_;
  std::atomic<bool> warned_ = false;
};

}  // namespace

std::unique_ptr<ServiceManager> make_service_manager(Log& log) {
  if (std::getenv("NOTIFY_SOCKET") == nullptr) return make_no_service_manager();
  return std::make_unique<Systemd>(log);
}

}  // namespace rms::connector

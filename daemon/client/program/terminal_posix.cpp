// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "client/program/terminal.h"

namespace rms::client {
namespace {

constexpr std::uint64_t kLongBytes = 64 * 1024 * 1024;  // Shorter files are done before one could read a number.

std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch it");

void on_signal(int signal) {
  caught = signal;
  ::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = &on_signal;  // Without SA_RESTART: a wait for the lock ends too.
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return caught != 0;
}

void end_if_interrupted() {
  if (!interrupted()) return;
  ::signal(caught, SIG_DFL);
  ::raise(caught);
}

TerminalProgress::TerminalProgress(std::string name) : name_(std::move(name)), shows_(::isatty(STDERR_FILENO) == 1) {}

TerminalProgress::~TerminalProgress() {
  if (percent_ >= 0) std::fputs("\r\x1b[K", stderr);
}

bool TerminalProgress::advance(std::uint64_t done, std::uint64_t total) {
  if (const int percent = static_cast<int>(done * 100 / (total == 0 ? 1 : total));
      shows_ && total >= kLongBytes && percent != percent_) {
    std::fprintf(stderr, "\r%s: %3d %%", name_.c_str(), percent);
    percent_ = percent;
  }
  return !interrupted();
}

}  // namespace rms::client

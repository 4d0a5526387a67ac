// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/process.h"

namespace rms {
namespace {

Error failed(const char* what) {
  return Error(Errc::io_error, what + std::generic_category().message(errno));
}

}  // namespace

Result<void> forbid_core_dumps() {
  // Both: the limit alone does not stop a core dump that goes to a pipe (core(5)), and dumpable alone comes back on
  // exec.
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return failed("switching core dumps off: ");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("switching core dumps off: ");
  return {};
}

Result<std::size_t> raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return failed("asking for the limit of open files: ");
  files.rlim_cur = files.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return failed("raising the limit of open files: ");
  return static_cast<std::size_t>(files.rlim_cur);
}

void ignore_signals_of_writing() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

void lower_thread_priority() {
  // Linux has a nice value for each thread. The last one rather than SCHED_IDLE, which may not run at all for seconds
  // on a busy machine: somebody may have to wait for this thread to end.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
}

LocalAccount local_account() {
  const uid_t id = ::getuid();
  LocalAccount account{std::to_string(id), "uid:" + std::to_string(id)};
  passwd entry{}, *found = nullptr;
  std::array<char, 4096> room{};
  if (::getpwuid_r(id, &entry, room.data(), room.size(), &found) == 0 && found != nullptr)
    account.name = found->pw_name;
  if (const char* before = std::getenv("SUDO_USER"); id == 0 && before != nullptr)
    account.exact += " sudo:" + std::string(before).substr(0, 64);
  return account;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

long process_id() {
  return ::getpid();
}

}  // namespace rms

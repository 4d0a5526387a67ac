// SPDX-License-Identifier: Apache-2.0
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <system_error>

#include "connector/service/service.h"

namespace rms::connector {
namespace {

Error refused(const char* what) {
  return Error(Errc::io_error, std::string(what) + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<void> harden_process() {
  // Both: the limit alone does not stop a core dump that goes to a pipe (core(5)), and dumpable alone comes back on
  // exec.
  constexpr struct rlimit kNone {};
  if (::setrlimit(RLIMIT_CORE, &kNone) != 0) return refused("setrlimit(RLIMIT_CORE)");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return refused("prctl(PR_SET_DUMPABLE)");
  return {};
}

}  // namespace rms::connector

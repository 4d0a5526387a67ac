// SPDX-License-Identifier: Apache-2.0
//
// Systems without the journal of systemd.
#include "base/log_journal.h"

namespace rms {

bool is_journal_stream(std::string_view, int) {
  return false;
}

bool stderr_is_journal() {
  return false;
}

bool send_to_journal(const std::vector<std::string>&) {
  return false;
}

}  // namespace rms

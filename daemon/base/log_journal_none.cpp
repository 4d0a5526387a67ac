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

JournalSender::JournalSender(std::string socket_path) : path_(std::move(socket_path)) {}
JournalSender::~JournalSender() = default;

JournalSend JournalSender::send(const std::vector<std::string>&) {
  return JournalSend::failed;
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
//
// The journal of systemd in its own format. One file per system knows how to get there: log_journal_systemd.cpp, or
// log_journal_none.cpp, where there is none. For sources of this room, their tests, and front doors.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace rms {

// What one record may hold; beyond it names and values are cut, fields left out. A name's limit is the journal's own.
inline constexpr std::size_t kMostJournalFields = 64, kMostJournalNameBytes = 64, kMostJournalValueBytes = 8 * 1024,
                             kMostJournalMessageBytes = 32 * 1024;

// "peer" -> "RMS_PEER". What is no letter, digit or underscore becomes an underscore.
std::string journal_name(std::string_view name);

// A record as KEY=VALUE: MESSAGE (the line as text, with all fields, for who reads), PRIORITY, SYSLOG_IDENTIFIER,
// RMS_EVENT, and each field by itself, its value as it is. Pure.
std::vector<std::string> journal_record(std::string_view program, Level level, Event event, std::string_view message,
                                        std::span<const Field> fields);

// Whether JOURNAL_STREAM names the very file that standard error is: systemd has connected it with its journal.
bool stderr_is_journal();
// The same of one value ("device:inode") and any open file. False if it cannot be told.
bool is_journal_stream(std::string_view value, int fd);

inline constexpr char kJournalSocket[] = "/run/systemd/journal/socket";

enum class JournalSend {
  taken,
  full,    // the journal is not read, or not fast enough: the record is lost
  failed,  // there is no journal, or it wants no such record
};

// The way to the journal. A journal that stands still does not make us stand still: the first record that finds no room
// waits for kPatience, those after it not at all until one was taken again. Any thread; never throws.
class JournalSender {
 public:
  static constexpr std::chrono::milliseconds kPatience{50};

  explicit JournalSender(std::string socket_path);
  JournalSender(const JournalSender&) = delete;
  JournalSender& operator=(const JournalSender&) = delete;
  ~JournalSender();

  JournalSend send(const std::vector<std::string>& record);

 private:
  const std::string path_;
  int socket_ = -1;
  std::atomic<bool> stuck_ = false;
};

// Writes to the journal behind that socket. Records that it was too slow for are counted, and told of by a warning once
// it takes records again.
std::unique_ptr<Log> make_journal_log(Level least, std::string program, std::string socket_path);

}  // namespace rms

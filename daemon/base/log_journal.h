// SPDX-License-Identifier: Apache-2.0
//
// The journal of systemd in its own format. One file per system knows how to get there: log_journal_systemd.cpp, or
// log_journal_none.cpp, where there is none. For sources of this room, their tests, and front doors.
#pragma once

#include <cstddef>
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

// False: the journal did not take it. Any thread; waits only while the journal's socket is full.
bool send_to_journal(const std::vector<std::string>& record);

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace rms {

// No core dumps and no debugger of the same user: both would carry keys out. Call first thing in main, before any
// secret is read and any thread is started. Errc::io_error.
Result<void> forbid_core_dumps();

// Lets this process open as many files as the system allows it (the soft limit becomes the hard one) and returns how
// many that is. Errc::io_error.
Result<std::size_t> raise_file_limit();

// A reader that went away (of our log, of a connection), or a file that may not grow any more (RLIMIT_FSIZE), is an
// error where we write, not the end of the process.
void ignore_signals_of_writing();

// From now on the calling thread runs when hardly anything else wants to; the others stay as they are. It cannot be
// taken back. Where the system refuses, nothing changes: that costs time, and nothing else.
void lower_thread_priority();

// On whose behalf this process runs, as the system knows it: the account's name (its number, if it has none), and how
// exactly: "uid:0", or "uid:0 sudo:alice", which sudo says and root could make up.
struct LocalAccount {
  std::string name, exact;
};
LocalAccount local_account();
std::string host_name();  // empty: it cannot be told

// Which process this is, for files that name it.
long process_id();

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "client/progress.h"

namespace rms::client {

// From here on SIGINT and SIGTERM only ask the work to stop, so that it can tidy up; a second one ends the process.
void catch_interrupts();
// Whether one came.
bool interrupted();
// Ends the process the way the signal would have ended it, if one came.
void end_if_interrupted();

// Shows how far a long file is, on standard error if that is a terminal. Stops the work on SIGINT and SIGTERM.
class TerminalProgress final : public Progress {
 public:
  explicit TerminalProgress(std::string name);
  ~TerminalProgress() override;
  bool advance(std::uint64_t done, std::uint64_t total) override;

 private:
  std::string name_;
  bool shows_;
  int percent_ = -1;  // what stands there now
};

}  // namespace rms::client

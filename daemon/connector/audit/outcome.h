// SPDX-License-Identifier: Apache-2.0
//
// What became of a request, in words that stay the same: docs/audit.md lists them all. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "connector/audit/access_log.h"

namespace rms::connector {

enum class Conclusion {
  allowed,        // it got what it asked for
  refused,        // we decided: this caller may not do this
  malformed,      // nobody could have answered it
  fault,          // the service decided: no
  could_not_ask,  // nobody answered
};
std::string_view to_string(Conclusion conclusion);  // "could_not_ask"

struct Outcome {
  Conclusion conclusion;
  std::string_view reason;  // stable code: one of reasons(), or the authenticator's; as long as the record's texts
};
Outcome outcome_of(const AccessRecord& record);

// The members of its line in the journal; a value that a caller makes too long is cut. `connector`: who we are.
std::string decision_members(const AccessRecord& record, WallTime time, std::string_view connector);

// A stable code, what it means, and what cures it.
struct Reason {
  std::string_view code, meaning, cure;
};
std::span<const Reason> reasons();
const Reason* find_reason(std::string_view code);

}  // namespace rms::connector

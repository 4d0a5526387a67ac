// SPDX-License-Identifier: Apache-2.0
//
// What an administrator is told of the answers. Whatever the directory holds, nothing of it steers a terminal.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ctl/lookup/lookup.h"

namespace rms::ctl {

// The line for an entry of servers:, "match: {sid: S-1-5-21-...}"; empty for a group that no ticket names.
std::string match_line(const Account& account);

// Why this name has not exactly one account, in a sentence; empty if it has. `where`: which server was asked.
std::string problem_of(const Answer& answer, const Domain& domain, std::string_view where);

// All that is known of the accounts of this name, in lines.
std::string text_report(const Answer& answer, const Domain& domain);

// One object, in one line with its end. ASCII only.
std::string json_report(std::span<const Answer> answers, const Domain& domain, std::string_view where);

}  // namespace rms::ctl

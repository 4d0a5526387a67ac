// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rms::ctl {

// Whose ticket the look-up shows to the controller.
struct OwnTicket {
  std::string principal;  // "alice@CONTOSO.TEST"
  std::string realm;      // "CONTOSO.TEST"
};

// The one that kinit left in the default cache (KRB5CCNAME). Reads it; asks nobody.
// Errc::not_found: there is none. Errc::not_valid_now: it is over. Both say what to type. Errc::io_error.
Result<OwnTicket> own_ticket(WallTime now);

}  // namespace rms::ctl

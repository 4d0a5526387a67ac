// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "connector/settings/settings.h"

namespace rms::connector {

// What settings cannot tell without Kerberos: whether the keytab of cloud.proxy has a key of its principal.
// Errc::malformed, Errc::not_found; the context begins with the file.
Result<void> check_way_out(const CloudSettings& settings);

}  // namespace rms::connector

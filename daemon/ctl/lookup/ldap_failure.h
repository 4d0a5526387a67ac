// SPDX-License-Identifier: Apache-2.0
//
// What LDAP's failures mean and what cures them. Pure; any thread.
#pragma once

#include <string_view>

#include "base/result.h"

namespace rms::ctl {

// A connection that was not made. `code` is LDAP's, `detail` what the library says beyond it; may be empty.
// Errc::unavailable, Errc::deadline_exceeded.
Error connect_failure(int code, std::string_view detail, std::string_view server);

// A server that does not take our ticket, or a ticket that cannot be had. The library has words where it has no codes
// (of Kerberos within GSS-API within SASL): known ones are explained, others are passed on.
// Errc::unavailable, Errc::deadline_exceeded, Errc::denied, Errc::unsupported, Errc::untrusted, Errc::not_valid_now.
Error bind_failure(int code, std::string_view detail, std::string_view server);

// A search that brought no answer. Errc::unavailable, Errc::deadline_exceeded, Errc::denied, Errc::malformed.
Error search_failure(int code, std::string_view detail, std::string_view server);

}  // namespace rms::ctl

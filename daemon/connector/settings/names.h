// SPDX-License-Identifier: Apache-2.0
// How servers and accounts are called. Pure functions, private to settings/.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "yaml/file.h"

namespace rms::connector {

// Reads a text that `is_right`, or says what would be.
bool read_checked(yaml::Map& map, std::string_view key, std::string& to, yaml::Presence presence,
                  bool (*is_right)(std::string_view), std::string_view right);
inline constexpr std::string_view kSidExample = "a Windows SID, as S-1-5-21-1004336348-1177238915-682003330-1105";

bool is_entry_name(std::string_view text);    // 1 to 64 of A-Z a-z 0-9 . - _
bool is_dns_name(std::string_view text);      // RFC 1123, no wildcard, no dot at the end
bool is_uri(std::string_view text);           // scheme ":" and something, printable ASCII
bool is_mail_address(std::string_view text);  // local@domain, RFC 5321 without quoting
bool is_sid(std::string_view text);           // S-1-5-21-...

bool is_domain_sid(std::string_view text);  // S-1-5-21- and three numbers
bool is_account(std::string_view text);     // name@REALM or DOMAIN\name

// 64 hex digits, with colons between the bytes and in capitals too: so do openssl and Windows print it.
bool is_fingerprint(std::string_view text);
std::string bare_fingerprint(std::string_view text);  // REQUIRES: is_fingerprint(text)

// "exch*.contoso.com": one '*', in the first label, which is not the whole name.
bool is_dns_pattern(std::string_view text);
// "spiffe://contoso.com/exchange/*": one '*', behind the last '/'.
bool is_uri_pattern(std::string_view text);

// "2027-01-31", which is the end of that day, or "2027-01-31T12:00:00Z". Errc::invalid_setting.
Result<WallTime> parse_until(std::string_view text);

}  // namespace rms::connector

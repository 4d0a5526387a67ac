// SPDX-License-Identifier: Apache-2.0
//
// What stands behind "Authorization: Negotiate" (RFC 4559, RFC 4178), read before anything is decrypted: is there a
// Kerberos ticket in it, and for whom? We unwrap SPNEGO ourselves because a mechanism can name its failures and the
// wrapping hides them, and because one leg is all that we want. For sources of this room and their tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "connector/authenticator/refusal.h"

namespace rms::connector {

// What IIS takes, too: Windows' largest MaxTokenSize for HTTP.
inline constexpr std::size_t kMostTokenBytes = 48'000;

// All views are into the token. Nothing here is proven: the parts in clear are there for messages.
struct NegotiateToken {
  std::string_view wrapped_in;       // the mechanism by the name that SPNEGO's list gave it; empty: no SPNEGO around it
  std::string_view kerberos;         // the mechanism's own token
  std::string_view request;          // KRB_AP_REQ within
  std::string service;               // "HTTP/connector.contoso.test@CONTOSO.TEST", printable
  std::optional<std::int32_t> kvno;  // of the service's key
  std::int32_t enctype = 0;          // of the service's key
  std::string_view authenticator;    // as encrypted: no two are the same
};

// malformed_token or ntlm_offered if there is no ticket to try. Pure; linear; bounded by kMostTokenBytes.
std::variant<NegotiateToken, Refusal> read_negotiate_token(std::string_view token);

// The mechanism's answer as the caller wants it: wrapped as its question was.
std::string write_negotiate_answer(const NegotiateToken& token, std::string_view answer);

}  // namespace rms::connector

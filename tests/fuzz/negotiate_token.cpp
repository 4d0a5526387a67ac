// SPDX-License-Identifier: Apache-2.0
//
// A token of HTTP Negotiate: SPNEGO and what of a Kerberos request is in clear. Input: the token, decoded.
#include "connector/authenticator/negotiate_token.h"

#include "fuzz/support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto read = connector::read_negotiate_token(bytes);
  const auto* token = std::get_if<connector::NegotiateToken>(&read);
  if (token == nullptr) return 0;
  fuzz::expect(size <= connector::kMostTokenBytes, "a token is bounded");
  fuzz::expect(fuzz::is_inside(token->kerberos, bytes) && fuzz::is_inside(token->request, token->kerberos) &&
                   fuzz::is_inside(token->authenticator, token->request),
               "slices lie inside of each other");
  fuzz::expect(!token->authenticator.empty(), "there is something to remember");
  for (const char c : token->service) fuzz::expect(c > 0x20 && c < 0x7f, "a service's name is for logs");

  // The same ticket without its wrapping is the same ticket.
  const auto bare = connector::read_negotiate_token(token->kerberos);
  const auto* again = std::get_if<connector::NegotiateToken>(&bare);
  fuzz::expect(again != nullptr && again->service == token->service && again->authenticator == token->authenticator,
               "SPNEGO changes nothing of it");
  fuzz::expect(connector::write_negotiate_answer(*again, "answer") == "answer",
               "an answer is wrapped only if asked for");
  return 0;
}

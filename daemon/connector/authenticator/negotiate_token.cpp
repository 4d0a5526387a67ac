// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/negotiate_token.h"

#include <algorithm>

#include "connector/authenticator/der.h"

namespace rms::connector {
namespace {

using namespace std::string_view_literals;

// Object identifiers, the contents of their DER.
constexpr auto kSpnego = "\x2b\x06\x01\x05\x05\x02"sv;
constexpr auto kKerberos = "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"sv;
constexpr auto kKerberosOfWindows2000 =
    "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"sv;  // MS-SPNG 3.1.5.2; still offered first
constexpr auto kNtlm = "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"sv;
constexpr auto kNtlmMessage = "NTLMSSP\0"sv;
constexpr auto kApReqId = "\x01\x00"sv;  // RFC 4121 4.1

constexpr std::uint8_t kObjectId = 0x06, kOctets = 0x04, kSequence = 0x30, kGeneralString = 0x1b;
constexpr std::uint8_t application(std::uint8_t number) {
  return 0x60 | number;
}
constexpr std::uint8_t context(std::uint8_t number) {
  return 0xa0 | number;
}

constexpr std::size_t kMostMechanisms = 16, kMostNameParts = 8, kMostNameBytes = 512;

// The one element of this tag that is all there is.
std::optional<std::string_view> only(std::string_view bytes, std::uint8_t tag) {
  DerReader in(bytes);
  const auto content = in.take(tag);
  return content && in.at_end() ? content : std::nullopt;
}

// What [outer] EXPLICIT inner holds.
std::optional<std::string_view> explicitly(DerReader& in, std::uint8_t outer, std::uint8_t inner) {
  const auto content = in.take(outer);
  return content ? only(*content, inner) : std::nullopt;
}

bool add_printable(std::string& to, std::string_view text) {
  for (const char c : text) to += c > 0x20 && c < 0x7f ? c : '?';
  return to.size() <= kMostNameBytes;
}

// PrincipalName, RFC 4120 5.2.2.
bool read_name(std::string_view bytes, std::string& name) {
  DerReader in(bytes);
  if (!in.take_integer(context(0))) return false;
  const auto parts = explicitly(in, context(1), kSequence);
  if (!parts || !in.at_end()) return false;
  DerReader each(*parts);
  std::size_t count = 0;
  while (!each.at_end()) {
    const auto part = each.take(kGeneralString);
    if (!part || ++count > kMostNameParts) return false;
    if (count > 1) name += '/';
    if (!add_printable(name, *part)) return false;
  }
  return count > 0;
}

struct Encrypted {
  std::int32_t enctype = 0;
  std::optional<std::int32_t> kvno;
  std::string_view cipher;
};

// EncryptedData, RFC 4120 5.2.9.
std::optional<Encrypted> read_encrypted(DerReader& in, std::uint8_t outer) {
  const auto body = explicitly(in, outer, kSequence);
  if (!body) return std::nullopt;
  DerReader fields(*body);
  const auto enctype = fields.take_integer(context(0));
  const auto kvno = fields.take_integer(context(1));
  const auto cipher = explicitly(fields, context(2), kOctets);
  if (!enctype || !cipher || cipher->empty() || !fields.at_end()) return std::nullopt;
  return Encrypted{*enctype, kvno, *cipher};
}

// Ticket, RFC 4120 5.3.
bool read_ticket(std::string_view bytes, NegotiateToken& to) {
  DerReader in(bytes);
  if (in.take_integer(context(0)) != 5) return false;
  const auto realm = explicitly(in, context(1), kGeneralString);
  const auto name = explicitly(in, context(2), kSequence);
  if (!realm || !name || !read_name(*name, to.service)) return false;
  to.service += '@';
  if (!add_printable(to.service, *realm)) return false;
  const auto encrypted = read_encrypted(in, context(3));
  if (!encrypted || !in.at_end()) return false;
  to.kvno = encrypted->kvno;
  to.enctype = encrypted->enctype;
  return true;
}

// KRB_AP_REQ, RFC 4120 5.5.1.
bool read_request(NegotiateToken& to) {
  const auto message = only(to.request, application(14));
  const auto body = message ? only(*message, kSequence) : std::nullopt;
  if (!body) return false;
  DerReader in(*body);
  if (in.take_integer(context(0)) != 5 || in.take_integer(context(1)) != 14) return false;
  if (!in.take(context(2))) return false;
  const auto ticket = explicitly(in, context(3), application(1));
  const auto fields = ticket ? only(*ticket, kSequence) : std::nullopt;
  if (!fields || !read_ticket(*fields, to)) return false;
  const auto authenticator = read_encrypted(in, context(4));
  if (!authenticator || !in.at_end()) return false;
  to.authenticator = authenticator->cipher;
  return true;
}

Refusal malformed(std::string what) {
  return {refusals::kMalformedToken, std::move(what)};
}

Refusal ntlm() {
  return {refusals::kNtlmOffered, ""};
}

bool is_kerberos(std::string_view mechanism) {
  return mechanism == kKerberos || mechanism == kKerberosOfWindows2000;
}

// The initial token of a mechanism (RFC 2743 3.1), as it stands.
std::variant<NegotiateToken, Refusal> read_kerberos(std::string_view token, std::string_view wrapped_in) {
  if (token.starts_with(kNtlmMessage)) return ntlm();
  const auto content = only(token, application(0));
  if (!content) return malformed("it is no initial token of GSS-API");
  DerReader in(*content);
  const auto mechanism = in.take(kObjectId);
  if (mechanism != kKerberos) return malformed("its mechanism is not Kerberos");
  NegotiateToken read;
  read.wrapped_in = wrapped_in;
  read.kerberos = token;
  const std::string_view rest = content->substr(2 + mechanism->size());
  if (!rest.starts_with(kApReqId)) return malformed("it holds no KRB_AP_REQ");
  read.request = rest.substr(kApReqId.size());
  if (!read_request(read)) return malformed("its KRB_AP_REQ cannot be read");
  return read;
}

// NegTokenInit, RFC 4178 4.2.1.
std::variant<NegotiateToken, Refusal> read_offer(std::string_view bytes) {
  DerReader in(bytes);
  const auto mechanisms = explicitly(in, context(0), kSequence);
  if (!mechanisms) return malformed("SPNEGO offers no mechanism");
  std::string_view first;
  bool offers_ntlm = false;
  DerReader each(*mechanisms);
  for (std::size_t count = 0; !each.at_end(); ++count) {
    const auto mechanism = each.take(kObjectId);
    if (!mechanism || count == kMostMechanisms) return malformed("SPNEGO's list of mechanisms cannot be read");
    if (count == 0) first = *mechanism;
    offers_ntlm = offers_ntlm || *mechanism == kNtlm;
  }
  // Whoever can get a ticket for us puts Kerberos first and the ticket with it. Who puts it later has none.
  if (!is_kerberos(first)) return offers_ntlm ? ntlm() : malformed("SPNEGO does not offer Kerberos first");
  in.take(context(1));  // flags that nobody minds any more
  const auto token = explicitly(in, context(2), kOctets);
  if (!token) return malformed("SPNEGO brings no ticket along");
  in.take(context(3));  // a checksum of the list: not needed where its first one is taken (RFC 4178 5)
  if (!in.at_end()) return malformed("SPNEGO goes on where it should end");
  return read_kerberos(*token, first);
}

}  // namespace

std::variant<NegotiateToken, Refusal> read_negotiate_token(std::string_view token) {
  if (token.empty()) return malformed("it is empty or not base64");
  if (token.size() > kMostTokenBytes) return malformed("it is too large");
  if (token.starts_with(kNtlmMessage)) return ntlm();
  const auto content = only(token, application(0));
  if (!content) return malformed("it is no initial token of GSS-API");
  DerReader in(*content);
  if (in.take(kObjectId) != kSpnego) return read_kerberos(token, {});
  const auto offer = explicitly(in, context(0), kSequence);
  if (!offer || !in.at_end()) return malformed("SPNEGO's first message cannot be read");
  return read_offer(*offer);
}

std::string write_negotiate_answer(const NegotiateToken& token, std::string_view answer) {
  if (token.wrapped_in.empty()) return std::string(answer);
  // NegTokenResp, RFC 4178 4.2.2: accept-completed, with what, and the mechanism's answer.
  std::string fields = der(context(0), "\x0a\x01\x00"sv) + der(context(1), der(kObjectId, token.wrapped_in));
  if (!answer.empty()) fields += der(context(2), der(kOctets, answer));
  return der(context(1), der(kSequence, fields));
}

}  // namespace rms::connector

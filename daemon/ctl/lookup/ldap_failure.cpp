// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/ldap_failure.h"

#include <ldap.h>

#include <array>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"

namespace rms::ctl {
namespace {

struct Known {
  std::string_view words;  // within what the library says
  Errc code;
  std::string_view meaning;
};

// The first that fits. English: this program sets no locale.
constexpr std::array kKnown{
    Known{"no mechanism available", Errc::unsupported,
          "this machine's LDAP library knows no Kerberos; install the package libsasl2-modules-gssapi-mit"},
    Known{"No worthy mechs", Errc::unsupported,
          "this machine's LDAP library knows no Kerberos; install the package libsasl2-modules-gssapi-mit"},
    Known{"Clock skew", Errc::not_valid_now,
          "the clocks of this machine and of the domain are too far apart; set the one that is wrong"},
    Known{"Ticket not yet valid", Errc::not_valid_now,
          "the clocks of this machine and of the domain are too far apart; set the one that is wrong"},
    Known{"Ticket expired", Errc::not_valid_now, "your ticket is over; get a new one with: kinit"},
    Known{"No Kerberos credentials available", Errc::not_found, "there is no Kerberos ticket; get one with: kinit"},
    Known{"No credentials cache found", Errc::not_found, "there is no Kerberos ticket; get one with: kinit"},
    Known{"not found in Kerberos database", Errc::untrusted,
          "the domain has no LDAP service of that name; give --server the controller's whole name, as "
          "ldap://dc1.contoso.test"},
    Known{"Cannot contact any KDC", Errc::unavailable,
          "no controller gives a ticket for it: port 88 cannot be reached"},
    Known{"Cannot find KDC", Errc::unavailable,
          "it is not known who gives tickets for it; set the realm in krb5.conf, or DNS"},
    Known{"80090346", Errc::denied,
          "the server demands channel binding and did not get it; use ldap://, which is signed and encrypted, too"},
};

Error with_library(Errc code, std::string_view server, std::string_view meaning, std::string_view library) {
  return {code, fmt::format("{}: {} ({})", server, meaning, printable_utf8(library))};
}

std::string library_words(int code, std::string_view detail) {
  std::string words = ldap_err2string(code);
  if (!detail.empty()) words += fmt::format(": {}", detail);
  return words;
}

// What is so of every call.
bool timed_out(int code) {
  return code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED;
}
bool is_away(int code) {
  return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_UNAVAILABLE || code == LDAP_BUSY;
}

}  // namespace

Error connect_failure(int code, std::string_view detail, std::string_view server) {
  const auto words = library_words(code, detail);
  if (timed_out(code)) return with_library(Errc::deadline_exceeded, server, "did not answer in time", words);
  const bool tls = server.starts_with("ldaps://");
  return with_library(Errc::unavailable, server,
                      tls ? "cannot be reached, or its certificate is not good: --ca must have signed it, and its "
                            "name must be in it"
                          : "cannot be reached; is that the name of a domain controller, and is its port open (389 "
                            "unless you say another)?",
                      words);
}

Error bind_failure(int code, std::string_view detail, std::string_view server) {
  const auto words = library_words(code, detail);
  for (const Known& known : kKnown)
    if (detail.find(known.words) != std::string_view::npos)
      return with_library(known.code, server, known.meaning, words);
  if (timed_out(code)) return with_library(Errc::deadline_exceeded, server, "did not answer in time", words);
  if (is_away(code)) return with_library(Errc::unavailable, server, "ended the connection", words);
  switch (code) {
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
      return with_library(Errc::denied, server,
                          server.starts_with("ldaps://")
                              ? "takes no ticket within TLS; use ldap://, which the ticket signs and encrypts"
                              : "wants a stronger connection; use --server ldaps://... with --ca",
                          words);
    case LDAP_AUTH_METHOD_NOT_SUPPORTED:
    case LDAP_AUTH_UNKNOWN:
      return with_library(Errc::unsupported, server,
                          "Kerberos is not offered; is it a domain controller, and is the package "
                          "libsasl2-modules-gssapi-mit here?",
                          words);
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_INSUFFICIENT_ACCESS:
      return with_library(Errc::denied, server, "does not take your ticket", words);
    default:
      return with_library(Errc::denied, server, "no session with your Kerberos ticket", words);
  }
}

Error search_failure(int code, std::string_view detail, std::string_view server) {
  const auto words = library_words(code, detail);
  if (timed_out(code)) return with_library(Errc::deadline_exceeded, server, "did not answer in time", words);
  if (is_away(code)) return with_library(Errc::unavailable, server, "ended the connection", words);
  switch (code) {
    case LDAP_STRONG_AUTH_REQUIRED:
    case LDAP_CONFIDENTIALITY_REQUIRED:
    case LDAP_INSUFFICIENT_ACCESS:
    case LDAP_OPERATIONS_ERROR:  // What a controller says to who is not logged on.
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_ADMINLIMIT_EXCEEDED:
      return with_library(Errc::denied, server, "refuses to search", words);
    default:
      return with_library(Errc::malformed, server, "the answer cannot be used", words);
  }
}

}  // namespace rms::ctl

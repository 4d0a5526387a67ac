// SPDX-License-Identifier: Apache-2.0
//
// HTTP Negotiate by Kerberos: token in, principal out. One leg; each request proves itself anew.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "base/log.h"
#include "connector/authenticator/refusal.h"
#include "connector/authorizer/principal.h"
#include "connector/settings/kerberos.h"

namespace rms::connector {

inline constexpr std::string_view kKerberos = "kerberos";

struct Authenticated {
  Principal principal;
  std::string answer;  // base64, for WWW-Authenticate: proves to the caller that we hold the key; may be empty
};

// What a token is held against.
struct TokenContext {
  std::string_view host;             // by which the caller found us, for messages; may be empty
  std::string_view channel_binding;  // net::server_end_point_binding() of the caller's connection; empty without TLS
  bool tls = true;                   // false: plain HTTP, where no ticket may come that is bound to a TLS connection
};

// Holds the service's keys, and what was shown to us lately. One thread. It does no I/O but to look, once a call,
// whether the keytab has changed; if it has, it is read again, and kept as it was if it cannot be.
class KerberosAcceptor {
 public:
  // Reads the keytab. Errc::not_found, Errc::insecure_file, Errc::malformed and others as read_keytab();
  // Errc::invalid_setting if there is no key for `settings.service`. The context names file or setting.
  // `clock` and `log` outlive it; without a log nobody hears of keys that are read again.
  // `before`: the one whose place it takes; it remembers what was shown to that one, and what either is shown from now
  // on: a token that was shown once is no use at the other.
  static Result<std::unique_ptr<KerberosAcceptor>> open(const KerberosSettings& settings, const Clock& clock,
                                                        Log* log = nullptr, const KerberosAcceptor* before = nullptr);
  ~KerberosAcceptor();

  // `token`: what stands behind "Negotiate ", base64. Costs one decryption of a ticket; a second one, to tell how far
  // the clocks are apart, only if they are. A refusal is no error: it says by its reason what to mend.
  std::variant<Authenticated, Refusal> accept(std::string_view token, const TokenContext& context);

 private:
  class Impl;
  explicit KerberosAcceptor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Takes the variables away by which an environment could lead the Kerberos library elsewhere: its configuration,
// keytab, replay cache, trace file and mechanism modules. Our own calls name keytab and replay cache; the configuration
// cannot be named through GSS-API, hence this. REQUIRES: no other thread runs yet.
void forget_kerberos_environment();

}  // namespace rms::connector

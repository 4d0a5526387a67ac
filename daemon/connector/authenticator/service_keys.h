// SPDX-License-Identifier: Apache-2.0
// For sources of this room only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "connector/authenticator/keytab.h"
#include "connector/authenticator/krb5_types.h"
#include "connector/authenticator/negotiate_token.h"

namespace rms::connector {

// One state of the keytab, in the memory of the library: replaced as a whole when the file changes. One thread.
class ServiceKeys {
 public:
  // `service`: use the keys of this principal only; empty: all of them.
  // Errc::invalid_setting: there is no key of `service`. Errc::unsupported: the library wants none of the keys.
  static Result<std::unique_ptr<ServiceKeys>> load(const std::filesystem::path& keytab, const std::string& service);

  gss_cred_id_t credential() const { return credential_.get(); }

  // Why no key opened the ticket, told from what both say in clear.
  Refusal no_key_fits(const NegotiateToken& token) const;

  // How far the caller's clock is ahead of `now`, whatever it is; nullopt if no key opens the ticket.
  std::optional<std::chrono::seconds> skew(const NegotiateToken& token, WallTime now) const;

  const std::vector<ServiceKey>& facts() const { return keys_; }  // without the keys themselves

 private:
  ServiceKeys() = default;

  struct CloseKeytab {
    krb5_context context;
    void operator()(krb5_keytab keytab) const { krb5_kt_close(context, keytab); }
  };

  std::vector<ServiceKey> keys_;
  Krb5Context context_;  // with a configuration of ours, and no limit on clock skew: it decides nothing
  std::unique_ptr<_krb5_kt, CloseKeytab> keytab_;
  GssCredential credential_;
};

// The name of a kind of encryption: "aes256-cts-hmac-sha1-96"; its number if it has none.
std::string enctype_name(std::int32_t enctype);

}  // namespace rms::connector

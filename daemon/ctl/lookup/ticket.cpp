// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/ticket.h"

#include <krb5/krb5.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace rms::ctl {
namespace {

constexpr const char* kGetOne = "get one with: kinit alice@CONTOSO.TEST (an account of the domain; any will do)";

std::string text_of(const krb5_data& data) {
  return {data.data, data.length};
}

// The default cache, with what it is opened in.
class Cache {
 public:
  Cache() = default;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() {
    if (principal_) krb5_free_principal(context_, principal_);
    if (cache_) krb5_cc_close(context_, cache_);
    if (context_) krb5_free_context(context_);
  }

  Result<void> open() {
    if (const auto code = krb5_init_context(&context_)) return Error(Errc::io_error, said_of(code));
    if (const auto code = krb5_cc_default(context_, &cache_)) return Error(Errc::io_error, said_of(code));
    if (const auto code = krb5_cc_get_principal(context_, cache_, &principal_)) {
      if (code == KRB5_FCC_NOFILE || code == KRB5_CC_NOTFOUND)
        return Error(Errc::not_found, std::string("there is no Kerberos ticket; ") + kGetOne);
      return Error(Errc::io_error, said_of(code) + "; " + kGetOne);
    }
    return {};
  }

  Result<OwnTicket> owner() const {
    char* name = nullptr;
    if (const auto code = krb5_unparse_name(context_, principal_, &name)) return Error(Errc::io_error, said_of(code));
    OwnTicket ticket{name, text_of(principal_->realm)};
    krb5_free_unparsed_name(context_, name);
    return ticket;
  }

  // When the last ticket-granting ticket ends; 0 if there is none.
  Result<std::int64_t> end() const {
    krb5_cc_cursor cursor{};
    if (const auto code = krb5_cc_start_seq_get(context_, cache_, &cursor)) return Error(Errc::io_error, said_of(code));
    std::int64_t last = 0;
    krb5_creds credentials{};
    while (krb5_cc_next_cred(context_, cache_, &cursor, &credentials) == 0) {
      const auto* server = credentials.server;
      if (server->length == 2 && text_of(server->data[0]) == KRB5_TGS_NAME)
        last = std::max(last, std::int64_t{static_cast<std::uint32_t>(credentials.times.endtime)});  // good until 2106
      krb5_free_cred_contents(context_, &credentials);
    }
    krb5_cc_end_seq_get(context_, cache_, &cursor);
    return last;
  }

 private:
  std::string said_of(krb5_error_code code) const {
    const char* text = krb5_get_error_message(context_, code);
    std::string said(text);
    krb5_free_error_message(context_, text);
    return said;
  }

  krb5_context context_ = nullptr;
  krb5_ccache cache_ = nullptr;
  krb5_principal principal_ = nullptr;
};

}  // namespace

Result<OwnTicket> own_ticket(WallTime now) {
  Cache cache;
  RMS_CHECK(cache.open());
  RMS_TRY(auto ticket, cache.owner());
  RMS_TRY(const auto end, cache.end());
  if (end == 0)
    return Error(Errc::not_found, "the ticket cache of " + ticket.principal + " cannot get tickets; " + kGetOne);
  const auto over = WallTime(std::chrono::seconds(end));
  if (over <= now)
    return Error(Errc::not_valid_now,
                 fmt::format("the ticket of {} was good until {:%Y-%m-%d %H:%M} UTC; get a new one with: kinit {}",
                             ticket.principal, std::chrono::floor<std::chrono::seconds>(over), ticket.principal));
  return ticket;
}

}  // namespace rms::ctl

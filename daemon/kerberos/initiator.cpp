// SPDX-License-Identifier: Apache-2.0
#include "kerberos/initiator.h"

#include <array>
#include <atomic>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.h"
#include "kerberos/owned.h"

namespace rms::kerberos {
namespace {

// 1.3.6.1.5.5.2
gss_OID_desc spnego{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};

gss_OID kerberos_mechanism() {
  return const_cast<gss_OID>(gss_mech_krb5);
}

std::string words_of(OM_uint32 major, OM_uint32 minor) {
  OM_uint32 ignored = 0, more = 0;
  GssBuffer line;
  if (minor != 0 &&
      gss_display_status(&ignored, minor, GSS_C_MECH_CODE, kerberos_mechanism(), &more, line.out()) == GSS_S_COMPLETE)
    return std::string(text_of(line));
  GssBuffer general;
  more = 0;
  if (gss_display_status(&ignored, major, GSS_C_GSS_CODE, GSS_C_NO_OID, &more, general.out()) != GSS_S_COMPLETE)
    return fmt::format("GSS-API {:#x}", major);
  return std::string(text_of(general));
}

// What krb5 says, and what to do about it.
Error explained(const ClientCredentials& credentials, const std::string& service, OM_uint32 major, OM_uint32 minor) {
  const std::string words = words_of(major, minor);
  const std::string who = credentials.principal.empty() ? "the owner of the cache" : credentials.principal;
  switch (static_cast<krb5_error_code>(minor)) {
    case KRB5_KDC_UNREACH:
    case KRB5_REALM_CANT_RESOLVE:
    case KRB5_REALM_UNKNOWN:
      return {Errc::unavailable,
              words +
                  ": see that the realm's KDC can be reached and found (/etc/krb5.conf, or SRV records "
                  "of its domain)"};
    case KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN:
      return {Errc::denied,
              fmt::format("{}: the realm knows no {}: cloud.proxy.url must name the proxy as its SPN does", words,
                          service)};
    case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
      return {Errc::denied, fmt::format("{}: the realm knows no {}", words, who)};
    case KRB5KDC_ERR_PREAUTH_FAILED:
    case KRB5KRB_AP_ERR_BAD_INTEGRITY:
      return {Errc::denied,
              fmt::format("{}: the key in the keytab is not the one that {} has now: export it again", words, who)};
    case KRB5KDC_ERR_CLIENT_REVOKED:
    case KRB5KDC_ERR_KEY_EXP:
      return {Errc::denied, fmt::format("{}: the account {} or its password is locked or over", words, who)};
    case KRB5KRB_AP_ERR_SKEW:
    case KRB5_KDCREP_SKEW:
      return {Errc::not_valid_now, words + ": the clocks of this machine and the KDC differ"};
    case KRB5KRB_AP_ERR_TKT_EXPIRED:
      return {Errc::not_valid_now, words + ": whoever keeps the credential cache fresh has not"};
    case KRB5_FCC_NOFILE:
    case KRB5_CC_NOTFOUND:
    case KRB5_KT_NOTFOUND:
      return {Errc::not_found, words};
    default:
      if (GSS_ROUTINE_ERROR(major) == GSS_S_CREDENTIALS_EXPIRED)
        return {Errc::not_valid_now, words + ": whoever keeps the credential cache fresh has not"};
      return {GSS_ROUTINE_ERROR(major) == GSS_S_NO_CRED ? Errc::not_found : Errc::unsupported, words};
  }
}

}  // namespace

struct Initiator::Impl {
  explicit Impl(ClientCredentials c) : credentials(std::move(c)) {
    static std::atomic<unsigned> count{0};
    keytab = "FILE:" + credentials.keytab.string();
    // MEMORY caches are the process's own; each of us has another.
    cache = credentials.keytab.empty() ? "FILE:" + credentials.cache.string()
                                       : fmt::format("MEMORY:rms-client-{}", count.fetch_add(1));
  }

  Result<GssCredential> credential(gss_OID mechanism, const std::string& service) const {
    std::vector<gss_key_value_element_desc> places{{"ccache", cache.c_str()}};
    if (!credentials.keytab.empty()) places.push_back({"client_keytab", keytab.c_str()});
    const gss_key_value_set_desc store{static_cast<OM_uint32>(places.size()), places.data()};
    OM_uint32 minor = 0;
    GssName own;
    if (!credentials.principal.empty()) {
      gss_buffer_desc text = buffer_of(credentials.principal);
      const OM_uint32 major = gss_import_name(&minor, &text, GSS_KRB5_NT_PRINCIPAL_NAME, own.out());
      if (GSS_ERROR(major)) return explained(credentials, service, major, minor);
    }
    gss_OID_set_desc mechanisms{1, mechanism};
    GssCredential made;
    const OM_uint32 major = gss_acquire_cred_from(&minor, own.get(), GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE,
                                                  &store, made.out(), nullptr, nullptr);
    if (GSS_ERROR(major)) return explained(credentials, service, major, minor);
    return made;
  }

  Result<std::string> step(gss_OID mechanism, const GssName& target, const std::string& service) const {
    RMS_TRY(const GssCredential own, credential(mechanism, service));
    GssContext context;
    GssBuffer token;
    OM_uint32 minor = 0;
    const OM_uint32 major =
        gss_init_sec_context(&minor, own.get(), context.out(), target.get(), mechanism, 0, 0, GSS_C_NO_CHANNEL_BINDINGS,
                             GSS_C_NO_BUFFER, nullptr, token.out(), nullptr, nullptr);
    if (GSS_ERROR(major)) return explained(credentials, service, major, minor);
    return std::string(text_of(token));
  }

  const ClientCredentials credentials;
  std::string keytab, cache;
};

Initiator::Initiator(ClientCredentials credentials) : impl_(std::make_unique<Impl>(std::move(credentials))) {}

Initiator::~Initiator() {
  if (impl_->credentials.keytab.empty()) return;
  krb5_context library = nullptr;
  if (krb5_init_context(&library) != 0) return;
  const Krb5Context owner(library);
  krb5_ccache cache = nullptr;
  if (krb5_cc_resolve(library, impl_->cache.c_str(), &cache) == 0) krb5_cc_destroy(library, cache);
}

Result<std::string> Initiator::token(const std::string& host) {
  const std::string service = "HTTP/" + host;
  const std::string name = "HTTP@" + host;
  gss_buffer_desc text = buffer_of(name);
  GssName target;
  OM_uint32 minor = 0;
  const OM_uint32 major = gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, target.out());
  if (GSS_ERROR(major)) return explained(impl_->credentials, service, major, minor);
  // First as plain Kerberos: it says exactly what is wrong, where SPNEGO says that no mechanism was good. The ticket
  // that it gets is in the cache then, so that SPNEGO asks nobody.
  RMS_CHECK(impl_->step(kerberos_mechanism(), target, service));
  RMS_TRY(const std::string token, impl_->step(&spnego, target, service));
  std::string base64(base64_size(token.size()), ' ');
  write_base64(token, base64.begin());
  return base64;
}

Result<void> check_client_keytab(const std::filesystem::path& keytab, const std::string& principal) {
  krb5_context library = nullptr;
  if (krb5_init_context(&library) != 0)
    return Error(Errc::unsupported, "the Kerberos library cannot start: see /etc/krb5.conf");
  const Krb5Context owner(library);
  const auto said = [&](krb5_error_code code) {
    const char* text = krb5_get_error_message(library, code);
    std::string copy(text);
    krb5_free_error_message(library, text);
    return keytab.string() + ": " + copy;
  };
  Krb5Owned<krb5_principal, krb5_free_principal> wanted(library);
  if (const auto code = krb5_parse_name(library, principal.c_str(), wanted.out()))
    return Error(Errc::malformed, said(code));
  Krb5Owned<krb5_keytab, krb5_kt_close> table(library);
  if (const auto code = krb5_kt_resolve(library, ("FILE:" + keytab.string()).c_str(), table.out()))
    return Error(Errc::malformed, said(code));
  krb5_kt_cursor cursor{};
  if (const auto code = krb5_kt_start_seq_get(library, table.get(), &cursor)) return Error(Errc::malformed, said(code));
  std::set<std::string> others;
  bool found = false;
  krb5_keytab_entry entry{};
  while (krb5_kt_next_entry(library, table.get(), &entry, &cursor) == 0) {
    char* name = nullptr;
    if (krb5_unparse_name(library, entry.principal, &name) == 0) others.insert(name);
    krb5_free_unparsed_name(library, name);
    found = found || krb5_principal_compare(library, entry.principal, wanted.get());
    krb5_free_keytab_entry_contents(library, &entry);
  }
  krb5_kt_end_seq_get(library, table.get(), &cursor);
  if (found) return {};
  return Error(Errc::not_found, fmt::format("{}: has no key of {}, but of {}", keytab.string(), principal,
                                            others.empty() ? "nobody" : fmt::format("{}", fmt::join(others, ", "))));
}

}  // namespace rms::kerberos

// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/service_keys.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <profile.h>

namespace rms::connector {
namespace {

// A configuration that says one thing: any clock will do.
long one_value(void*, const char* const* names, char*** values) {
  const bool asked = names[0] != nullptr && std::strcmp(names[0], "libdefaults") == 0 && names[1] != nullptr &&
                     std::strcmp(names[1], "clockskew") == 0 && names[2] == nullptr;
  if (!asked) return PROF_NO_RELATION;
  *values = new char* [2] { strdup("1000000000"), nullptr };
  return 0;
}

void free_values(void*, char** values) {
  std::free(values[0]);
  delete[] values;
}

Result<Krb5Context> open_context() {
  profile_vtable table{};
  table.minor_ver = 1;
  table.get_values = one_value;
  table.free_values = free_values;
  profile_t profile = nullptr;
  krb5_context context = nullptr;
  krb5_error_code failure = profile_init_vtable(&table, nullptr, &profile);
  if (failure == 0) failure = krb5_init_context_profile(profile, 0, &context);
  profile_release(profile);
  if (failure != 0) return Error(Errc::unsupported, fmt::format("the Kerberos library cannot start: {}", failure));
  return Krb5Context(context);
}

Error failed(krb5_context context, krb5_error_code code, std::string_view what) {
  const char* text = krb5_get_error_message(context, code);
  Error error(Errc::malformed, fmt::format("{}: {}", what, text));
  krb5_free_error_message(context, text);
  return error;
}

Result<void> add(krb5_context context, krb5_keytab keytab, const ServiceKey& key) {
  Krb5Owned<krb5_principal, krb5_free_principal> principal(context);
  krb5_error_code failure = krb5_parse_name(context, key.principal.c_str(), principal.out());
  if (failure != 0) return failed(context, failure, key.principal);
  krb5_keytab_entry entry{};
  entry.principal = principal.get();
  entry.vno = key.kvno;
  entry.key.enctype = key.enctype;
  entry.key.length = static_cast<unsigned>(key.key.size());
  entry.key.contents = const_cast<krb5_octet*>(key.key.bytes().data());
  failure = krb5_kt_add_entry(context, keytab, &entry);
  if (failure != 0) return failed(context, failure, key.principal);
  return {};
}

std::string_view part(std::string_view text, char separator) {
  return text.substr(0, text.find(separator));
}

std::string realm_of(const std::string& principal) {
  return principal.substr(principal.rfind('@') + 1);
}

// Texts in a set, for a message: "HTTP/a@R, HTTP/b@R".
template <class Range, class Project>
std::string listed(const Range& range, Project project) {
  std::set<std::string> texts;
  for (const auto& each : range) texts.insert(project(each));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string enctype_name(std::int32_t enctype) {
  std::array<char, 64> name{};
  if (krb5_enctype_to_name(enctype, 0, name.data(), name.size()) != 0)
    return fmt::format("encryption type {}", enctype);
  return name.data();
}

Result<std::unique_ptr<ServiceKeys>> ServiceKeys::load(const std::filesystem::path& file, const std::string& service) {
  std::unique_ptr<ServiceKeys> owner(new ServiceKeys);
  ServiceKeys& made = *owner;
  RMS_TRY(made.keys_, read_keytab(file));
  if (!service.empty()) {
    const std::string all = listed(made.keys_, [](const ServiceKey& key) { return key.principal; });
    std::erase_if(made.keys_, [&](const ServiceKey& key) { return key.principal != service; });
    if (made.keys_.empty())
      return Error(Errc::invalid_setting,
                   fmt::format("authentication.kerberos.service: {} has no key of {}; it has keys of {}", file.string(),
                               service, all));
  }
  RMS_TRY(made.context_, open_context());
  krb5_context context = made.context_.get();

  // The library's keytabs in memory are found by name, by anyone in this process: each has its own.
  static std::atomic<unsigned> count = 0;
  const std::string name = fmt::format("MEMORY:rms-connector-{}", ++count);
  krb5_keytab keytab = nullptr;
  if (const auto failure = krb5_kt_resolve(context, name.c_str(), &keytab); failure != 0)
    return failed(context, failure, file.string());
  made.keytab_ = {keytab, CloseKeytab{context}};
  for (ServiceKey& key : made.keys_) {
    if (auto added = add(context, keytab, key); !added) return std::move(added).error().in(file.string());
    key.key = Secret();
  }

  std::array<gss_key_value_element_desc, 2> places{{{"keytab", name.c_str()}, {"rcache", "none:"}}};
  const gss_key_value_set_desc store{places.size(), places.data()};
  gss_OID_set_desc kerberos_only{1, const_cast<gss_OID>(gss_mech_krb5)};
  OM_uint32 minor = 0;
  const OM_uint32 major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &kerberos_only, GSS_C_ACCEPT,
                                                &store, made.credential_.out(), nullptr, nullptr);
  if (GSS_ERROR(major)) return failed(context, static_cast<krb5_error_code>(minor), file.string());
  return owner;
}

Refusal ServiceKeys::no_key_fits(const NegotiateToken& token) const {
  const auto named = [&](const ServiceKey& key) { return key.principal == token.service; };
  const auto same_version = [&](const ServiceKey& key) {
    return named(key) && (!token.kvno || key.kvno == static_cast<std::uint32_t>(*token.kvno));
  };
  const auto fits = [&](const ServiceKey& key) { return same_version(key) && key.enctype == token.enctype; };
  const std::string asked = fmt::format("the ticket is for {}", token.service);

  if (std::ranges::none_of(keys_, named)) {
    const bool same_kind = std::ranges::any_of(keys_, [&](const ServiceKey& key) {
      return part(key.principal, '/') == part(token.service, '/') && realm_of(key.principal) == realm_of(token.service);
    });
    return {same_kind ? refusals::kWrongSpn : refusals::kNotForUs,
            fmt::format("{}; the keytab has keys of {}", asked,
                        listed(keys_, [](const ServiceKey& key) { return key.principal; }))};
  }
  if (std::ranges::none_of(keys_, same_version)) {
    return {refusals::kNoKeyForKvno,
            fmt::format("{}, key version {}; the keytab has versions {}", asked, *token.kvno,
                        listed(keys_, [](const ServiceKey& key) { return std::to_string(key.kvno); }))};
  }
  if (std::ranges::none_of(keys_, fits))
    return {refusals::kUnsupportedEnctype,
            fmt::format("{}, encrypted with {}; the keytab has {}", asked, enctype_name(token.enctype),
                        listed(keys_, [](const ServiceKey& key) { return enctype_name(key.enctype); }))};
  return {refusals::kNotForUs,
          fmt::format("{}, and the keytab's key of that name, version and kind does not open it: the SPN belongs to "
                      "another account, or the account's password is not the one that the keytab was made with",
                      asked)};
}

std::optional<std::chrono::seconds> ServiceKeys::skew(const NegotiateToken& token, WallTime now) const {
  krb5_context context = context_.get();
  Krb5Owned<krb5_auth_context, krb5_auth_con_free> exchange(context);
  if (krb5_auth_con_init(context, exchange.out()) != 0) return std::nullopt;
  krb5_auth_con_setflags(context, exchange.get(), 0);  // no replay cache
  const krb5_data request{0, static_cast<unsigned>(token.request.size()), const_cast<char*>(token.request.data())};
  krb5_flags options = 0;
  if (krb5_rd_req(context, exchange.out(), &request, nullptr, keytab_.get(), &options, nullptr) != 0)
    return std::nullopt;
  Krb5Owned<krb5_authenticator*, krb5_free_authenticator> said(context);
  if (krb5_auth_con_getauthenticator(context, exchange.get(), said.out()) != 0) return std::nullopt;
  // 32 bits, unsigned since 1.16: to the year 2106.
  return std::chrono::seconds(static_cast<std::uint32_t>(said.get()->ctime)) -
         std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
}

}  // namespace rms::connector

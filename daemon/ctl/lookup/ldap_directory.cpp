// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/ldap_directory.h"

#include <ldap.h>
#include <sasl/sasl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "ctl/lookup/ldap_failure.h"

namespace rms::ctl {
namespace {

constexpr std::size_t kMostControllers = 4;
constexpr ber_len_t kMostBytesOfOneMessage = 4 * 1024 * 1024;
constexpr std::size_t kMostAttributes = 100;
constexpr std::size_t kMostValues = 1000;
// Of DES, the weakest that GSS-API has: that is, encrypted at all. Kerberos gives 256 (AES).
constexpr ber_len_t kLeastStrength = 56;
constexpr const char* kEncryptedBySasl = "noanonymous,noplain,minssf=56";
// Within TLS Active Directory allows no second layer.
constexpr const char* kEncryptedByTls = "noanonymous,noplain,maxssf=0";

struct Unbind {
  void operator()(LDAP* ldap) const { ldap_unbind_ext_s(ldap, nullptr, nullptr); }
};
using Session = std::unique_ptr<LDAP, Unbind>;

struct FreeMessage {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;

std::string diagnostic(LDAP* ldap) {
  char* text = nullptr;
  ldap_get_option(ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
  std::string said = text ? text : "";
  ldap_memfree(text);
  return said;
}

timeval timeval_of(std::chrono::seconds seconds) {
  return {static_cast<time_t>(seconds.count()), 0};
}

// GSSAPI asks for names that the ticket answers; none is given.
int answer_nothing(LDAP*, unsigned, void*, void* interact) {
  for (auto* question = static_cast<sasl_interact_t*>(interact); question->id != SASL_CB_LIST_END; ++question) {
    question->result = "";
    question->len = 0;
  }
  return LDAP_SUCCESS;
}

class LdapDirectory final : public Directory {
 public:
  LdapDirectory(Session session, const LdapSettings& settings) : session_(std::move(session)), settings_(settings) {}

  Result<DirectoryAnswer> search(const DirectorySearch& what) override;
  std::string where() const override { return settings_.server; }

 private:
  Error failure(int code) const { return search_failure(code, diagnostic(session_.get()), settings_.server); }
  Result<Message> next(int id);
  // The code of the whole search.
  Result<int> outcome(LDAPMessage* message) const;
  Result<DirectoryEntry> read_entry(LDAPMessage* message) const;

  Session session_;
  const LdapSettings settings_;
};

Result<Message> LdapDirectory::next(int id) {
  timeval wait = timeval_of(settings_.timeout);
  LDAPMessage* raw = nullptr;
  const int kind = ldap_result(session_.get(), id, LDAP_MSG_ONE, &wait, &raw);
  Message message(raw);
  if (kind == 0) return failure(LDAP_TIMEOUT);
  if (kind > 0) return message;
  int code = LDAP_OTHER;
  ldap_get_option(session_.get(), LDAP_OPT_RESULT_CODE, &code);
  return failure(code);
}

Result<int> LdapDirectory::outcome(LDAPMessage* message) const {
  int code = LDAP_OTHER;
  if (const int parsed = ldap_parse_result(session_.get(), message, &code, nullptr, nullptr, nullptr, nullptr, 0);
      parsed != LDAP_SUCCESS)
    return failure(parsed);
  return code;
}

Result<DirectoryEntry> LdapDirectory::read_entry(LDAPMessage* message) const {
  LDAP* ldap = session_.get();
  DirectoryEntry entry;
  char* const dn = ldap_get_dn(ldap, message);
  if (!dn) return failure(LDAP_DECODING_ERROR);
  entry.dn = dn;
  ldap_memfree(dn);
  BerElement* position = nullptr;
  for (char* name = ldap_first_attribute(ldap, message, &position); name != nullptr;
       name = ldap_next_attribute(ldap, message, position)) {
    auto& values = entry.attributes[to_lower(std::string_view(name))];
    if (berval** const raw = ldap_get_values_len(ldap, message, name); raw != nullptr) {
      for (std::size_t i = 0; raw[i] != nullptr && values.size() < kMostValues; ++i)
        values.emplace_back(raw[i]->bv_val, raw[i]->bv_len);
      ldap_value_free_len(raw);
    }
    ldap_memfree(name);
    if (entry.attributes.size() == kMostAttributes) break;
  }
  ber_free(position, 0);
  return entry;
}

Result<DirectoryAnswer> LdapDirectory::search(const DirectorySearch& what) {
  std::vector<std::string> names = what.attributes;
  std::vector<char*> attributes;
  for (std::string& name : names) attributes.push_back(name.data());
  attributes.push_back(nullptr);
  timeval limit = timeval_of(settings_.timeout);
  int id = 0;
  const int sent = ldap_search_ext(session_.get(), what.base.c_str(),
                                   what.scope == DirectorySearch::Scope::entry ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
                                   what.filter.c_str(), attributes.data(), 0, nullptr, nullptr, &limit,
                                   static_cast<int>(what.most), &id);
  if (sent != LDAP_SUCCESS) return failure(sent);

  DirectoryAnswer answer;
  for (;;) {
    RMS_TRY(const Message message, next(id));
    const int kind = ldap_msgtype(message.get());
    if (kind == LDAP_RES_SEARCH_REFERENCE) continue;  // Another domain's: not followed.
    if (kind == LDAP_RES_SEARCH_ENTRY) {
      if (answer.entries.size() == what.most) {  // It was told so, and goes on.
        ldap_abandon_ext(session_.get(), id, nullptr, nullptr);
        answer.cut_off = true;
        return answer;
      }
      RMS_TRY(auto entry, read_entry(message.get()));
      answer.entries.push_back(std::move(entry));
      continue;
    }
    RMS_TRY(const int code, outcome(message.get()));
    answer.cut_off = code == LDAP_SIZELIMIT_EXCEEDED;
    if (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT || answer.cut_off) return answer;
    return failure(code);
  }
}

// Everything that the environment or a file could say is said here.
bool set_options(LDAP* ldap, const LdapSettings& settings) {
  const int version = LDAP_VERSION3, require = LDAP_OPT_X_TLS_DEMAND, deref = LDAP_DEREF_NEVER,
            tls = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT, client = 0;
  const timeval wait = timeval_of(settings.timeout);
  const bool encrypted = settings.server.starts_with("ldaps://");
  const auto set = [&](int option, const void* value) {
    return ldap_set_option(ldap, option, value) == LDAP_OPT_SUCCESS;
  };
  bool done = set(LDAP_OPT_PROTOCOL_VERSION, &version) && set(LDAP_OPT_REFERRALS, LDAP_OPT_OFF) &&
              set(LDAP_OPT_DEREF, &deref) && set(LDAP_OPT_NETWORK_TIMEOUT, &wait) && set(LDAP_OPT_TIMEOUT, &wait) &&
              // The name that was given is the name of whom we ask for a ticket, whatever DNS says of its address.
              set(LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) &&
              set(LDAP_OPT_X_SASL_SECPROPS, encrypted ? kEncryptedByTls : kEncryptedBySasl);
  if (encrypted)
    done = done && set(LDAP_OPT_X_TLS_REQUIRE_CERT, &require) && set(LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls) &&
           set(LDAP_OPT_X_TLS_CACERTFILE, settings.ca.c_str()) && set(LDAP_OPT_X_SASL_CBINDING, &binding) &&
           set(LDAP_OPT_X_TLS_NEWCTX, &client);
  return done;
}

Result<void> limit_messages(LDAP* ldap, const std::string& server) {
  Sockbuf* socket = nullptr;
  ber_len_t most = kMostBytesOfOneMessage;
  if (ldap_get_option(ldap, LDAP_OPT_SOCKBUF, &socket) != LDAP_OPT_SUCCESS || socket == nullptr ||
      ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &most) < 0)
    return Error(Errc::unsupported, server + ": this libldap cannot limit what it reads");
  return {};
}

}  // namespace

Result<void> check_server(std::string_view server) {
  const auto scheme = server.starts_with("ldap://")    ? std::string_view("ldap://")
                      : server.starts_with("ldaps://") ? std::string_view("ldaps://")
                                                       : std::string_view();
  const auto name = server.substr(scheme.size());
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
           std::string_view(".-:[]").find(c) != std::string_view::npos;
  });
  if (scheme.empty() || name.empty() || !plain)
    return Error(Errc::invalid_setting,
                 "expected ldap://NAME or ldaps://NAME of a domain controller, as "
                 "ldap://dc1.contoso.test");
  return {};
}

Result<std::unique_ptr<Directory>> connect_directory(const LdapSettings& settings) {
  RMS_CHECK(check_server(settings.server));
  ::setenv("LDAPNOINIT", "1", 1);  // No ldap.conf, no .ldaprc, no LDAPTLS_REQCERT.
  if (!settings.ca.empty() && !std::ifstream(settings.ca))
    return Error(Errc::io_error, settings.ca.string() + ": cannot be read");
  LDAP* raw = nullptr;
  if (const int code = ldap_initialize(&raw, settings.server.c_str()); code != LDAP_SUCCESS)
    return connect_failure(code, {}, settings.server);
  Session session(raw);
  if (!set_options(raw, settings))
    return Error(Errc::unsupported, settings.server + ": this libldap cannot do what is needed; is " +
                                        settings.ca.string() + " a file with certificates?");
  if (const int code = ldap_connect(raw); code != LDAP_SUCCESS)
    return connect_failure(code, diagnostic(raw), settings.server);
  RMS_CHECK(limit_messages(raw, settings.server));
  const int bound =
      ldap_sasl_interactive_bind_s(raw, nullptr, "GSSAPI", nullptr, nullptr, LDAP_SASL_QUIET, &answer_nothing, nullptr);
  if (bound != LDAP_SUCCESS) return bind_failure(bound, diagnostic(raw), settings.server);
  ber_len_t strength = 0;
  ldap_get_option(raw, LDAP_OPT_X_SASL_SSF, &strength);
  if (strength < kLeastStrength && !settings.server.starts_with("ldaps://"))
    return Error(Errc::untrusted, settings.server + ": the session is not encrypted");
  return std::unique_ptr<Directory>(std::make_unique<LdapDirectory>(std::move(session), settings));
}

Result<std::vector<std::string>> find_controllers(const std::string& domain) {
  char* list = nullptr;
  const int code = ldap_domain2hostlist(domain.c_str(), &list);
  const std::string hosts = list ? list : "";
  ldap_memfree(list);
  std::vector<std::string> servers;
  for (std::string_view rest = hosts; !rest.empty() && servers.size() < kMostControllers;) {
    const auto end = std::min(rest.find(' '), rest.size());
    if (auto server = "ldap://" + std::string(rest.substr(0, end)); check_server(server))
      servers.push_back(std::move(server));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (code != LDAP_SUCCESS || servers.empty())
    return Error(Errc::not_found, "DNS names no controller of " + domain + " (_ldap._tcp." + domain +
                                      "); name one with --server ldap://dc1." + domain);
  return servers;
}

}  // namespace rms::ctl

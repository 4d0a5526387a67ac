// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/name.h"

#include <initializer_list>

#include <fmt/format.h>

#include "base/sid.h"
#include "base/text.h"
#include "base/utf8.h"

namespace rms::ctl {
namespace {

constexpr std::size_t kMaxNameBytes = 1024;

bool is_name_of(std::string_view written, const DomainNames& domain) {
  return equal_without_case(written, domain.dns) || equal_without_case(written, domain.netbios);
}

std::string any_of(std::initializer_list<std::string> filters) {
  std::string any;
  for (const std::string& each : filters) any += each;
  // All that has a SID: accounts and groups, but no contacts.
  return "(&(objectSid=*)(|" + any + "))";
}

std::string is(std::string_view attribute, std::string_view value) {
  return fmt::format("({}={})", attribute, escape_filter(value));
}

}  // namespace

Result<SearchedName> parse_name(std::string_view written) {
  using Form = SearchedName::Form;
  const auto wrong = [&](std::string_view what) {
    return Error(Errc::invalid_setting, fmt::format("'{}': {}", printable_utf8(written.substr(0, 100)), what));
  };
  if (trimmed(written, " \t").empty()) return wrong("a name is missing");
  if (written.size() > kMaxNameBytes) return wrong("too long for a name");
  if (sid_bytes(written)) return SearchedName{Form::sid, std::string(written), std::string(written), {}};
  if (const auto slash = written.find('\\'); slash != std::string_view::npos) {
    const auto domain = written.substr(0, slash), account = written.substr(slash + 1);
    if (domain.empty() || account.empty()) return wrong("expected DOMAIN\\NAME");
    return SearchedName{Form::down_level, std::string(written), std::string(account), std::string(domain)};
  }
  // The last one: a user principal name may have more.
  if (const auto at = written.rfind('@'); at != std::string_view::npos) {
    const auto account = written.substr(0, at), domain = written.substr(at + 1);
    if (domain.empty() || account.empty()) return wrong("expected NAME@REALM, or a mail address");
    return SearchedName{Form::principal, std::string(written), std::string(account), std::string(domain)};
  }
  return SearchedName{Form::plain, std::string(written), std::string(written), {}};
}

bool names_another_domain(const SearchedName& name, const DomainNames& domain) {
  return !name.domain.empty() && !is_name_of(name.domain, domain);
}

std::string escape_filter(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7f && std::string_view("*()\\").find(c) == std::string_view::npos;
    if (plain)
      escaped += c;
    else
      escaped += fmt::format("\\{:02x}", byte);
  }
  return escaped;
}

std::string filter_of(const SearchedName& name, const DomainNames& domain) {
  using Form = SearchedName::Form;
  const std::string& account = name.account;
  switch (name.form) {
    case Form::sid:
      return is("objectSid", sid_bytes(name.written).value_or(name.written));
    case Form::principal:
      if (names_another_domain(name, domain))
        return any_of({is("userPrincipalName", name.written), is("mail", name.written)});
      return any_of({is("userPrincipalName", name.written), is("mail", name.written), is("sAMAccountName", account)});
    case Form::down_level:
    case Form::plain:
      break;
  }
  if (account.ends_with('$')) return any_of({is("sAMAccountName", account)});
  if (name.form == Form::down_level)
    return any_of({is("sAMAccountName", account), is("sAMAccountName", account + "$")});
  return any_of({is("sAMAccountName", account), is("sAMAccountName", account + "$"), is("cn", account)});
}

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
//
// The names that administrators know accounts and groups by, and the LDAP filters that find them. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace rms::ctl {

// A domain under all of its names, as its controller says them.
struct DomainNames {
  std::string dns;      // "contoso.test"
  std::string netbios;  // "CONTOSO"
};

// What to look for, and how it was written.
struct SearchedName {
  enum class Form {
    plain,       // EXCH01, EXCH01$, Exchange Servers
    down_level,  // CONTOSO\EXCH01$
    principal,   // EXCH01$@CONTOSO.TEST, or somebody's mail address
    sid,         // S-1-5-21-...
  };
  Form form = Form::plain;
  std::string written;  // all of it
  std::string account;  // without the domain
  std::string domain;   // as written; empty in a plain name and a SID
};

// Errc::invalid_setting: nothing, too long for any name (1024 bytes), or a part of it is missing.
Result<SearchedName> parse_name(std::string_view written);

// Whether the name says that it belongs to another domain than this one. An address may still be found here: people's
// mail addresses and user principal names follow no domain.
bool names_another_domain(const SearchedName& name, const DomainNames& domain);

// `value` as a filter may hold it (RFC 4515): it means itself, whatever is in it.
std::string escape_filter(std::string_view value);

// What finds accounts and groups of that name: "(&(objectSid=*)(|(sAMAccountName=EXCH01$)...))".
std::string filter_of(const SearchedName& name, const DomainNames& domain);

}  // namespace rms::ctl

// SPDX-License-Identifier: Apache-2.0
#include "cloud/directory/account.h"

#include <algorithm>
#include <string>

#include "base/guid.h"

namespace rms::cloud {
namespace {

constexpr std::size_t kMaxAddressBytes = 320;  // RFC 3696: 64 + 1 + 255
constexpr std::size_t kMaxSidBytes = 184;      // 15 sub-authorities

constexpr std::string_view kNoAddress = "Microsoft.DigitalRightsManagement.Utilities.ADEntrySearchFailedException";
constexpr std::string_view kBadAddress = "Microsoft.DigitalRightsManagement.Core.VerifyEmailAddressFailedException";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

// Not RFC 5322: one @ with something on both sides, and nothing that a log, a header or XrML would take for its own.
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return text.size() <= kMaxAddressBytes && at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos && std::ranges::none_of(text, [](unsigned char c) {
           return c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c == ',' ||
                  c == ';';
         });
}

bool is_sid(std::string_view text) {
  return text.size() <= kMaxSidBytes && text.starts_with("S-1-") && text.back() != '-' &&
         text.find("--") == std::string_view::npos &&
         std::ranges::all_of(text.substr(2), [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

bool same_address(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, {}, [](char c) { return lower(c); }, [](char c) { return lower(c); });
}

bool has_address(const xrml::Account& account, std::string_view address) {
  if (address.empty()) return false;
  return same_address(account.mail, address) ||
         std::ranges::any_of(account.aliases, [&](const auto& alias) { return same_address(alias, address); });
}

Outcome<xrml::Account> account_of_caller(std::string_view tenant_guid, const Caller& caller) {
  if (caller.mail.empty()) return soap::Fault{std::string(kNoAddress), "The calling account has no e-mail address."};
  if (!is_address(caller.mail))
    return soap::Fault{std::string(kBadAddress), "The calling account's e-mail address is not valid."};
  if (!caller.sid.empty() && !is_sid(caller.sid))
    return soap::Fault{std::string(soap::exceptions::kUnauthorizedAccess), "The calling account's SID is not valid."};
  xrml::Account account;
  account.mail = caller.mail;
  account.sid = caller.sid;
  if (caller.sid.empty()) account.guid = named_guid(tenant_guid, lower(caller.mail));
  return account;
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace rms::connector {

enum class ProxyAuthentication { none, basic, negotiate };

// One entry of no_proxy: a name, every name below one, or addresses.
class NoProxyRule {
 public:
  // "rights.contoso.com", ".contoso.com" (every name below it, not itself), "192.0.2.7", "10.0.0.0/8", "2001:db8::/32";
  // nullopt if it is none of these.
  static std::optional<NoProxyRule> parse(std::string_view text);
  // `host` is a name or an address without brackets. A name is never looked up to see whether its address is meant:
  // behind a proxy names often have none.
  bool covers(std::string_view host) const;
  // As parse() takes it; a network always with its bits.
  std::string text() const;

  friend bool operator==(const NoProxyRule&, const NoProxyRule&) = default;

 private:
  enum class Kind { name, below, network };
  Kind kind_ = Kind::name;
  std::string text_;  // lower case; of a network its address
  unsigned prefix_bits_ = 0;
};

struct ProxySettings {                                             // cloud.proxy:
  std::string host;                                                // url: http://host:port
  std::uint16_t port = 0;                                          //
  ProxyAuthentication authentication = ProxyAuthentication::none;  // authentication: none, basic or negotiate
  std::string user;                                                // user: with basic
  std::filesystem::path password;          // password: a secret file; read again when it changes
  std::string principal;                   // principal: with negotiate: whose ticket; required with keytab
  std::filesystem::path keytab;            // keytab: a secret file; the principal's keys
  std::filesystem::path credential_cache;  // credential_cache: instead of keytab: a secret file that others keep fresh
  std::vector<NoProxyRule> no_proxy;       // no_proxy: what is reached without the proxy

  friend bool operator==(const ProxySettings&, const ProxySettings&) = default;
};

// Whether `host` is reached through the proxy.
bool goes_through(const ProxySettings& proxy, std::string_view host);

// The password that a file holds: its one line, without the end of it. Errc::malformed if that is empty, more than one
// line, or has control characters; otherwise as read_secret_file().
Result<Secret> read_password(const std::filesystem::path& file);

}  // namespace rms::connector

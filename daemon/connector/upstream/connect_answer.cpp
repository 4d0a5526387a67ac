// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/connect_answer.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace rms::connector {
namespace {

constexpr std::size_t kMostSchemes = 10, kMostSchemeBytes = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_scheme(std::string_view word) {
  return !word.empty() && word.size() <= kMostSchemeBytes && std::ranges::all_of(word, [](char c) {
    return is_digit(c) || c == '-' || c == '_' || c == '.' || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
  });
}

// A field may offer several, with parameters: `Negotiate, Basic realm="a, b"`. What stands first between two commas and
// is followed by a blank or by nothing is a scheme; `realm="x"` is a parameter of the one before.
void add_schemes(std::string_view value, std::vector<std::string>& schemes) {
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size() && value[i] == '\\' && quoted) {
      ++i;
      continue;
    }
    if (i < value.size() && value[i] == '"') quoted = !quoted;
    if (i < value.size() && (quoted || value[i] != ',')) continue;
    const std::string_view part = trimmed(value.substr(std::min(start, value.size()), i - start), " \t");
    start = i + 1;
    const std::string_view word = part.substr(0, part.find_first_of(" \t"));
    const bool known = std::ranges::any_of(schemes, [&](const auto& one) { return equal_without_case(one, word); });
    if (is_scheme(word) && !known && schemes.size() < kMostSchemes) schemes.emplace_back(word);
  }
}

bool offers(const ConnectAnswer& answer, std::string_view scheme) {
  return std::ranges::any_of(answer.schemes, [&](const auto& one) { return equal_without_case(one, scheme); });
}

std::string_view advice(const ConnectAnswer& answer) {
  if (offers(answer, "Negotiate"))
    return offers(answer, "Basic") ? "set cloud.proxy.authentication to negotiate or basic"
                                   : "set cloud.proxy.authentication to negotiate";
  if (offers(answer, "Basic")) return "set cloud.proxy.authentication to basic";
  if (offers(answer, "NTLM"))
    return "NTLM is not supported: ask for Negotiate with Kerberos, for Basic, or for an exception for this machine";
  return "none of them is supported: basic and negotiate are";
}

std::string explain_407(const ConnectAnswer& answer, const ProxySettings& proxy, const std::string& where) {
  const std::string offered = answer.schemes.empty() ? "nothing" : fmt::format("{}", fmt::join(answer.schemes, ", "));
  switch (proxy.authentication) {
    case ProxyAuthentication::none:
      return fmt::format("the proxy {} wants to know who we are (407) and offers {}: {}", where, offered,
                         answer.schemes.empty() ? "ask who runs it" : advice(answer));
    case ProxyAuthentication::basic:
      if (answer.schemes.empty() || offers(answer, "Basic"))
        return fmt::format("the proxy {} refused the user {} with the password in {} (407)", where, proxy.user,
                           proxy.password.string());
      break;
    case ProxyAuthentication::negotiate:
      if (answer.schemes.empty() || offers(answer, "Negotiate"))
        return fmt::format(
            "the proxy {} refused the Kerberos ticket of {} (407): it may not let this account out, its clock "
            "may differ, or its keytab is not that of HTTP/{}",
            where, proxy.principal.empty() ? "the credential cache" : proxy.principal, proxy.host);
      break;
  }
  return fmt::format("the proxy {} does not take cloud.proxy.authentication: {} (407) but offers {}: {}", where,
                     proxy.authentication == ProxyAuthentication::basic ? "basic" : "negotiate", offered,
                     advice(answer));
}

}  // namespace

std::optional<ConnectAnswer> parse_connect_answer(std::string_view head) {
  ConnectAnswer answer;
  const auto take_line = [&] {
    const std::size_t end = head.find('\n');
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end == head.npos ? head.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  };
  const std::string_view line = take_line();
  // HTTP/1.x SP 3DIGIT, then SP and words, or nothing (RFC 9112 4).
  constexpr std::string_view kVersion = "HTTP/1.";
  if (!line.starts_with(kVersion) || line.size() < 12 || !is_digit(line[7]) || line[8] != ' ') return std::nullopt;
  if (!is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11])) return std::nullopt;
  if (line.size() > 12 && line[12] != ' ') return std::nullopt;
  answer.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  if (answer.status < 100 || answer.status > 599) return std::nullopt;
  answer.status_line = shown_start(line);
  while (!head.empty()) {
    const std::string_view field = take_line();
    const std::size_t colon = field.find(':');
    if (colon != field.npos && equal_without_case(field.substr(0, colon), "Proxy-Authenticate"))
      add_schemes(field.substr(colon + 1), answer.schemes);
  }
  return answer;
}

ProxyFailure explain(const ConnectAnswer& answer, const ProxySettings& proxy, const HostPort& target) {
  const std::string where = host_and_port(proxy.host, proxy.port), there = host_and_port(target.host, target.port);
  switch (answer.status) {
    case 407:
      return {ProxyOutcome::authentication, explain_407(answer, proxy, where)};
    case 401:
    case 403:
      return {ProxyOutcome::refused, fmt::format("the proxy {} does not let us connect to {}: {}: its rules must allow "
                                                 "CONNECT to it",
                                                 where, there, answer.status_line)};
    case 502:
    case 503:
    case 504:
      return {ProxyOutcome::cloud_away,
              fmt::format("the proxy {} could not reach {}: {}", where, there, answer.status_line)};
    default:
      return {ProxyOutcome::refused,
              fmt::format("the proxy {} refused to connect to {}: {}{}", where, there, answer.status_line,
                          answer.status == 400 || answer.status == 405 || answer.status == 501
                              ? ": it may be no proxy for CONNECT"
                              : "")};
  }
}

Secret connect_request(const HostPort& target, const Secret& authorization) {
  const std::string there = host_and_port(target.host, target.port);
  const std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: rms-connectord\r\n", there);
  constexpr std::string_view kField = "Proxy-Authorization: ", kEnd = "\r\n";
  const bool known = !authorization.empty();
  Secret request(head.size() + (known ? kField.size() + authorization.size() + kEnd.size() : 0) + kEnd.size());
  auto to = request.bytes().begin();
  to = std::ranges::copy(head, to).out;
  if (known) {
    to = std::ranges::copy(kField, to).out;
    to = std::ranges::copy(authorization.bytes(), to).out;
    to = std::ranges::copy(kEnd, to).out;
  }
  std::ranges::copy(kEnd, to);
  return request;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != host.npos;
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string shown_start(std::string_view bytes) {
  constexpr std::size_t kMost = 80;
  std::string shown(bytes.substr(0, kMost));
  for (char& c : shown)
    if (c < 0x20 || c > 0x7e) c = '?';
  return shown;
}

}  // namespace rms::connector

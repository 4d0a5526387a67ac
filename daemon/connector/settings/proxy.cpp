// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/proxy.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "connector/settings/names.h"
#include "connector/settings/sections.h"
#include "net/key_pin.h"
#include "yaml/values.h"

namespace rms::connector {
namespace {

namespace ip = boost::asio::ip;
constexpr std::size_t kMostCacheBytes = std::size_t{1024} * 1024;
using yaml::optional;
using yaml::required;

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code no_address;
  const ip::address address = ip::make_address(std::string(text), no_address);
  if (no_address) return std::nullopt;
  return address;
}

// The bytes of an address, most significant first.
std::vector<std::uint8_t> bytes_of(const ip::address& address) {
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = address.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

bool same_network(const ip::address& one, const ip::address& other, unsigned prefix_bits) {
  const auto first = bytes_of(one), second = bytes_of(other);
  if (first.size() != second.size()) return false;
  for (unsigned bit = 0; bit < prefix_bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((first[bit / 8] & mask) != (second[bit / 8] & mask)) return false;
  }
  return true;
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

constexpr std::string_view kUrlForm = "must be http://host:port, as http://proxy.contoso.com:3128";

// What is wrong with the URL; empty if nothing is. It may hold a secret, so it is never shown.
std::string problem_of_url(std::string_view url, ProxySettings& to) {
  if (url.find('@') != url.npos)
    return "must not have a user or a password in it: the user belongs in cloud.proxy.user, the password into a file "
           "that cloud.proxy.password names";
  if (to_lower(url).starts_with("https://"))
    return std::string(kUrlForm) +
           ": a proxy that wants TLS on its own port is not supported (TLS to the rights service "
           "goes through the proxy anyway)";
  constexpr std::string_view kScheme = "http://";
  if (!to_lower(url).starts_with(kScheme)) return std::string(kUrlForm);
  std::string_view rest = url.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto endpoint = yaml::parse_endpoint(rest);
  if (!endpoint || endpoint->port == 0) return std::string(kUrlForm);
  to.host = endpoint->host;
  to.port = endpoint->port;
  return {};
}

bool is_principal(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != text.npos && at > 0 && is_dns_name(text.substr(at + 1)) &&
         text.find_first_of(" \t\\") == std::string_view::npos;
}

// A key that says nothing with this kind of authentication was meant for another.
void only_with(yaml::Map& map, std::string_view key, std::string_view authentication) {
  if (map.has(key)) map.problem(key, "is only for authentication: " + std::string(authentication));
}

void check_basic(yaml::Map& map, const ProxySettings& proxy) {
  if (!map.has("user")) map.problem("authentication", "basic needs cloud.proxy.user");
  if (!map.has("password")) map.problem("authentication", "basic needs cloud.proxy.password, the path of a file");
  if (proxy.user.find(':') != proxy.user.npos || has_control_characters(proxy.user))
    map.problem("user", "must have no colon and no control characters: Basic could not say where the password begins");
}

void check_negotiate(yaml::Map& map, const ProxySettings& proxy) {
  if (address_of(proxy.host))
    map.problem("url",
                "must name the proxy, not its address, with authentication: negotiate: the ticket is for "
                "HTTP/<the name of the proxy>");
  if (map.has("keytab") == map.has("credential_cache"))
    map.problem("authentication", "negotiate needs one of cloud.proxy.keytab and cloud.proxy.credential_cache");
  if (map.has("keytab") && !map.has("principal"))
    map.problem("keytab",
                "needs cloud.proxy.principal: whose keys of the keytab are meant, as "
                "svc-rms@CONTOSO.COM (klist -k FILE shows whose it has)");
}

void read_no_proxy(yaml::Map& map, ProxySettings& to, yaml::File& file) {
  constexpr std::string_view kRight =
      "a name, as rights.contoso.com, every name below one, as .contoso.com, an address, or a network, as 10.0.0.0/8";
  map.texts("no_proxy", optional, kRight, [&](std::string_view text, const yaml::Place& place) {
    if (auto rule = NoProxyRule::parse(text))
      to.no_proxy.push_back(*std::move(rule));
    else
      file.problem(place, "must be " + std::string(kRight) + " (is " + yaml::in_quotes(text) + ")");
  });
}

}  // namespace

std::optional<NoProxyRule> NoProxyRule::parse(std::string_view text) {
  NoProxyRule rule;
  const std::size_t slash = text.find('/');
  const std::string_view front = text.substr(0, slash);
  if (const auto address = address_of(front)) {
    const unsigned most = address->is_v4() ? 32 : 128;
    rule.kind_ = Kind::network;
    rule.text_ = front;
    rule.prefix_bits_ = most;
    if (slash == text.npos) return rule;
    const std::string_view bits = text.substr(slash + 1);
    const auto [end, failure] = std::from_chars(bits.data(), bits.data() + bits.size(), rule.prefix_bits_);
    const bool right = failure == std::errc() && end == bits.data() + bits.size() && rule.prefix_bits_ <= most;
    return right ? std::optional(rule) : std::nullopt;
  }
  rule.kind_ = text.starts_with('.') ? Kind::below : Kind::name;
  rule.text_ = to_lower(text);
  if (!is_dns_name(rule.kind_ == Kind::below ? text.substr(1) : text)) return std::nullopt;
  return rule;
}

std::string NoProxyRule::text() const {
  return kind_ == Kind::network ? text_ + "/" + std::to_string(prefix_bits_) : text_;
}

bool NoProxyRule::covers(std::string_view host) const {
  const auto address = address_of(host);
  if (kind_ == Kind::network) return address && same_network(*address, *address_of(text_), prefix_bits_);
  if (address) return false;
  const std::string name = to_lower(host);
  return kind_ == Kind::name ? name == text_ : name.size() > text_.size() && name.ends_with(text_);
}

bool goes_through(const ProxySettings& proxy, std::string_view host) {
  return std::ranges::none_of(proxy.no_proxy, [&](const NoProxyRule& rule) { return rule.covers(host); });
}

Result<Secret> read_password(const std::filesystem::path& file) {
  constexpr std::size_t kMostBytes = 1024;
  RMS_TRY(const Secret read, read_secret_file(file, kMostBytes));
  std::span<const std::uint8_t> line = read.bytes();
  if (!line.empty() && line.back() == '\n') line = line.first(line.size() - 1);
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  Secret password(line);
  if (password.empty()) return Error(Errc::malformed, file.string() + ": is empty; it must hold the password");
  if (has_control_characters(password.text()))
    return Error(Errc::malformed, file.string() + ": must hold the password in one line and nothing else");
  return password;
}

void read_proxy(yaml::Map& map, ProxySettings& to, yaml::File& file, Places& places) {
  std::string url;
  if (map.text("url", url, required))
    if (const std::string problem = problem_of_url(url, to); !problem.empty()) map.problem("url", problem);
  map.choice("authentication", to.authentication,
             {{"none", ProxyAuthentication::none},
              {"basic", ProxyAuthentication::basic},
              {"negotiate", ProxyAuthentication::negotiate}});
  map.text("user", to.user);
  map.path("password", to.password);
  if (map.text("principal", to.principal) && !is_principal(to.principal))
    map.problem("principal", "must be a principal, as svc-rms@CONTOSO.COM (is " + yaml::in_quotes(to.principal) + ")");
  map.path("keytab", to.keytab);
  map.path("credential_cache", to.credential_cache);
  read_no_proxy(map, to, file);
  places.proxy_password = map.place("password");
  places.proxy_keytab = map.place("keytab");
  places.proxy_cache = map.place("credential_cache");
  if (!map.has("url")) return;

  if (to.authentication == ProxyAuthentication::basic) {
    check_basic(map, to);
  } else {
    only_with(map, "user", "basic");
    only_with(map, "password", "basic");
  }
  if (to.authentication == ProxyAuthentication::negotiate) {
    check_negotiate(map, to);
  } else {
    only_with(map, "principal", "negotiate");
    only_with(map, "keytab", "negotiate");
    only_with(map, "credential_cache", "negotiate");
  }
}

void read_pins(yaml::Map& map, std::vector<std::string>& to, yaml::File& file) {
  constexpr std::string_view kRight = "the SHA-256 of a public key (SubjectPublicKeyInfo), base64 or 64 hex digits";
  const bool listed = map.texts("pins", optional, kRight, [&](std::string_view text, const yaml::Place& place) {
    if (auto pin = net::parse_key_pin(text))
      to.push_back(*std::move(pin));
    else
      file.problem(place, "must be " + std::string(kRight) + " (is " + yaml::in_quotes(text) + ")");
  });
  if (listed && to.empty()) map.problem("pins", "must list at least one key; without it cloud.ca alone decides");
}

void check_proxy_files(const Settings& settings, const Places& places, yaml::File& file) {
  const auto& proxy = settings.cloud.proxy;
  if (!proxy) return;
  if (!proxy->password.empty())
    if (const auto password = read_password(proxy->password); !password)
      file.problem(places.proxy_password, password.error().context);
  if (!proxy->keytab.empty())
    if (const auto keytab = read_secret_file(proxy->keytab); !keytab)
      file.problem(places.proxy_keytab, keytab.error().context);
  if (!proxy->credential_cache.empty())
    if (const auto cache = read_secret_file(proxy->credential_cache, kMostCacheBytes); !cache)
      file.problem(places.proxy_cache, cache.error().context);
}

}  // namespace rms::connector

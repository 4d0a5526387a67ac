// SPDX-License-Identifier: Apache-2.0
//
// What a proxy answers to CONNECT, as a value, and what it means. Pure functions; any thread. For sources of this room
// and its tests.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"

namespace rms::connector {

inline constexpr std::size_t kMostAnswerBytes = 16 * 1024;  // status line and header fields

// Why there is no way through the proxy, in the operator's words.
struct ProxyFailure {
  ProxyOutcome outcome;  // never opened
  std::string text;
};

struct ConnectAnswer {
  int status = 0;                    // 100 .. 599
  std::string status_line;           // printable, cut: "HTTP/1.1 403 Forbidden"
  std::vector<std::string> schemes;  // that it offers (Proxy-Authenticate), as it writes them, each once; ten at most
};

// From the status line to the empty line. nullopt: that is no HTTP/1 answer.
std::optional<ConnectAnswer> parse_connect_answer(std::string_view head);

// Why `answer`, whose status is not 2xx, opened no way to `target`, and what to do about it.
ProxyFailure explain(const ConnectAnswer& answer, const ProxySettings& proxy, const HostPort& target);

// What the proxy gets: "CONNECT host:port HTTP/1.1" and its fields. `authorization` is the value of its field, or
// empty.
Secret connect_request(const HostPort& target, const Secret& authorization);

// "proxy.contoso.com:3128", "[2001:db8::1]:3128".
std::string host_and_port(std::string_view host, std::uint16_t port);

// A beginning of what somebody sent, fit to be shown: 80 printable characters at most.
std::string shown_start(std::string_view bytes);

}  // namespace rms::connector

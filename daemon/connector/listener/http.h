// SPDX-License-Identifier: Apache-2.0
//
// HTTP as the rooms behind the listener see it: plain values, no sockets, nothing of the HTTP library.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "connector/authenticator/kerberos.h"
#include "connector/authorizer/principal.h"

namespace rms::connector {

// What a caller may use of us. Whoever passes a limit gets the status in brackets and loses the connection.
struct HttpLimits {
  std::size_t header_bytes = 64 * 1024;              // [431]
  std::chrono::milliseconds header_timeout{10'000};  // [408] from the first byte of the header to its last
  std::size_t body_bytes = 16 * 1024 * 1024;         // [413]
  std::chrono::milliseconds body_timeout{60'000};    // [408]; also for the answer to be taken away
  std::chrono::milliseconds idle_timeout{120'000};   // between requests, and before the first
  // [503] requests in hand, from the end of the header on; of them, one server may have as many as are left (Admission)
  std::size_t in_flight = 768;
};

// The other end. Lives as long as its connection.
struct Connection {
  std::string peer;                    // "192.0.2.7:50123"
  std::string address;                 // "192.0.2.7"
  std::optional<Principal> principal;  // by its certificate; nullopt: it showed none
  std::string channel_binding{};       // net::server_end_point_binding(); empty without TLS
  bool tls = true;                     // false: plain HTTP
  std::uint64_t judged_by = 0;         // trust_in_force() before its certificate was judged
  bool local = false;                  // came by a Unix socket, so the system has said that it may be here
};

// One request. Of the head only what somebody here wants to know; a header that claims an identity is not among it.
// Texts are the caller's: bounded by header_bytes, otherwise hostile.
struct HttpRequest {
  const Connection* connection = nullptr;  // not null
  std::string method;                      // "POST"
  std::string path;                        // without the query, not decoded; never empty
  std::string query;                       // what stands behind the first '?', as sent
  std::string authority;                   // "host[:port]" that the caller says we are; empty unless it can be one
  std::string content_type;                // media type, lower case, without parameters; empty if absent
  std::string content_type_parameters;     // what stands behind its first semicolon, as sent
  std::string content_encoding;            // lower case; empty if absent
  std::optional<std::string> soap_action;  // as sent, quotes and all
  std::string user_agent;                  // printable ASCII; other bytes have become '?'
  std::string correlation_id;              // the caller's GUID, or a new one
  std::string body;                        // empty until it has been read
  SteadyTime received;                     // when its head was complete
  // What its token came to; nullopt: it sent none, or the connection's certificate says already who it is.
  std::optional<std::variant<Authenticated, Refusal>> token{};
  // Why its connection's certificate counts no longer: reason_of() its verdict. Empty: it does. Such a request is only
  // ever turned away.
  std::string_view withdrawn{};
  // Turned away because its server has as many requests in hand as there are places left.
  bool over_share = false;

  // Who asks; null: nobody authenticated.
  const Principal* principal() const {
    if (connection->principal) return &*connection->principal;
    const auto* by_token = token ? std::get_if<Authenticated>(&*token) : nullptr;
    return by_token ? &by_token->principal : nullptr;
  }
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};  // others than type, length and connection
};

// What stands behind a listener. Called on the loop thread only; outlives the listener. No answer leaves before the
// handler has returned it: a handler may wait for its own records first. `request` outlives what a function returns.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // The head has come: an answer if that is enough to say one (and the body will not be read), nullopt to go on.
  virtual boost::asio::awaitable<std::optional<HttpAnswer>> screen(const HttpRequest& request) = 0;

  // The whole request. Cancelled when the caller hangs up, and when the time to finish has run out: should end at once
  // then; its answer is sent if there is still somebody to take it. An exception becomes a bare 500.
  virtual boost::asio::awaitable<HttpAnswer> answer(HttpRequest& request) = 0;

  // The listener itself turns the request away (400, 408, 413, 431, 503...). Method and path may be empty. What is
  // sent: `answer`, or what the handler puts in its place.
  virtual boost::asio::awaitable<HttpAnswer> turned_away(const HttpRequest& request, HttpAnswer answer) = 0;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/wire.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "base/guid.h"
#include "base/text.h"

namespace rms::connector {
namespace http = boost::beast::http;
namespace {

constexpr std::size_t kMostUserAgentBytes = 1024;

std::string_view trimmed(std::string_view text) {
  return rms::trimmed(text, " \t");
}

// It goes into gRPC messages, which refuse what is not UTF-8, and into logs.
std::string printable(std::string_view text) {
  std::string copy(text.substr(0, kMostUserAgentBytes));
  std::replace_if(
      copy.begin(), copy.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return copy;
}

struct Target {
  std::string_view authority, path, query;
};

// "/a/b?c" and "https://host/a/b?c" both ask for "/a/b" (RFC 9112 3.2); only the second says who is asked.
Target split(std::string_view target) {
  Target parts{"", target, ""};
  if (!target.starts_with('/')) {
    const std::size_t scheme = target.find("://");
    const std::string_view rest = scheme == target.npos ? "" : target.substr(scheme + 3);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    parts.authority = rest.substr(0, slash);
    parts.path = slash == rest.size() ? "/" : rest.substr(slash);
  }
  if (const std::size_t mark = parts.path.find('?'); mark != target.npos) {
    parts.query = parts.path.substr(mark + 1);
    parts.path = parts.path.substr(0, mark);
  }
  return parts;
}

// A name or an address, and maybe a port: no user, and nothing that means something to XML, a shell or a log.
std::string as_authority(std::string_view text) {
  constexpr std::size_t kMostBytes = 253 + 6;
  const bool plausible = text.size() <= kMostBytes && std::ranges::all_of(text, [](char c) {
                           return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                                  std::string_view("-._:[]").find(c) != std::string_view::npos;
                         });
  return plausible ? to_lower(text) : std::string();
}

std::string correlation_id(std::string_view wanted) {
  if (!is_guid(wanted)) return new_guid();
  return to_lower(wanted.front() == '{' ? wanted.substr(1, 36) : wanted);
}

}  // namespace

HttpRequest read_head(const WireParser& parser, const Connection& connection, SteadyTime now) {
  const auto& head = parser.get();
  HttpRequest request;
  request.connection = &connection;
  request.method = head.method_string();
  const Target target = split(head.target());
  request.path = target.path;
  request.query = target.query;
  request.authority = as_authority(target.authority.empty() ? trimmed(head[http::field::host]) : target.authority);
  const std::string_view type = head[http::field::content_type];
  const auto semicolon = std::min(type.find(';'), type.size());
  request.content_type = to_lower(trimmed(type.substr(0, semicolon)));
  request.content_type_parameters = type.substr(std::min(semicolon + 1, type.size()));
  request.content_encoding = to_lower(trimmed(head[http::field::content_encoding]));
  if (const auto action = head.find(http::field::soapaction); action != head.end())
    request.soap_action = action->value();
  request.user_agent = printable(head[http::field::user_agent]);
  request.correlation_id = correlation_id(trimmed(head["client-request-id"]));
  request.received = now;
  return request;
}

bool is_well_framed(const WireParser& parser) {
  const auto& head = parser.get();
  if (head.count(http::field::transfer_encoding) == 0) return true;
  // Exactly that: of "gzip, chunked" the parser would undo the second coding only.
  return parser.chunked() && equal_without_case(trimmed(head[http::field::transfer_encoding]), "chunked");
}

std::optional<HttpAnswer> refuse_framing(const WireParser& parser) {
  const auto& head = parser.get();
  if (!is_well_framed(parser))
    return plain_answer(501, "The only transfer coding that is understood here is chunked.\n");
  if (head.version() >= 11 && head.count(http::field::host) != 1)
    return plain_answer(400, "A request must have one Host header.\n");
  // Which of two counts would be a guess, and whoever filters on the way may have guessed otherwise.
  for (const auto field : {http::field::content_type, http::field::content_encoding, http::field::soapaction})
    if (head.count(field) > 1)
      return plain_answer(400, "A request may have one Content-Type, Content-Encoding and SOAPAction header each.\n");
  return std::nullopt;
}

std::optional<HttpAnswer> refuse_head(const WireParser& parser, const HttpLimits& limits) {
  const auto& head = parser.get();
  if (const auto length = parser.content_length(); length && *length > limits.body_bytes)
    return answer_to(http::make_error_code(http::error::body_limit), limits);
  if (head.count(http::field::expect) > 0 && !expects_continue(parser))
    return plain_answer(417, "The only expectation that is met here is 100-continue.\n");
  return std::nullopt;
}

std::optional<std::string_view> offered_token(const WireParser& parser) {
  const auto& head = parser.get();
  const std::string_view value = trimmed(head[http::field::authorization]);
  const std::size_t blank = std::min(value.find(' '), value.size());
  const std::string_view scheme = value.substr(0, blank);
  if (!equal_without_case(scheme, "Negotiate") && !equal_without_case(scheme, "NTLM")) return std::nullopt;
  return head.count(http::field::authorization) == 1 ? trimmed(value.substr(blank)) : std::string_view();
}

bool expects_continue(const WireParser& parser) {
  return to_lower(trimmed(parser.get()[http::field::expect])) == "100-continue";
}

std::optional<HttpAnswer> answer_to(const boost::system::error_code& failure, const HttpLimits& limits) {
  if (failure.category() != http::make_error_code(http::error::end_of_stream).category()) return std::nullopt;
  switch (static_cast<http::error>(failure.value())) {
    case http::error::end_of_stream:
    case http::error::partial_message:
      return std::nullopt;
    case http::error::header_limit:
    case http::error::buffer_overflow:
      return plain_answer(431, fmt::format("The header of a request may have {} bytes.\n", limits.header_bytes));
    case http::error::body_limit:
      return plain_answer(413, fmt::format("The body of a request may have {} bytes.\n", limits.body_bytes));
    default:
      return plain_answer(400, "This is not HTTP/1.1: " + failure.message() + ".\n");
  }
}

HttpAnswer plain_answer(int status, std::string text) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::move(text);
  return answer;
}

WireResponse write_answer(HttpAnswer answer, const HttpRequest& request, unsigned http_version, bool keep_alive,
                          WallTime now) {
  WireResponse response(static_cast<http::status>(answer.status), http_version);
  response.set(http::field::date,
               fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(now))));
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");  // Licences are for one principal.
  response.set("request-id", request.correlation_id);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  const auto* proven = request.token ? std::get_if<Authenticated>(&*request.token) : nullptr;
  if (proven && !proven->answer.empty()) response.set(http::field::www_authenticate, "Negotiate " + proven->answer);
  response.body() = std::move(answer.body);
  response.keep_alive(keep_alive);
  response.prepare_payload();
  return response;
}

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the listener while it is fuzzed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "connector/listener/http.h"
#include "fuzz/support.h"

namespace rms::fuzz {

// Answers every request and keeps what it was.
struct Recorder final : connector::HttpHandler {
  std::vector<std::string> seen;

  std::string text_of(std::string_view how, const connector::HttpRequest& request) {
    expect(!request.path.empty(), "a path is never empty");
    expect(is_guid(request.correlation_id), "a correlation id is a GUID");
    for (const char c : request.user_agent) expect(c >= 0x20 && c <= 0x7e, "a user agent is printable ASCII");
    std::string what(how);
    for (const auto& part : {request.method, request.path, request.content_type, request.content_encoding,
                             request.soap_action.value_or("-"), request.user_agent, request.body})
      what.append("\n").append(part);
    return what;
  }
  boost::asio::awaitable<std::optional<connector::HttpAnswer>> screen(const connector::HttpRequest& request) override {
    seen.push_back(text_of("screened", request));
    if (request.path != "/early") co_return std::nullopt;
    co_return connector::HttpAnswer{.status = 404, .body = "early"};
  }
  boost::asio::awaitable<connector::HttpAnswer> answer(connector::HttpRequest& request) override {
    seen.push_back(text_of("answered", request));
    co_return connector::HttpAnswer{.body = request.body};
  }
  boost::asio::awaitable<connector::HttpAnswer> turned_away(const connector::HttpRequest& request,
                                                            connector::HttpAnswer answer) override {
    expect(!text_of("turned away", request).empty() && answer.status >= 400, "it is told so");
    co_return answer;
  }
};

}  // namespace rms::fuzz

// SPDX-License-Identifier: Apache-2.0
//
// Between Beast's messages and our plain ones. For sources of this room only.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "connector/listener/http.h"

namespace rms::connector {

using WireParser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

// The head of a request, as far as it has been parsed; everything that is text is made safe to carry on.
HttpRequest read_head(const WireParser& parser, const Connection& connection, SteadyTime now);

// Whether we know where the request ends: there is no transfer coding but chunked. If not, what follows must not be
// read as the next request (RFC 9112 6.3), and the connection has to go.
bool is_well_framed(const WireParser& parser);
// What is wrong with a head whoever sent it: 501 (an unknown transfer coding), 400 (not one Host, or more
// than one Content-Type, Content-Encoding or SOAPAction). nullopt if nothing is.
std::optional<HttpAnswer> refuse_framing(const WireParser& parser);
// What is wrong with a head of a caller who may ask: 417 (an expectation other than 100-continue), 413 (announces more
// than `limits` allow). nullopt if nothing is.
std::optional<HttpAnswer> refuse_head(const WireParser& parser, const HttpLimits& limits);

// What stands behind "Authorization: Negotiate"; nullopt if that is not how the caller would prove who it is. Empty,
// and so no token, if there is more than one such header: which of them counts would be a guess. NTLM by its own name
// is taken for a token, too: it will be refused with the reason.
std::optional<std::string_view> offered_token(const WireParser& parser);

// Whether the caller waits for "100 Continue" before it sends its body.
bool expects_continue(const WireParser& parser);

// The answer to a failure to read. nullopt: the caller went away in between; there is nobody to answer.
std::optional<HttpAnswer> answer_to(const boost::system::error_code& failure, const HttpLimits& limits);

HttpAnswer plain_answer(int status, std::string text);

WireResponse write_answer(HttpAnswer answer, const HttpRequest& request, unsigned http_version, bool keep_alive,
                          WallTime now);

}  // namespace rms::connector

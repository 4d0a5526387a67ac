// SPDX-License-Identifier: Apache-2.0
#include "load/caller.h"

#include <sys/socket.h>

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl.hpp>

namespace rms::load {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostAnswerBytes = 64 * 1024 * 1024;

Outcome classify(const Target& target, const http::response<http::string_body>& answer) {
  const unsigned status = answer.result_int();
  if (status / 100 == 2)
    return target.expected.empty() || answer.body().find(target.expected) != std::string::npos ? Outcome::good
                                                                                               : Outcome::wrong;
  switch (status) {
    case 403:
      return Outcome::denied;
    case 429:
      return Outcome::too_many;
    case 500:
      return Outcome::fault;
    case 503:
      return Outcome::unavailable;
    default:
      return Outcome::other;
  }
}

}  // namespace

struct Caller::Connection {
  Connection(asio::any_io_executor executor, const Target& target) : stream(std::move(executor), target.tls) {
    boost::system::error_code no_address;
    asio::ip::make_address(target.host, no_address);
    if (no_address) SSL_set_tlsext_host_name(stream.native_handle(), target.host.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(target.host));
  }

  // Whether the server has closed it while nobody asked. After the first answer a server that keeps the connection
  // says nothing by itself, so that anything there means that it ends.
  bool stale() {
    char byte;
    return used && ::recv(stream.next_layer().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }

  asio::ssl::stream<tcp::socket> stream;
  bool used = false;
};

Caller::Caller(asio::any_io_executor executor, const Target& target)
    : executor_(std::move(executor)), target_(target) {}
Caller::~Caller() = default;

void Caller::begin_timed() {
  expired_ = false;
  deadline_ = std::chrono::steady_clock::now() + target_.timeout;
}

void Caller::expire(std::chrono::steady_clock::time_point now) {
  if (!deadline_ || now < *deadline_ || !connection_) return;
  expired_ = true;
  boost::system::error_code ignored;
  connection_->stream.next_layer().close(ignored);
}

asio::awaitable<bool> Caller::connect() {
  if (connection_ && !connection_->stale()) co_return true;
  connection_ = std::make_unique<Connection>(executor_, target_);
  buffer_.clear();
  begin_timed();
  auto& socket = connection_->stream.next_layer();
  auto [error] = co_await socket.async_connect(target_.endpoint, kToken);
  if (!error) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto [handshake_error] = co_await connection_->stream.async_handshake(asio::ssl::stream_base::client, kToken);
    error = handshake_error;
  }
  deadline_.reset();
  if (error) connection_.reset();
  co_return !error;
}

asio::awaitable<Answer> Caller::ask(std::string_view id) {
  if (!co_await connect()) co_return Answer{expired_ ? Outcome::timed_out : Outcome::not_connected, 0};
  prepare(id);
  begin_timed();
  const Answer answer = co_await exchange();
  deadline_.reset();
  co_return answer;
}

asio::awaitable<Answer> Caller::exchange() {
  auto& stream = connection_->stream;
  auto [write_error, written] = co_await asio::async_write(stream, asio::buffer(request_), kToken);
  static_cast<void>(written);
  // A server that answers before it has read everything may have closed then: the answer counts.
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostAnswerBytes);
  auto [read_error, read] = co_await http::async_read(stream, buffer_, parser, kToken);
  static_cast<void>(read);
  if (read_error || (write_error && !parser.is_done())) {
    connection_.reset();
    co_return Answer{expired_ ? Outcome::timed_out : Outcome::lost, 0};
  }
  connection_->used = true;
  if (write_error || !parser.keep_alive()) connection_.reset();
  co_return Answer{classify(target_, parser.get()), parser.get().result_int()};
}

// Once all in one piece, then only the id changes: one write is one TLS record after the other, without gaps.
void Caller::prepare(std::string_view id) {
  if (request_.empty()) {
    request_ = target_.head_to_id;
    if (target_.with_id) request_.append(id).append(target_.head_from_id);
    request_ += target_.body;
  } else if (target_.with_id) {
    request_.replace(target_.head_to_id.size(), id.size(), id);
  }
}

}  // namespace rms::load

// SPDX-License-Identifier: Apache-2.0
#include "connector/admin/client.h"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "net/local.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using boost::system::error_code;
namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kMostBytes = std::uint64_t{64} * 1024 * 1024;

Error failure(const std::filesystem::path& socket, const error_code& error) {
  const std::string text = socket.string() + ": " + error.message();
  if (error == boost::system::errc::no_such_file_or_directory) return Error(Errc::not_found, text);
  if (error == asio::error::connection_refused) return Error(Errc::unavailable, text + ": nobody listens there");
  if (error == boost::system::errc::permission_denied) return Error(Errc::denied, text);
  if (error == http::error::body_limit) return Error(Errc::too_large, text);
  return Error(Errc::io_error, text);
}

asio::awaitable<error_code> converse(stream_protocol::socket& socket, const std::filesystem::path& path,
                                     http::request<http::empty_body>& request,
                                     http::response_parser<http::string_body>& parser) {
  const auto [connected] = co_await socket.async_connect(stream_protocol::endpoint(path.string()), kToken);
  if (connected) co_return connected;
  const auto [written, sent] = co_await http::async_write(socket, request, kToken);
  static_cast<void>(sent);
  if (written) co_return written;
  boost::beast::flat_buffer buffer;
  const auto [read, received] = co_await http::async_read(socket, buffer, parser, kToken);
  static_cast<void>(received);
  co_return read;
}

}  // namespace

Result<AdminReply> ask_admin(const std::filesystem::path& path, std::string_view method, std::string_view target,
                             std::chrono::milliseconds patience) {
  if (path.native().size() > net::kMostLocalPathBytes)
    return Error(Errc::not_found, path.string() + ": too long for a socket");
  asio::io_context loop;
  stream_protocol::socket socket(loop);
  http::request<http::empty_body> request(http::string_to_verb({method.data(), method.size()}),
                                          {target.data(), target.size()}, 11);
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  request.prepare_payload();
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostBytes);
  std::optional<error_code> ended;
  asio::co_spawn(loop, converse(socket, path, request, parser),
                 [&](const std::exception_ptr& thrown, error_code error) {
                   ended = thrown ? make_error_code(boost::system::errc::io_error) : error;
                 });
  loop.run_for(patience);
  if (!ended) {
    error_code ignored;
    socket.close(ignored);
    loop.restart();
    loop.run();
    return Error(Errc::deadline_exceeded, path.string() + ": no answer in time");
  }
  if (*ended) return failure(path, *ended);
  return AdminReply{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

}  // namespace rms::connector

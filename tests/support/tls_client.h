// SPDX-License-Identifier: Apache-2.0
//
// A caller for tests of TLS servers.
#pragma once

#include <array>
#include <filesystem>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "support/test_ca.h"

namespace rms::test {

// Believes `ca`; shows `credentials`, if it has any.
inline boost::asio::ssl::context tls_client_context(const std::filesystem::path& ca, const Credentials* credentials) {
  namespace ssl = boost::asio::ssl;
  ssl::context context(ssl::context::tls_client);
  context.load_verify_file(ca.string());
  context.set_verify_mode(ssl::verify_peer);
  if (credentials != nullptr) {
    context.use_certificate_chain_file(credentials->certificate.string());
    context.use_private_key_file(credentials->key.string(), ssl::context::pem);
  }
  return context;
}

// Connects, shakes hands and reads: a client of TLS 1.3 knows only from the first read whether it was let in.
inline boost::asio::awaitable<void> call_tls(boost::asio::ip::tcp::endpoint server,
                                             boost::asio::ssl::context& context) {
  namespace asio = boost::asio;
  constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
  asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(server, asio::use_awaitable);
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context);
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kToken);
  std::array<char, 1> byte;
  if (!error) co_await stream.async_read_some(asio::buffer(byte), kToken);
}

}  // namespace rms::test

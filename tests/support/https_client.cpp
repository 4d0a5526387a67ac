// SPDX-License-Identifier: Apache-2.0
#include "support/https_client.h"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace rms::test {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

asio::ssl::context client_context(const TestCa& ca, const Credentials* credentials) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file(ca.certificate().string());
  context.set_verify_mode(asio::ssl::verify_peer);
  if (credentials) {
    context.use_certificate_chain_file(credentials->certificate.string());
    context.use_private_key_file(credentials->key.string(), asio::ssl::context::pem);
  }
  return context;
}

}  // namespace

std::optional<std::string> ReceivedAnswer::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(start);
  if (at == head.npos) return std::nullopt;
  const std::size_t value = at + start.size();
  return head.substr(value, head.find("\r\n", value) - value);
}

HttpsClient::HttpsClient(Loop& loop, const tcp::endpoint& server, const TestCa& ca, const Credentials* credentials,
                         bool secure)
    : loop_(loop), secure_(secure), context_(client_context(ca, credentials)), stream_(loop.executor(), context_) {
  loop_.run(connect(server));
}

asio::awaitable<void> HttpsClient::connect(tcp::endpoint server) {
  co_await stream_.next_layer().async_connect(server, asio::use_awaitable);
  if (!secure_) co_return;
  const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::client, kToken);
  secured_ = !error;
  failure_ = error.message();
}

void HttpsClient::send(std::string_view bytes) {
  if (!secure_ || secured_) loop_.run(write(std::string(bytes)));
}

// The server may have closed in the meantime; then reading tells.
asio::awaitable<void> HttpsClient::write(std::string bytes) {
  if (secure_) {
    co_await asio::async_write(stream_, asio::buffer(bytes), kToken);
  } else {
    co_await asio::async_write(stream_.next_layer(), asio::buffer(bytes), kToken);
  }
}

asio::awaitable<bool> HttpsClient::read() {
  std::array<char, 16 * 1024> piece;
  error_code error;
  std::size_t size = 0;
  if (secure_) {
    std::tie(error, size) = co_await stream_.async_read_some(asio::buffer(piece), kToken);
  } else {
    std::tie(error, size) = co_await stream_.next_layer().async_read_some(asio::buffer(piece), kToken);
  }
  input_.append(piece.data(), size);
  if (error) failure_ = error.message();
  co_return !error;
}

ReceivedAnswer HttpsClient::receive(bool head_only) {
  if (secure_ && !secured_) return {};
  std::size_t end;
  while ((end = input_.find("\r\n\r\n")) == input_.npos)
    if (!loop_.run(read())) return {};
  ReceivedAnswer answer;
  answer.head = input_.substr(0, end + 2);
  answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1));
  input_.erase(0, end + 4);
  if (answer.status == 100 || head_only) return answer;
  const std::size_t length = std::stoul(answer.header("Content-Length").value_or("0"));
  while (input_.size() < length)
    if (!loop_.run(read())) return {};
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

std::string HttpsClient::rest() {
  while (loop_.run(read())) {
  }
  return std::exchange(input_, {});
}

void HttpsClient::vanish() {
  error_code ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace rms::test

// SPDX-License-Identifier: Apache-2.0
//
// A caller that says exactly the bytes it is told to, on a Loop of a test. Each call runs the loop until it is done.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "support/loop.h"
#include "support/test_ca.h"

namespace rms::test {

struct ReceivedAnswer {
  int status = 0;  // 0: the connection ended instead
  std::string head, body;
  std::optional<std::string> header(std::string_view name) const;  // name in the case in which it was sent
};

class HttpsClient {
 public:
  // Connects. `credentials` null: shows no certificate. `secure` false: plain TCP, no handshake.
  HttpsClient(Loop& loop, const boost::asio::ip::tcp::endpoint& server, const TestCa& ca,
              const Credentials* credentials, bool secure = true);

  // Whether the handshake went well. A client of TLS 1.3 does not yet know then whether it was accepted.
  bool secured() const { return secured_; }

  void send(std::string_view bytes);
  // The next answer; of a HEAD request the body is not waited for.
  ReceivedAnswer receive(bool head_only = false);
  ReceivedAnswer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  // Waits until the server closes; everything it still said comes back.
  std::string rest();
  // Why the last read failed, as OpenSSL or the system puts it.
  const std::string& failure() const { return failure_; }
  // Goes away without a word.
  void vanish();

  boost::asio::ip::tcp::socket& socket() { return stream_.next_layer(); }

 private:
  boost::asio::awaitable<void> connect(boost::asio::ip::tcp::endpoint server);
  boost::asio::awaitable<void> write(std::string bytes);
  boost::asio::awaitable<bool> read();

  Loop& loop_;
  const bool secure_;
  bool secured_ = false;
  boost::asio::ssl::context context_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  std::string input_, failure_;
};

}  // namespace rms::test

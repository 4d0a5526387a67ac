// SPDX-License-Identifier: Apache-2.0
//
// One caller of a load: a keep-alive HTTPS connection that asks one thing after the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "load/tally.h"

namespace rms::load {

// Whom all callers ask, and what. Shared by all threads: read only once the load has begun.
struct Target {
  boost::asio::ip::tcp::endpoint endpoint;
  std::string host;          // whom the certificate must name
  std::string head_to_id;    // the request's head up to the id, with the name of its header; no id: the whole head
  std::string head_from_id;  // the rest
  std::string body;
  bool with_id = true;
  std::string expected;  // what a good answer has in it; empty: any 2xx is good
  std::chrono::milliseconds timeout{30'000};
  mutable boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};
};

struct Answer {
  Outcome outcome = Outcome::not_connected;
  unsigned status = 0;  // of HTTP; 0: there was no answer
};

// Lives on one loop. `target` outlives it.
class Caller {
 public:
  Caller(boost::asio::any_io_executor executor, const Target& target);
  ~Caller();

  // Connects, if it is not connected; false: it could not be.
  boost::asio::awaitable<bool> connect();

  // Asks, under the id `id` (36 characters; ignored by a target without ids), and waits for the whole answer. Connects
  // first if there is no connection, or if the server closed it while nothing was asked: no request is lost by that.
  // REQUIRES: not called again before it has ended.
  boost::asio::awaitable<Answer> ask(std::string_view id);

  // Ends what takes longer than the target's timeout. To be called now and then.
  void expire(std::chrono::steady_clock::time_point now);

 private:
  struct Connection;
  boost::asio::awaitable<Answer> exchange();
  void prepare(std::string_view id);
  void begin_timed();

  boost::asio::any_io_executor executor_;
  const Target& target_;
  std::string request_;
  std::unique_ptr<Connection> connection_;  // null: none
  boost::beast::flat_buffer buffer_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;  // of what is going on
  bool expired_ = false;
};

}  // namespace rms::load

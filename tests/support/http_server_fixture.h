// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/listener/http_server.h"
#include "net/tls.h"
#include "support/https_client.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::test {

// Stands behind a listener. "/early" is answered from the head alone; "/wait" is answered when released; "/throw"
// throws; every other path gets its body back, after the name of who asked.
class FakeHandler final : public connector::HttpHandler {
 public:
  explicit FakeHandler(boost::asio::any_io_executor executor)
      : released_(executor, boost::asio::steady_timer::time_point::max()) {}

  boost::asio::awaitable<std::optional<connector::HttpAnswer>> screen(const connector::HttpRequest& request) override {
    ++screened;
    if (request.path != "/early") co_return std::nullopt;
    connector::HttpAnswer answer;
    answer.status = 403;
    answer.body = "early";
    co_return answer;
  }

  boost::asio::awaitable<connector::HttpAnswer> answer(connector::HttpRequest& request) override {
    ++started;
    last = request;
    connector::HttpAnswer answer;
    if (request.path == "/throw") throw std::runtime_error("nobody foresaw this");
    if (request.path == "/wait") {
      co_await released_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none) {
        ++cancelled;
        answer.status = 503;
        answer.body = "cancelled";
        co_return answer;
      }
    }
    const auto& principal = request.connection->principal;
    answer.body = (principal ? principal->name : "nobody") + " " + request.body;
    co_return answer;
  }

  boost::asio::awaitable<connector::HttpAnswer> turned_away(const connector::HttpRequest& request,
                                                            connector::HttpAnswer answer) override {
    over_share += request.over_share ? 1 : 0;
    turned_away_with.push_back(answer.status);
    co_return answer;
  }

  // Lets everybody who waits go on.
  void release() { released_.cancel(); }

  int screened = 0, started = 0, cancelled = 0, over_share = 0;
  connector::HttpRequest last;
  std::vector<int> turned_away_with;

 private:
  boost::asio::steady_timer released_;
};

// A real listener on the loopback with real certificates. At the end nothing of it may be left.
class HttpServerFixture : public testing::Test {
 protected:
  static boost::asio::awaitable<void> turn() { co_await boost::asio::post(boost::asio::use_awaitable); }

  void start(bool secure = true) {
    options_.host = "127.0.0.1";
    std::shared_ptr<boost::asio::ssl::context> tls;
    if (secure) {
      auto made = net::make_mutual_server_context(server_files_.certificate, server_files_.key, ca_.certificate(),
                                                  client_certificate_);
      ASSERT_TRUE(made) << made.error().to_string();
      tls = std::make_shared<boost::asio::ssl::context>(*std::move(made));
    }
    secure_ = secure;
    server_ = std::make_unique<connector::HttpServer>(loop_.executor(), options_, std::move(tls), handler(), clock_,
                                                      log_, nullptr);
    const auto started = server_->start();
    ASSERT_TRUE(started) << started.error().to_string();
  }

  // Who stands behind the listener.
  virtual connector::HttpHandler& handler() { return handler_; }

  void TearDown() override {
    clients_.clear();
    if (server_) {
      loop_.run(server_->stop(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
      EXPECT_EQ(server_->connections(), 0U);
      EXPECT_EQ(server_->in_flight(), 0U);
    }
    EXPECT_TRUE(loop_.quiet());
  }

  HttpsClient& connect() { return connect(&exchange_); }
  HttpsClient& connect(const Credentials* credentials) { return add(credentials, secure_); }
  HttpsClient& connect_without_tls() { return add(nullptr, false); }

  // Turns the loop until `condition` holds.
  template <class Condition>
  void until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "it never came to that";
      loop_.run(turn());
    }
  }

  HttpsClient& add(const Credentials* credentials, bool secure) {
    clients_.push_back(std::make_unique<HttpsClient>(loop_, server_->endpoint(), ca_, credentials, secure));
    return *clients_.back();
  }

  Loop loop_;
  RecordLog log_;
  SystemClock clock_;
  TestCa ca_;
  Credentials server_files_ = ca_.server();
  Credentials exchange_ = ca_.client("exchange.contoso.test");
  FakeHandler handler_{loop_.executor()};
  net::ClientCertificate client_certificate_ = net::ClientCertificate::required;
  connector::HttpServerOptions options_;
  bool secure_ = true;
  std::unique_ptr<connector::HttpServer> server_;
  std::vector<std::unique_ptr<HttpsClient>> clients_;
};

}  // namespace rms::test

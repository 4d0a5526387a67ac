// SPDX-License-Identifier: Apache-2.0
//
// The wire that other tests break must break as it says, or their promises mean nothing.
#include "support/tcp_proxy.h"

#include <array>
#include <chrono>
#include <future>
#include <string>

#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "support/eventually.h"

namespace rms::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

class Wire : public testing::Test {
 protected:
  // One connection through the proxy: both of its ends.
  struct Ends {
    tcp::socket near, far;
  };
  Ends connect() {
    tcp::socket near(context_);
    near.connect({asio::ip::address_v4::loopback(), proxy_.port()});
    return {std::move(near), acceptor_.accept()};
  }

  static void send(tcp::socket& to, const std::string& text) { asio::write(to, asio::buffer(text)); }
  static std::string receive(tcp::socket& from, std::size_t size) {
    std::string text(size, '\0');
    error_code error;
    text.resize(asio::read(from, asio::buffer(text), error));
    return text;
  }
  static bool silent(tcp::socket& socket) {
    // Nothing is there, and nothing comes: what would come takes microseconds.
    std::this_thread::sleep_for(20ms);
    return socket.available() == 0;
  }
  // How reading ends if no byte comes.
  static error_code end_of(tcp::socket& socket) {
    std::array<char, 1> byte;
    error_code error;
    socket.read_some(asio::buffer(byte), error);
    return error;
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  TcpProxy proxy_{acceptor_.local_endpoint().port()};
};

TEST_F(Wire, PassesBytesAndEndsBothWays) {
  auto [near, far] = connect();
  send(near, "there");
  EXPECT_EQ(receive(far, 5), "there");
  near.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(end_of(far), asio::error::eof);
  send(far, "and back");  // Half-closed: the other way still works.
  EXPECT_EQ(receive(near, 8), "and back");
  far.close();
  EXPECT_EQ(end_of(near), asio::error::eof);
  EXPECT_TRUE(eventually([&] { return proxy_.open() == 0; }));
  EXPECT_EQ(proxy_.accepted(), 1u);
}

TEST_F(Wire, PassesResets) {
  auto [near, far] = connect();
  far.set_option(asio::socket_base::linger(true, 0));
  far.close();
  EXPECT_EQ(end_of(near), asio::error::connection_reset);
}

TEST_F(Wire, CutResetsAndRefusesUntilItIsMended) {
  auto [near, far] = connect();
  proxy_.cut();
  EXPECT_EQ(end_of(near), asio::error::connection_reset);
  EXPECT_EQ(end_of(far), asio::error::connection_reset);
  tcp::socket refused(context_);
  error_code error;
  refused.connect({asio::ip::address_v4::loopback(), proxy_.port()}, error);
  EXPECT_EQ(error, asio::error::connection_refused);
  proxy_.mend();
  connect();
}

TEST_F(Wire, ClosedEndsAsAProcessThatExits) {
  auto [near, far] = connect();
  proxy_.close();
  EXPECT_EQ(end_of(near), asio::error::eof);
}

TEST_F(Wire, FrozenLetsNothingThroughAndLosesNothing) {
  auto [near, far] = connect();
  proxy_.freeze();
  send(near, "wait");
  far.close();
  EXPECT_TRUE(silent(near));
  near.non_blocking(true);
  EXPECT_EQ(end_of(near), asio::error::would_block);  // not even the end
  near.non_blocking(false);
  tcp::socket late(context_);
  late.connect({asio::ip::address_v4::loopback(), proxy_.port()});  // accepted, and left alone
  proxy_.mend();
  EXPECT_EQ(end_of(near).failed(), true);
  tcp::socket far_of_late = acceptor_.accept();
  send(late, "hello");
  EXPECT_EQ(receive(far_of_late, 5), "hello");
}

TEST_F(Wire, FrozenBytesArriveAfterwards) {
  auto [near, far] = connect();
  proxy_.freeze();
  send(near, "one");
  EXPECT_TRUE(silent(far));
  proxy_.mend();
  EXPECT_EQ(receive(far, 3), "one");
}

TEST_F(Wire, HalfOpenIsDeadForOldConnectionsOnly) {
  auto [near, far] = connect();
  proxy_.half_open();
  far.close();
  auto [new_near, new_far] = connect();
  send(new_near, "new");
  EXPECT_EQ(receive(new_far, 3), "new");
  near.non_blocking(true);
  EXPECT_EQ(end_of(near), asio::error::would_block);
  near.non_blocking(false);
  proxy_.mend();
  EXPECT_EQ(end_of(near), asio::error::connection_reset);
}

TEST_F(Wire, ResetsAfterSoManyBytesFromTheTarget) {
  proxy_.reset_after(4);
  auto [near, far] = connect();
  send(near, "as much as one likes");
  EXPECT_EQ(receive(far, 20), "as much as one likes");
  send(far, "one");
  EXPECT_EQ(receive(near, 3), "one");
  send(far, "!");
  receive(near, 1);  // It may overtake what came just before it.
  EXPECT_EQ(end_of(near), asio::error::connection_reset);
}

TEST_F(Wire, DelaysEachWay) {
  auto [near, far] = connect();
  proxy_.delay(50ms);
  const auto began = std::chrono::steady_clock::now();
  send(near, "ping");
  receive(far, 4);
  send(far, "pong");
  EXPECT_EQ(receive(near, 4), "pong");
  EXPECT_GE(std::chrono::steady_clock::now() - began, 100ms);
}

TEST_F(Wire, ThrottlesAndKeepsTheOrder) {
  auto [near, far] = connect();
  proxy_.throttle(10'000);
  std::string sent;
  for (int i = 0; i < 200; ++i) sent += std::to_string(1000 + i);
  const auto began = std::chrono::steady_clock::now();
  send(near, sent);
  EXPECT_EQ(receive(far, sent.size()), sent);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 80ms);  // for 800 bytes
}

TEST_F(Wire, LeadsNewConnectionsElsewhere) {
  auto [near, far] = connect();
  tcp::acceptor elsewhere(context_, {asio::ip::address_v4::loopback(), 0});
  proxy_.retarget(elsewhere.local_endpoint());
  tcp::socket moved(context_);
  moved.connect({asio::ip::address_v4::loopback(), proxy_.port()});
  tcp::socket moved_far = elsewhere.accept();
  send(moved, "moved");
  EXPECT_EQ(receive(moved_far, 5), "moved");
  send(near, "stays");
  EXPECT_EQ(receive(far, 5), "stays");
}

}  // namespace
}  // namespace rms::test

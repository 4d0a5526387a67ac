// SPDX-License-Identifier: Apache-2.0
//
// Who may talk to whom: each test breaks one thing in a mutual-TLS connection that would work.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "support/pool_fixture.h"

namespace rms::test {
namespace {

using connector::CloudSettings;

// Says the wrong thing to everyone who connects, until the acceptor is closed.
boost::asio::awaitable<void> answer_http(boost::asio::ip::tcp::acceptor& acceptor) {
  constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  while (true) {
    boost::asio::ip::tcp::socket socket = co_await acceptor.async_accept(boost::asio::use_awaitable);
    co_await boost::asio::async_write(socket, boost::asio::buffer(kAnswer), boost::asio::use_awaitable);
  }
}

class PoolTls : public PoolTest {
 protected:
  // Starts, waits until the service was found unusable, and says why.
  std::string why_never_ready(const CloudSettings& how, net::PemFiles files) {
    start(how, std::move(files));
    wait_until([&] { return all_failing() && log.lines(Event::upstream_lost).size() == how.connections; });
    EXPECT_FALSE(pool->ready());
    EXPECT_EQ(cloud.calls(), 0u);
    const Answer answer = call();
    EXPECT_TRUE(!answer && answer.error() == Errc::unavailable);
    return pool->status().slots[0].last_error;
  }
};

TEST_F(PoolTls, RefusesAServiceOfAnotherAuthority) {
  TestCa other("Other CA");
  const std::string why = why_never_ready(settings(), pem(client, other));
  EXPECT_NE(why.find("certificate verify failed"), std::string::npos) << why;
  EXPECT_EQ(lines_with(metrics->render(), "reason=\"tls\"").at(0).back(), '4');
}

TEST_F(PoolTls, RefusesAServiceOfAnotherName) {
  TestCloud impostor(ca.issue({.common_name = "elsewhere.test", .dns = {"elsewhere.test"}, .purpose = Purpose::server}),
                     ca.certificate_pem());
  CloudSettings how = settings();
  how.endpoints[0].address = {"localhost", impostor.port()};
  const std::string why = why_never_ready(how, pem());
  EXPECT_NE(why.find("localhost"), std::string::npos) << why;
}

TEST_F(PoolTls, AcceptsTheNameThatItAskedFor) {
  CloudSettings how = settings();
  how.endpoints[0].address.host = "localhost";
  start_ready(how);
  EXPECT_TRUE(call());
}

TEST_F(PoolTls, RefusesAServiceWhoseCertificateHasExpired) {
  TestCloud old(ca.issue({.common_name = "localhost",
                          .dns = {"localhost"},
                          .ips = {"127.0.0.1"},
                          .purpose = Purpose::server,
                          .starts = std::chrono::hours(-2),
                          .ends = std::chrono::hours(-1)}),
                ca.certificate_pem());
  CloudSettings how = settings();
  how.endpoints[0].address.port = old.port();
  const std::string why = why_never_ready(how, pem());
  EXPECT_NE(why.find("certificate verify failed"), std::string::npos) << why;
}

TEST_F(PoolTls, IsRefusedWithACertificateThatTheServiceDoesNotKnow) {
  TestCa other("Other CA");
  const Credentials stranger = other.client("connector.contoso.test");
  why_never_ready(settings(), pem(stranger, ca));
}

TEST_F(PoolTls, IsRefusedByAPeerThatDoesNotSpeakTls) {
  boost::asio::ip::tcp::acceptor mute(loop.context(), {boost::asio::ip::address_v4::loopback(), 0});
  boost::asio::co_spawn(loop.context(), answer_http(mute), [](const std::exception_ptr&) {});
  CloudSettings how = settings();
  how.endpoints[0].address.port = mute.local_endpoint().port();
  const std::string why = why_never_ready(how, pem());
  EXPECT_NE(why, "");
  mute.close();
}

}  // namespace
}  // namespace rms::test

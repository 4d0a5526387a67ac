// SPDX-License-Identifier: Apache-2.0
//
// Pins, and certificates of servers judged: each is broken in one way.
#include "net/key_pin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/shown_chain.h"
#include "net/tls.h"
#include "support/loop.h"
#include "support/test_ca.h"

namespace rms::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using test::TestCa;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(KeyPin, IsReadAsPeopleWriteIt) {
  const std::string hex = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
  const std::string base64 = "X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k=";
  std::string colons;
  for (std::size_t i = 0; i < hex.size(); i += 2) colons += (i == 0 ? "" : ":") + hex.substr(i, 2);
  for (char& c : colons) c = static_cast<char>(std::toupper(c));
  for (const std::string& text : {hex, base64, colons, "sha256//" + base64, "sha256//" + hex})
    EXPECT_EQ(parse_key_pin(text), hex) << text;
  EXPECT_EQ(shown_pin(hex), "sha256//" + base64);
}

TEST(KeyPin, IsNothingElse) {
  for (const char* text :
       {"", "sha256//", "5feceb66", "X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k",
        "X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V==", "sha1//X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k=",
        "X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7 V+k=",
        "gfeceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"})
    EXPECT_FALSE(parse_key_pin(text)) << text;
}

class Judged : public testing::Test {
 protected:
  ServerCertificate judge(const std::string& shown, const std::string& host = "localhost") {
    auto judged = judge_server_certificate(shown, host, ca.certificate_pem());
    EXPECT_TRUE(judged) << judged.error().to_string();
    return *std::move(judged);
  }
  TestCa ca{"Contoso CA"};
};

TEST_F(Judged, GoodHasTheKeysOfItsChain) {
  TestCa between(ca, "Contoso Issuing CA");
  const auto server = between.server();
  const ServerCertificate good = judge(server.certificate_pem);
  EXPECT_FALSE(good.problems.any());
  ASSERT_THAT(good.keys, SizeIs(3));
  EXPECT_THAT(good.keys[1].subject, HasSubstr("Contoso Issuing CA"));
  EXPECT_THAT(good.keys[2].subject, HasSubstr("Contoso CA"));
  for (const auto& key : good.keys) {
    EXPECT_THAT(key.pin, SizeIs(64));
    EXPECT_TRUE(has_pin(good, {std::string(64, '0'), key.pin}));
  }
  EXPECT_FALSE(has_pin(good, {std::string(64, '0')}));
  EXPECT_FALSE(judge(server.certificate_pem, "127.0.0.1").problems.any());
}

TEST_F(Judged, UnknownIssuerIsNamed) {
  TestCa gateway("Contoso Web Gateway CA");
  const ServerCertificate bad = judge(gateway.server().certificate_pem);
  EXPECT_TRUE(bad.problems.unknown_issuer);
  EXPECT_FALSE(bad.problems.other_key);
  EXPECT_FALSE(bad.problems.wrong_name);
  EXPECT_EQ(bad.issuer, "CN=Contoso Web Gateway CA");
  EXPECT_THAT(bad.keys, SizeIs(0)) << "what leads to no CA of ours has no pins";
}

// Anybody can show a certificate that somebody pinned; what counts is who signed the server's.
TEST_F(Judged, ACertificateThatIsOnlyShownBringsNoPin) {
  TestCa gateway("Gateway CA"), pinned(ca, "Pinned CA");
  const auto real = pinned.server();
  const auto mine = ca.server();
  const std::string behind = real.certificate_pem.substr(real.certificate_pem.find("-----END"));
  const std::string pinned_pem = behind.substr(behind.find("-----BEGIN"));
  const ServerCertificate one = judge(mine.certificate_pem + pinned_pem);
  EXPECT_FALSE(one.problems.any());
  EXPECT_THAT(one.keys, SizeIs(2)) << "the server's and the root's";
  const ServerCertificate other = judge(gateway.server().certificate_pem + pinned_pem + ca.certificate_pem());
  EXPECT_TRUE(other.problems.unknown_issuer);
  EXPECT_THAT(other.keys, SizeIs(0));
}

TEST_F(Judged, AnotherCaOfTheSameNameIsToldFromAnUnknownOne) {
  TestCa twin("Contoso CA");
  EXPECT_TRUE(judge(twin.server().certificate_pem).problems.other_key);
}

TEST_F(Judged, ExpiredAndNotYetValidHaveTheirTimes) {
  const auto old = ca.issue({.common_name = "localhost",
                             .dns = {"localhost"},
                             .purpose = test::Purpose::server,
                             .starts = std::chrono::hours(-48),
                             .ends = std::chrono::hours(-24)});
  const ServerCertificate expired = judge(old.certificate_pem);
  EXPECT_TRUE(expired.problems.expired);
  EXPECT_FALSE(expired.problems.unknown_issuer);
  EXPECT_EQ(expired.untimely_subject, expired.subject);
  EXPECT_LT(expired.untimely_after, std::chrono::system_clock::now());

  const auto coming = ca.issue({.common_name = "localhost",
                                .dns = {"localhost"},
                                .purpose = test::Purpose::server,
                                .starts = std::chrono::hours(24),
                                .ends = std::chrono::hours(48)});
  EXPECT_TRUE(judge(coming.certificate_pem).problems.not_yet_valid);
}

TEST_F(Judged, WrongNameHasTheNamesThatItIsFor) {
  const auto other = ca.issue({.common_name = "elsewhere.test",
                               .dns = {"elsewhere.test", "www.elsewhere.test"},
                               .ips = {"192.0.2.1"},
                               .purpose = test::Purpose::server});
  const ServerCertificate wrong = judge(other.certificate_pem);
  EXPECT_TRUE(wrong.problems.wrong_name);
  EXPECT_THAT(wrong.names, ElementsAre("elsewhere.test", "www.elsewhere.test", "192.0.2.1"));
  EXPECT_TRUE(judge(other.certificate_pem, "127.0.0.1").problems.wrong_name);
}

TEST_F(Judged, AClientsCertificateIsNoServers) {
  const auto client = ca.issue({.common_name = "localhost", .dns = {"localhost"}, .purpose = test::Purpose::client});
  EXPECT_NE(judge(client.certificate_pem).problems.other, "");
}

TEST_F(Judged, WhatIsNoCertificateIsMalformed) {
  EXPECT_EQ(judge_server_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "localhost",
                                     ca.certificate_pem())
                .error(),
            Errc::malformed);
}

// A server that shows its certificate to whoever comes; what became of the handshake, seen from it.
asio::awaitable<void> show(tcp::socket socket, asio::ssl::context& context, boost::system::error_code& ended) {
  asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
  const auto [error] =
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
  ended = error;
}

asio::awaitable<std::optional<std::pair<tcp::socket, tcp::socket>>> connected() {
  const auto executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  tcp::socket near(executor);
  co_await near.async_connect(acceptor.local_endpoint(), asio::use_awaitable);
  tcp::socket far = co_await acceptor.async_accept(asio::use_awaitable);
  co_return std::pair(std::move(near), std::move(far));
}

TEST(ShownChain, IsWhatTheServerShowsAndNeverAConnection) {
  test::Loop loop;
  TestCa ca("Gateway CA"), between(ca, "Between");
  const auto server = between.server();
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain(asio::buffer(server.certificate_pem));
  context.use_private_key(asio::buffer(server.key_pem), asio::ssl::context::pem);
  auto pair = *loop.run(connected());
  boost::system::error_code ended;
  asio::co_spawn(loop.context(), show(std::move(pair.second), context, ended), [](const std::exception_ptr&) {});
  const auto chain = loop.run([](tcp::socket& socket) -> asio::awaitable<std::optional<Result<std::string>>> {
    co_return co_await shown_chain(socket, "localhost");
  }(pair.first));
  ASSERT_TRUE(*chain) << chain->error().to_string();
  EXPECT_EQ(**chain, server.certificate_pem);
  pair.first.close();
  EXPECT_TRUE(loop.quiet());
  EXPECT_TRUE(ended) << "the handshake must fail";
}

}  // namespace
}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include <sys/stat.h>

#include <optional>

#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/accept_loop.h"
#include "net/task_group.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"
#include "support/tls_client.h"

namespace rms::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

// What became of one handshake, seen from the server.
struct Outcome {
  error_code error;
  std::string failure, refused;
  std::optional<PeerCertificate> peer;
  std::string version, binding;
};

class TlsTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(loop_.quiet()); }

  ssl::context client_context(const test::Credentials* credentials) {
    return test::tls_client_context(ca_.certificate(), credentials);
  }

  Outcome shake_hands(ssl::context client, ClientCertificate wanted = ClientCertificate::required) {
    auto server = make_mutual_server_context(server_.certificate, server_.key, ca_.certificate(), wanted);
    EXPECT_TRUE(server) << server.error().to_string();
    return shake_hands(std::move(client), *server);
  }

  Outcome shake_hands(ssl::context client, ssl::context& server) {
    Outcome outcome;
    TaskGroup group(loop_.executor(), log_, "handshake");
    auto acceptor = listen(loop_.executor(), "127.0.0.1", 0);
    group.spawn(serve(*acceptor, server, outcome));
    group.spawn(test::call_tls(acceptor->local_endpoint(), client));
    loop_.run(group.wait_empty());
    return outcome;
  }

  static asio::awaitable<void> serve(tcp::acceptor& acceptor, ssl::context& context, Outcome& outcome) {
    ssl::stream<tcp::socket> stream(co_await acceptor.async_accept(asio::use_awaitable), context);
    const auto [error] = co_await stream.async_handshake(ssl::stream_base::server, kToken);
    outcome.error = error;
    if (error) {
      outcome.failure = handshake_failure(stream.native_handle(), error);
      outcome.refused = refused_certificate(stream.native_handle());
      co_return;
    }
    if (auto peer = peer_certificate(stream.native_handle())) outcome.peer = *std::move(peer);
    outcome.version = SSL_get_version(stream.native_handle());
    outcome.binding = server_end_point_binding(stream.native_handle());
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::TempDir dir_;
  test::TestCa ca_, alone_{"Alone"};
  test::Credentials server_ = ca_.server();
};

TEST_F(TlsTest, ShowsWhoIsAtTheOtherEnd) {
  const auto client = ca_.issue({.common_name = "exchange",
                                 .dns = {"exchange.contoso.test"},
                                 .uris = {"spiffe://contoso.test/exchange"},
                                 .purpose = test::Purpose::client});
  const Outcome outcome = shake_hands(client_context(&client));
  ASSERT_FALSE(outcome.error) << outcome.failure;
  ASSERT_TRUE(outcome.peer);
  EXPECT_EQ(outcome.peer->subject, "CN=exchange");
  EXPECT_EQ(outcome.peer->dns, std::vector<std::string>{"exchange.contoso.test"});
  EXPECT_EQ(outcome.peer->uris, std::vector<std::string>{"spiffe://contoso.test/exchange"});
  EXPECT_EQ(outcome.peer->fingerprint.size(), 64U);
  EXPECT_EQ(outcome.version, "TLSv1.3");

  const auto read = read_certificate_pem(client.certificate_pem);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fingerprint, outcome.peer->fingerprint);
  EXPECT_LT(read->not_before, std::chrono::system_clock::now());
  EXPECT_GT(read->not_after, std::chrono::system_clock::now() + std::chrono::hours(23));
}

TEST_F(TlsTest, ShowsWhoSignedIt) {
  const auto client = ca_.client("exchange.contoso.test");
  const Outcome direct = shake_hands(client_context(&client));
  ASSERT_TRUE(direct.peer);
  EXPECT_EQ(direct.peer->issuer_fingerprint, read_certificate_pem(ca_.certificate_pem())->fingerprint);

  test::TestCa between(ca_, "Between");
  const auto below = between.client("exchange.contoso.test");
  const Outcome through = shake_hands(client_context(&below));
  ASSERT_TRUE(through.peer) << through.failure;
  EXPECT_EQ(through.peer->issuer_fingerprint, read_certificate_pem(between.certificate_pem())->fingerprint);

  EXPECT_EQ(read_certificate_pem(client.certificate_pem)->issuer_fingerprint, "") << "a file has not been verified";
}

TEST_F(TlsTest, WhoIsTrustedByItselfWasSignedByNobody) {
  auto server = make_mutual_server_context(server_.certificate, server_.key, alone_.certificate());
  ASSERT_TRUE(server);
  SSL_CTX_set_purpose(server->native_handle(), X509_PURPOSE_ANY);  // it has no other certificate than a CA's
  test::Credentials self{alone_.certificate_pem(), alone_.key_pem(), alone_.certificate(), {}};
  self.key = dir_.write("self.key", self.key_pem);
  const Outcome outcome = shake_hands(client_context(&self), *server);
  ASSERT_TRUE(outcome.peer) << outcome.failure;
  EXPECT_EQ(outcome.peer->issuer_fingerprint, "");
}

TEST_F(TlsTest, StillSpeaksTls12WithTheSuitesOfWindowsServer2012R2) {
  const auto client = ca_.client("exchange.contoso.test");
  ssl::context context = client_context(&client);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.native_handle(), "ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384");
  const Outcome outcome = shake_hands(std::move(context));
  EXPECT_FALSE(outcome.error) << outcome.failure;
  EXPECT_EQ(outcome.version, "TLSv1.2");
}

TEST_F(TlsTest, RefusesTls11) {
  const auto client = ca_.client("exchange.contoso.test");
  ssl::context context = client_context(&client);
  SSL_CTX_set_security_level(context.native_handle(), 0);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
  EXPECT_TRUE(shake_hands(std::move(context)).error);
}

TEST_F(TlsTest, RefusesAClientWithoutACertificate) {
  const Outcome outcome = shake_hands(client_context(nullptr));
  EXPECT_TRUE(outcome.error);
  EXPECT_NE(outcome.failure.find("peer did not return a certificate"), std::string::npos) << outcome.failure;
  EXPECT_EQ(outcome.refused, "");
}

TEST_F(TlsTest, LetsAClientWithoutACertificateInIfThatIsOptional) {
  const Outcome outcome = shake_hands(client_context(nullptr), ClientCertificate::optional);
  EXPECT_FALSE(outcome.error) << outcome.failure;
  EXPECT_FALSE(outcome.peer);
  EXPECT_EQ(outcome.version, "TLSv1.3");
}

TEST_F(TlsTest, VerifiesAnOptionalCertificateThatIsShown) {
  test::TestCa stranger;
  const auto client = stranger.client("exchange.contoso.test");
  EXPECT_TRUE(shake_hands(client_context(&client), ClientCertificate::optional).error);
}

// RFC 5929 4.1; our test certificates are signed with SHA-256, and the fingerprint is that hash, too.
TEST_F(TlsTest, BindsAProofToTheServersCertificate) {
  const auto client = ca_.client("exchange.contoso.test");
  const Outcome outcome = shake_hands(client_context(&client));
  constexpr std::string_view kKind = "tls-server-end-point:";
  ASSERT_EQ(outcome.binding.size(), kKind.size() + 32);
  EXPECT_TRUE(outcome.binding.starts_with(kKind));
  std::string hex;
  for (const char byte : outcome.binding.substr(kKind.size()))
    for (const int digit : {static_cast<unsigned char>(byte) >> 4, byte & 15}) hex += "0123456789abcdef"[digit];
  EXPECT_EQ(hex, read_certificate_pem(server_.certificate_pem)->fingerprint);
}

TEST_F(TlsTest, RefusesAnotherAuthoritysCertificate) {
  test::TestCa other("Test CA");  // the same name: only the signature tells them apart
  const auto client = other.client("exchange.contoso.test");
  EXPECT_TRUE(shake_hands(client_context(&client)).error);
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  const auto client = ca_.issue({.dns = {"exchange.contoso.test"}, .ends = std::chrono::seconds(-60)});
  const Outcome outcome = shake_hands(client_context(&client));
  EXPECT_TRUE(outcome.error);
  EXPECT_EQ(outcome.failure, "certificate has expired");
  EXPECT_EQ(outcome.refused, "CN=test sha256:" + read_certificate_pem(client.certificate_pem)->fingerprint);
}

TEST_F(TlsTest, WhatARefusedCertificateSaysOfItselfIsCutAndPrintable) {
  const auto client = ca_.issue({.common_name = "a\nb" + std::string(61, 'c'), .ends = std::chrono::seconds(-60)});
  const Outcome outcome = shake_hands(client_context(&client));
  EXPECT_TRUE(outcome.refused.starts_with("CN=a\\0Abccc")) << outcome.refused;
  EXPECT_LE(outcome.refused.size(), 512U);
}

TEST_F(TlsTest, RefusesAServersCertificateInTheHandOfAClient) {
  const auto client = ca_.issue({.dns = {"exchange.contoso.test"}, .purpose = test::Purpose::server});
  const Outcome outcome = shake_hands(client_context(&client));
  EXPECT_TRUE(outcome.error);
  EXPECT_EQ(outcome.failure, "unsuitable certificate purpose");
}

// ---- files

class TlsFilesTest : public TlsTest {
 protected:
  Error refusal(const std::filesystem::path& chain, const std::filesystem::path& key, const std::filesystem::path& ca) {
    auto context = make_mutual_server_context(chain, key, ca);
    auto files = read_pem_files(chain, key, ca);
    EXPECT_FALSE(context);
    EXPECT_FALSE(files);
    if (context || files) return Error(Errc::already_exists, "was accepted");
    EXPECT_EQ(context.error().code, files.error().code);
    return context.error();
  }

  const std::filesystem::path& good_ca() const { return ca_.certificate(); }
};

TEST_F(TlsFilesTest, GoodOnesAreReadAsTheyAre) {
  const auto files = read_pem_files(server_.certificate, server_.key, good_ca());
  ASSERT_TRUE(files) << files.error().to_string();
  EXPECT_EQ(files->certificate_chain, server_.certificate_pem);
  EXPECT_EQ(files->key.text(), server_.key_pem);
  EXPECT_EQ(files->ca, ca_.certificate_pem());
}

TEST_F(TlsFilesTest, AMissingFileIsNamed) {
  const auto missing = dir_.path() / "missing.pem";
  for (const Error& error : {refusal(missing, server_.key, good_ca()), refusal(server_.certificate, missing, good_ca()),
                             refusal(server_.certificate, server_.key, missing)}) {
    EXPECT_EQ(error, Errc::not_found);
    EXPECT_NE(error.context.find("missing.pem"), std::string::npos);
  }
}

TEST_F(TlsFilesTest, JunkIsMalformed) {
  const auto junk = dir_.write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const auto empty = dir_.write("empty.pem", "");
  EXPECT_EQ(refusal(junk, server_.key, good_ca()), Errc::malformed);
  EXPECT_EQ(refusal(empty, server_.key, good_ca()), Errc::malformed);
  EXPECT_EQ(refusal(server_.certificate, junk, good_ca()), Errc::malformed);
  EXPECT_EQ(refusal(server_.certificate, server_.key, junk), Errc::malformed);
}

TEST_F(TlsFilesTest, JunkBehindAGoodCertificateIsMalformedToo) {
  const auto mixed = dir_.write(
      "mixed.pem", server_.certificate_pem + "-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(refusal(mixed, server_.key, good_ca()), Errc::malformed);
}

TEST_F(TlsFilesTest, AnotherCertificatesKeyIsTheWrongOne) {
  EXPECT_EQ(refusal(server_.certificate, ca_.server().key, good_ca()), Errc::wrong_key);
}

TEST_F(TlsFilesTest, AKeyThatTheWorldMayReadIsRefused) {
  ASSERT_EQ(::chmod(server_.key.c_str(), 0644), 0);
  EXPECT_EQ(refusal(server_.certificate, server_.key, good_ca()), Errc::insecure_file);
}

TEST_F(TlsFilesTest, AKeyWithAPassphraseIsRefusedInsteadOfAskingTheTerminal) {
  const auto locked =
      dir_.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHs\n-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_EQ(refusal(server_.certificate, locked, good_ca()), Errc::malformed);
}

TEST_F(TlsFilesTest, NamesThatAreNotPrintableAreLeftOut) {
  const auto read = read_certificate_pem(ca_.issue({.dns = {"good.contoso.test", "b\xc3\xa4"}}).certificate_pem);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->dns, std::vector<std::string>{"good.contoso.test"});
}

TEST_F(TlsFilesTest, ACertificateForLongerThanOurClockCountsIsNotExpired) {
  using namespace std::chrono_literals;
  const auto read = read_certificate_pem(ca_.issue({.ends = 24h * 365 * 400}).certificate_pem);
  ASSERT_TRUE(read);
  EXPECT_GT(read->not_after, std::chrono::system_clock::now() + 24h * 365 * 200);
}

TEST_F(TlsFilesTest, WhatIsNoCertificateIsMalformed) {
  EXPECT_EQ(read_certificate_pem("certificate").error(), Errc::malformed);
}

}  // namespace
}  // namespace rms::net

// SPDX-License-Identifier: Apache-2.0
#include "connector/authenticator/authenticator.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "base/freed_by.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using Context = std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, FreedBy<SSL_free>>;

// A real handshake in memory; what a client showed is then there for the server to see.
class Authenticator : public testing::Test {
 protected:
  SSL* handshake(SSL_CTX* server_context, const test::Credentials* client) {
    client_context_.reset(SSL_CTX_new(TLS_client_method()));
    if (client != nullptr) {
      SSL_CTX_use_certificate_file(client_context_.get(), client->certificate.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(client_context_.get(), client->key.c_str(), SSL_FILETYPE_PEM);
    }
    server_.reset(SSL_new(server_context));
    client_.reset(SSL_new(client_context_.get()));
    BIO *server_side = nullptr, *client_side = nullptr;
    BIO_new_bio_pair(&server_side, 0, &client_side, 0);
    SSL_set_bio(server_.get(), server_side, server_side);
    SSL_set_bio(client_.get(), client_side, client_side);
    SSL_set_accept_state(server_.get());
    SSL_set_connect_state(client_.get());
    for (int i = 0; i < 10 && !SSL_is_init_finished(server_.get()); ++i) {
      SSL_do_handshake(client_.get());
      SSL_do_handshake(server_.get());
    }
    EXPECT_TRUE(SSL_is_init_finished(server_.get()));
    return server_.get();
  }

  // A server that lets anyone in: what the listener's own context never does.
  Context careless(int verify_mode) {
    const auto own = ca_.server();
    Context context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_file(context.get(), own.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), own.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_set_verify(context.get(), verify_mode, [](int, X509_STORE_CTX*) { return 1; });
    return context;
  }

  test::TestCa ca_;
  Context client_context_;
  Session server_, client_;
};

TEST_F(Authenticator, NamesAClientAfterItsVerifiedCertificate) {
  const auto own = ca_.server();
  auto context = net::make_mutual_server_context(own.certificate, own.key, ca_.certificate());
  ASSERT_TRUE(context) << context.error().to_string();
  const auto client = ca_.client("exchange.contoso.test");
  const auto who = authenticate(handshake(context->native_handle(), &client));
  ASSERT_TRUE(who) << who.error().to_string();
  EXPECT_EQ(who->mechanism, "tls-client-certificate");
  EXPECT_EQ(who->name, "dns:exchange.contoso.test");
  ASSERT_TRUE(who->certificate);
  EXPECT_EQ(who->certificate->fingerprint, net::read_certificate_pem(client.certificate_pem)->fingerprint);
}

TEST_F(Authenticator, DeniesAClientWithoutACertificate) {
  const auto context = careless(SSL_VERIFY_PEER);
  EXPECT_EQ(authenticate(handshake(context.get(), nullptr)).error(), Errc::denied);
}

TEST_F(Authenticator, DeniesACertificateThatWasNotVerified) {
  test::TestCa stranger;
  const auto client = stranger.client("exchange.contoso.test");
  const auto context = careless(SSL_VERIFY_PEER);
  EXPECT_EQ(authenticate(handshake(context.get(), &client)).error(), Errc::denied);
}

TEST(Principal, IsNamedAfterTheBestThatTheCertificateHas) {
  net::PeerCertificate certificate;
  certificate.subject = "CN=exchange.contoso.test";
  certificate.fingerprint = "00ff";
  EXPECT_EQ(principal_of(certificate).name, "sha256:00ff") << "a subject is no identity";
  certificate.uris = {"spiffe://first", "spiffe://second"};
  EXPECT_EQ(principal_of(certificate).name, "uri:spiffe://first");
  certificate.dns = {"first.test", "second.test"};
  EXPECT_EQ(principal_of(certificate).name, "dns:first.test");
}

}  // namespace
}  // namespace rms::connector

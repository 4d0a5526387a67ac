// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

#include "client/service/transport.h"
#include "support/https_server.h"
#include "support/test_ca.h"

namespace rms::client {
namespace {

using test::fails_with;
using test::must;

std::string http(int status, std::string_view body, std::string_view type = "text/xml; charset=utf-8",
                 std::string_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

class HttpsTransport : public testing::Test {
 protected:
  test::HttpsServer serve(std::string answer) { return serve(std::move(answer), server_); }
  test::HttpsServer serve(std::string answer, const test::Credentials& as) {
    return test::HttpsServer({as.certificate, as.key, ca_.certificate()}, std::move(answer));
  }
  HttpsSettings settings(std::string url) const {
    HttpsSettings settings;
    settings.url = std::move(url);
    settings.ca = ca_.certificate();
    settings.certificate = client_.certificate;
    settings.key = client_.key;
    return settings;
  }
  static Result<std::string> post(HttpsSettings how) {
    RMS_TRY(const auto transport, make_https_transport(std::move(how)));
    return transport->post("/_wmcs/licensing/license.asmx", "http://microsoft.com/DRM/LicensingService/AcquireLicense",
                           "<question/>");
  }
  Result<std::string> ask(std::string answer) {
    const auto server = serve(std::move(answer));
    return post(settings(server.url()));
  }

  test::TestCa ca_, other_ca_{"Other CA"};
  test::Credentials server_ = ca_.server(), client_ = ca_.client("exchange.contoso.test");
};

TEST_F(HttpsTransport, PostsAnEnvelopeAndBringsTheAnswer) {
  const auto server = serve(http(200, "<answer/>"));
  EXPECT_EQ(must(post(settings(server.url() + "/"))), "<answer/>");
  const std::string request = server.request();
  EXPECT_EQ(request.find("POST /_wmcs/licensing/license.asmx HTTP/1.1\r\n"), 0u) << request;
  for (const char* part :
       {"\r\nContent-Type: text/xml; charset=utf-8\r\n", "\r\nUser-Agent: rms;version=", "\r\n\r\n<question/>",
        "\r\nSOAPAction: \"http://microsoft.com/DRM/LicensingService/AcquireLicense\"\r\n"})
    EXPECT_NE(request.find(part), std::string::npos) << part << " in " << request;
  EXPECT_EQ(request.find("Expect:"), std::string::npos);
}

TEST_F(HttpsTransport, AFaultIsAnAnswer) {
  EXPECT_EQ(must(ask(http(500, "<fault/>"))), "<fault/>");
}

struct Status {
  int status;
  Errc code;
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const Status& value, std::ostream* out) {
  *out << value.status;
}
class HttpsTransportStatus : public HttpsTransport, public testing::WithParamInterface<Status> {};

TEST_P(HttpsTransportStatus, SaysWhoDecidedOrThatNobodyDid) {
  const auto answer = ask(http(GetParam().status, "<html/>", "text/html"));
  EXPECT_TRUE(fails_with(answer, GetParam().code));
  EXPECT_NE(answer.error().context.find(std::to_string(GetParam().status)), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(Each, HttpsTransportStatus,
                         testing::Values(Status{401, Errc::denied}, Status{403, Errc::denied},
                                         Status{404, Errc::not_found}, Status{413, Errc::too_large},
                                         Status{429, Errc::overloaded}, Status{500, Errc::unavailable},
                                         Status{502, Errc::unavailable}, Status{503, Errc::unavailable},
                                         Status{504, Errc::deadline_exceeded}, Status{400, Errc::malformed}),
                         [](const auto& tested) { return std::to_string(tested.param.status); });

TEST_F(HttpsTransport, SaysByWhichIdAdministratorsFindTheRequest) {
  const std::string id = "request-id: 0f45fd50-383b-43ee-90a4-ed013cd0cfe5\r\n";
  const auto refused = ask(http(403, "no", "text/plain", id));
  ASSERT_TRUE(fails_with(refused, Errc::denied));
  EXPECT_NE(refused.error().context.find("correlation id 0f45fd50-383b-43ee-90a4-ed013cd0cfe5"), std::string::npos)
      << refused.error().context;
  const auto server = serve(http(500, "<fault/>", "text/xml", id));
  const auto transport = must(make_https_transport(settings(server.url())));
  EXPECT_EQ(transport->correlation_id(), "");
  must(transport->post("/_wmcs/licensing/license.asmx", "a", "<question/>"));
  EXPECT_EQ(transport->correlation_id(), "0f45fd50-383b-43ee-90a4-ed013cd0cfe5");
  const auto longer = ask(http(403, "no", "text/plain", "request-id: " + std::string(129, 'x') + "\r\n"));
  EXPECT_EQ(longer.error().context.find(std::string(129, 'x')), std::string::npos) << "of a peer that says more";
}

TEST_F(HttpsTransport, FollowsNoRedirect) {
  const auto elsewhere = serve(http(200, "<answer/>"));
  const auto server = serve(http(302, "", "text/html", "Location: " + elsewhere.url() + "\r\n"));
  EXPECT_TRUE(fails_with(post(settings(server.url())), Errc::malformed));
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST_F(HttpsTransport, UsesNoProxyOfTheEnvironment) {
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  const auto answer = ask(http(200, "<answer/>"));
  ::unsetenv("https_proxy");
  EXPECT_TRUE(test::succeeds(answer));
}

TEST_F(HttpsTransport, AnAnswerOfTheLimitIsReadAndALongerOneIsNot) {
  for (const std::size_t size : {1000u, 1001u}) {
    const auto server = serve(http(200, std::string(size, 'x')));
    auto how = settings(server.url());
    how.response_limit_bytes = 1000;
    const auto answer = post(how);
    EXPECT_TRUE(size == 1000 ? test::succeeds(answer) : fails_with(answer, Errc::too_large)) << size;
  }
}

// Tickets are met in tests/system/quickstart_shows_kerberos.py; here nobody has one.
TEST_F(HttpsTransport, ATicketStandsInForCertificateAndKey) {
  ::setenv("KRB5_CONFIG", "/dev/null", 1);
  ::setenv("KRB5CCNAME", "FILE:/nonexistent", 1);
  const test::HttpsServer server(
      {server_.certificate, server_.key, ca_.certificate(), nullptr, net::ClientCertificate::optional},
      http(401, "<html/>", "text/html", "WWW-Authenticate: Negotiate\r\n"));
  auto how = settings(server.url());
  how.negotiate = true;
  how.certificate = how.key = "/nonexistent";
  const auto answer = post(how);
  EXPECT_TRUE(fails_with(answer, Errc::denied));
  EXPECT_NE(answer.error().context.find("klist"), std::string::npos) << answer.error().context;
  how.ca = server_.key;
  EXPECT_TRUE(fails_with(post(how), Errc::invalid_setting));
  how.ca = "/nonexistent";
  EXPECT_TRUE(fails_with(post(how), Errc::not_found));
}

TEST_F(HttpsTransport, BelievesOnlyTheCaThatItWasGiven) {
  const auto server = serve(http(200, "<answer/>"));
  auto how = settings(server.url());
  how.ca = other_ca_.certificate();
  EXPECT_TRUE(fails_with(post(how), Errc::untrusted));
  how.ca = "/etc/ssl/certs/ca-certificates.crt";
  if (std::filesystem::exists(how.ca)) {
    EXPECT_TRUE(fails_with(post(how), Errc::untrusted));
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpsTransport, BelievesNoOtherName) {
  test::CertificateSpec spec;
  spec.dns = {"elsewhere.contoso.test"};
  const auto server = serve(http(200, "<answer/>"), ca_.issue(spec));
  EXPECT_TRUE(fails_with(post(settings(server.url())), Errc::untrusted));
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpsTransport, ACertificateThatTheServerDoesNotTakeIsADenial) {
  const auto server = serve(http(200, "<answer/>"));
  const auto stranger = other_ca_.client("stranger.contoso.test");
  auto how = settings(server.url());
  how.certificate = stranger.certificate;
  how.key = stranger.key;
  EXPECT_TRUE(fails_with(post(how), Errc::denied));
}

TEST_F(HttpsTransport, NoCipherInCommonIsNoDenial) {
  // Without certificates: no client takes that.
  const test::HttpsServer server({server_.certificate, server_.key, ca_.certificate(), "AECDH-AES256-SHA:@SECLEVEL=0"},
                                 http(200, "<answer/>"));
  const auto answer = post(settings(server.url()));
  EXPECT_TRUE(fails_with(answer, Errc::unavailable));
  EXPECT_NE(answer.error().context.find("handshake failure"), std::string::npos) << answer.error().context;
}

TEST_F(HttpsTransport, NobodyThereIsUnavailable) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor closed(io, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string url = "https://localhost:" + std::to_string(closed.local_endpoint().port());
  closed.close();
  EXPECT_TRUE(fails_with(post(settings(url)), Errc::unavailable));
}

TEST_F(HttpsTransport, SilenceEndsAtTheDeadline) {
  const auto server = serve("");
  auto how = settings(server.url());
  how.timeout = std::chrono::milliseconds(200);
  EXPECT_TRUE(fails_with(post(how), Errc::deadline_exceeded));
}

TEST_F(HttpsTransport, StopsWhenTold) {
  const auto server = serve("");
  auto how = settings(server.url());
  how.stop = [] { return true; };
  EXPECT_TRUE(fails_with(post(how), Errc::cancelled));
}

TEST_F(HttpsTransport, TakesHttpsAddressesOnly) {
  for (const char* url : {"", "localhost", "http://localhost", "ftp://localhost", "https://", "https://user@localhost",
                          "https://localhost/?a=b", "https://localhost/#a", "https://local host"})
    EXPECT_TRUE(fails_with(make_https_transport(settings(url)), Errc::invalid_setting)) << url;
}

TEST_F(HttpsTransport, SaysWhichFileIsMissingOrUnsafe) {
  auto how = settings("https://localhost");
  how.ca = "/nowhere/ca.pem";
  EXPECT_TRUE(fails_with(make_https_transport(how), Errc::not_found));
  how = settings("https://localhost");
  std::filesystem::permissions(client_.key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_TRUE(fails_with(make_https_transport(how), Errc::insecure_file));
}

TEST_F(HttpsTransport, SaysBeforeItIsUsedThatCertificateAndKeyDoNotFit) {
  auto how = settings("https://localhost");
  how.key = server_.key;
  EXPECT_TRUE(fails_with(make_https_transport(how), Errc::invalid_setting));
  how.key = ca_.directory().write("junk.key", "junk");
  EXPECT_TRUE(fails_with(make_https_transport(how), Errc::invalid_setting));
}

TEST_F(HttpsTransport, SaysBeforeItIsUsedThatTheCaIsNone) {
  auto how = settings("https://localhost");
  how.ca = ca_.directory().write("junk.pem", "junk");
  EXPECT_TRUE(fails_with(make_https_transport(how), Errc::invalid_setting));
}

}  // namespace
}  // namespace rms::client

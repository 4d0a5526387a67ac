// SPDX-License-Identifier: Apache-2.0
//
// What real callers do to HTTP, and which pages there are.
#include <gtest/gtest.h>

#include "support/corridor_fixture.h"

namespace rms::connector {
namespace {

using test::HttpsClient;

class ToleranceTest : public test::CorridorFixture {
 protected:
  std::string get(std::string_view target, std::string_view host = "connector.contoso.test:8443") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
  }
};

TEST_F(ToleranceTest, PathsMatchWithoutRegardToCase) {
  for (const std::string_view path :
       {"/_WMCS/CERTIFICATION/SERVERCERTIFICATION.ASMX", "/_wmcs/certification/servercertification.asmx",
        "/_wmcs/Certification/ServerCertification.asmx"})
    EXPECT_EQ(connect().ask(post(certify(), "", path)).status, 200) << path;
}

TEST_F(ToleranceTest, AQueryBehindThePathIsLetBe) {
  for (const std::string_view query : {"?", "?op=Certify", "?wsdl", "?a=b&c"})
    EXPECT_EQ(connect().ask(post(certify(), "", std::string(kCertificationPage) + std::string(query))).status, 200)
        << query;
}

TEST_F(ToleranceTest, AnAbsoluteTargetIsItsPath) {
  EXPECT_EQ(connect().ask(post(certify(), "", "https://localhost" + std::string(kCertificationPage))).status, 200);
}

TEST_F(ToleranceTest, PathsAreNotDecoded) {
  for (const std::string_view path :
       {"/_wmcs/certification/%53erverCertification.asmx", "/_wmcs//certification/ServerCertification.asmx",
        "/_wmcs/certification/../certification/ServerCertification.asmx",
        "/_wmcs/certification/ServerCertification.asmx/", "/_wmcs/certification/ServerCertification.asmx;a=b",
        "/_wmcs/certification\\ServerCertification.asmx"})
    EXPECT_EQ(connect().ask(post(certify(), "", path)).status, 404) << path;
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(ToleranceTest, BodiesMayComeInChunks) {
  const std::string body = certify();
  std::string request = "POST " + std::string(kCertificationPage) +
                        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 7) {
    const std::string piece = body.substr(at, 7);
    request += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
  }
  EXPECT_EQ(connect().ask(request + "0\r\n\r\n").status, 200);
}

TEST_F(ToleranceTest, WhoExpectsToContinueIsToldTo) {
  const std::string body = certify();
  const std::string request = post(body, "Expect: 100-continue\r\n");
  HttpsClient& client = connect();
  client.send(request.substr(0, request.size() - body.size()));
  EXPECT_EQ(client.receive().status, 100);
  EXPECT_EQ(client.ask(body).status, 200);
}

TEST_F(ToleranceTest, WhoDoesNotWaitToContinueIsAnsweredToo) {
  HttpsClient& client = connect();
  client.send(post(certify(), "Expect: 100-Continue\r\n"));
  const auto first = client.receive();
  EXPECT_EQ(first.status == 100 ? client.receive().status : first.status, 200);
}

// As .NET does with PreAuthenticate: it does not wait to be let in.
TEST_F(ToleranceTest, ABodyThatComesWithARefusedLegIsNotReadAndTheAnswerArrives) {
  const auto stranger = ca_.client("stranger.contoso.test");
  for (const std::size_t blanks : {0, 2'000'000}) {
    HttpsClient& client = connect(&stranger);
    client.send(post(certify() + std::string(blanks, ' ')));
    EXPECT_EQ(client.receive().status, 403) << blanks;
  }
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(ToleranceTest, AStrangerIsNotToldToContinue) {
  const auto stranger = ca_.client("stranger.contoso.test");
  const std::string body = certify();
  const std::string request = post(body, "Expect: 100-continue\r\n");
  HttpsClient& client = connect(&stranger);
  EXPECT_EQ(client.ask(request.substr(0, request.size() - body.size())).status, 403);
}

TEST_F(ToleranceTest, EnvelopesMayBeginWithAByteOrderMark) {
  EXPECT_EQ(connect().ask(post("\xef\xbb\xbf" + certify())).status, 200);
}

// `text` of ASCII alone as UTF-16.
std::string utf16(std::string_view text, bool little, bool marked) {
  std::string wide = !marked ? "" : little ? "\xff\xfe" : "\xfe\xff";
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

TEST_F(ToleranceTest, EnvelopesMayBeUtf16) {
  std::string body = certify();
  body.replace(body.find("utf-8"), 5, "utf-16");
  for (const bool little : {true, false})
    for (const bool marked : {true, false})
      EXPECT_EQ(connect().ask(post(utf16(body, little, marked))).status, 200) << little << marked;
  EXPECT_EQ(cloud_.asked.at(0).first_document, "<XrML>machine</XrML>");
}

TEST_F(ToleranceTest, OneConnectionServesManyRequests) {
  HttpsClient& client = connect();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.ask(post(certify())).status, 200);
    EXPECT_EQ(client.ask(post("junk")).status, 500) << "a fault does not end it";
    EXPECT_EQ(client.ask(get(kCertificationPage)).status, 200);
  }
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ToleranceTest, PagesThatAreNotForServersAre404) {
  HttpsClient& client = connect();
  for (const std::string_view path :
       {"/_wmcs/certification/Activation.asmx", "/_wmcs/certification/MobileCertification.asmx",
        "/_wmcs/certification/MobileDeviceCertification.asmx", "/_wmcs/certification/MacCertification.asmx",
        "/_wmcs/certification/SubEnrollService.asmx", "/_wmcs/licensing/editissuancelicense.asmx",
        "/_wmcs/decommission/decommission.asmx", "/_wmcs/groupexpansion/GroupExpansion.asmx",
        "/_wmcs/certificationexternal/ServerCertification.asmx", "/_wmcs/licensingexternal/license.asmx",
        "/enrollment/enrollservice.asmx", "/_wmcs/licensing", "/_wmcs", "/"}) {
    // Unread bodies end connections.
    EXPECT_EQ(connect().ask(post(certify(), "", path)).status, 404) << path;
    EXPECT_EQ(client.ask(get(path)).status, 404) << path;
  }
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(ToleranceTest, EveryPageDescribesItselfUnderTheNameItWasAskedBy) {
  HttpsClient& client = connect();
  for (const soap::Service& service : soap::services()) {
    const std::string path(service.path);
    EXPECT_EQ(client.ask(get(path)).header("Content-Type"), "text/html; charset=utf-8") << path;
    for (const std::string query : {"?wsdl", "?WSDL", "?Wsdl"}) {
      const auto answer = client.ask(get(path + query));
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.header("Content-Type"), "text/xml; charset=utf-8");
      EXPECT_NE(answer.body.find("<soap:address location=\"https://connector.contoso.test:8443" + path + "\"/>"),
                std::string::npos)
          << answer.body;
    }
  }
}

TEST_F(ToleranceTest, ADescriptionNamesNoHostThatCannotBeOne) {
  for (const std::string_view host : {"a\"b", "<evil>", "user@host", "host/path", "a b", ""}) {
    const auto answer = connect().ask(get(std::string(kCertificationPage) + "?wsdl", host));
    EXPECT_EQ(answer.status, 400) << host;
  }
  EXPECT_EQ(connect().ask(get(std::string(kCertificationPage) + "?wsdl", "[::1]:8443")).status, 200);
}

TEST_F(ToleranceTest, AStrangerGetsNoDescription) {
  const auto stranger = ca_.client("stranger.contoso.test");
  EXPECT_EQ(connect(&stranger).ask(get(std::string(kCertificationPage) + "?wsdl")).status, 403);
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Who asks, in which role, from where and to what end is told to the rights service from the TLS connection and the
// settings. Nothing that a caller writes can change it; what a caller may say is its correlation id (one GUID), what it
// calls itself (User-Agent) and the content of its question.
#include <ostream>

#include <gtest/gtest.h>

#include "base/guid.h"
#include "support/corridor_fixture.h"

namespace rms::connector {
namespace {

using test::FakeCloud;
using test::HttpsClient;

class SpoofingTest : public test::CorridorFixture {
 protected:
  // What the service was told of the only question.
  const CloudCall& told() {
    EXPECT_EQ(cloud_.asked.size(), 1U);
    return cloud_.asked.at(0).call;
  }
  void expect_exchange(const CloudCall& call) {
    EXPECT_EQ(call.identity.entry, "exchange");
    EXPECT_EQ(call.identity.role, Role::exchange);
    EXPECT_EQ(call.identity.mail, "exchange@contoso.test");
    EXPECT_EQ(call.identity.sid, "S-1-5-21-1-1");
    EXPECT_EQ(call.identity.principal, "dns:exchange.contoso.test");
    EXPECT_EQ(call.identity.mechanism, "tls-client-certificate");
    EXPECT_EQ(call.client_address, "127.0.0.1");
    EXPECT_EQ(call.published_base, "");
    EXPECT_TRUE(call.server_certification);
    EXPECT_TRUE(is_guid(call.request_id));
    EXPECT_TRUE(is_guid(call.correlation_id));
  }
};

struct Header {
  const char* name;
  const char* value;
};
void PrintTo(const Header& header, std::ostream* out) {
  *out << header.name << ": " << header.value;
}
class SpoofedHeader : public SpoofingTest, public testing::WithParamInterface<Header> {};

constexpr const char* kGuid = "99999999-9999-4999-8999-999999999999";
constexpr Header kHeaders[] = {
    // Where a request comes from.
    {"X-Forwarded-For", "10.0.0.1"},
    {"X-Forwarded-Host", "evil.test"},
    {"X-Forwarded-Proto", "http"},
    {"X-Real-IP", "10.0.0.1"},
    {"Forwarded", "for=10.0.0.1;host=evil.test;proto=http"},
    {"True-Client-IP", "10.0.0.1"},
    {"Via", "1.1 evil.test"},
    // Who it is.
    {"X-RMS-Identity", "administrator@contoso.test"},
    {"X-RMS-Entry", "sharepoint"},
    {"X-RMS-Role", "sharepoint"},
    {"X-RMS-SID", "S-1-5-18"},
    {"X-MS-Client-Principal-Name", "administrator@contoso.test"},
    {"X-MS-SuperUser", "true"},
    {"Authorization", "Basic YWRtaW5pc3RyYXRvcjpwYXNzd29yZA=="},
    {"Remote-User", "CONTOSO\\administrator"},
    {"X-Client-Cert", "MIIB"},
    {"X-SSL-Client-S-DN", "CN=sharepoint.contoso.test"},
    {"From", "administrator@contoso.test"},
    {"Cookie", "user=administrator"},
    // What it is called.
    {"X-MS-Client-Request-Id", kGuid},
    {"X-Correlation-ID", kGuid},
    {"X-Request-ID", kGuid},
    {"request-id", kGuid},
    {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    // What is asked for, and where.
    {"X-HTTP-Method-Override", "GET"},
    {"X-Original-URL", "/_wmcs/decommission/decommission.asmx"},
    {"X-Rewrite-URL", "/_wmcs/certification/certification.asmx"},
    {"X-RMS-Published-Base", "https://evil.test/_wmcs"},
    {"grpc-timeout", "1H"},
};

TEST_P(SpoofedHeader, ChangesNothingThatTheServiceIsTold) {
  const std::string header = std::string(GetParam().name) + ": " + GetParam().value + "\r\n";
  EXPECT_EQ(connect().ask(post(certify(), header)).status, 200);
  expect_exchange(told());
  EXPECT_NE(told().correlation_id, kGuid);
  EXPECT_NE(told().request_id, kGuid);
  EXPECT_EQ(told().user_agent, "");
}

INSTANTIATE_TEST_SUITE_P(All, SpoofedHeader, testing::ValuesIn(kHeaders), [](const auto& one) {
  std::string name;
  for (const char c : std::string_view(one.param.name))
    if (c != '-') name += c;
  return name;
});

TEST_F(SpoofingTest, AnotherHostDoesNotMoveWhatIsPublished) {
  std::string request = post(certify());
  request.replace(request.find("Host: localhost"), 15, "Host: evil.test");
  EXPECT_EQ(connect().ask(request).status, 200);
  expect_exchange(told());
}

TEST_F(SpoofingTest, AServersRoleIsThatOfItsCertificate) {
  const auto sharepoint = ca_.client("sharepoint.contoso.test");
  const std::string headers = "X-RMS-Role: exchange\r\nX-RMS-Entry: exchange\r\n";
  EXPECT_EQ(connect(&sharepoint).ask(post(certify(), headers)).status, 200);
  EXPECT_EQ(told().identity.entry, "sharepoint");
  EXPECT_EQ(told().identity.role, Role::sharepoint);

  constexpr std::string_view kPage = "/_wmcs/licensing/license.asmx";
  const std::string ahead = soap::write_request(
      *soap::find_service(kPage), soap::AcquirePreLicenseRequest{{"alice@contoso.test"}, {"<XrML>pl</XrML>"}, ""},
      {"1.0.0.0", "1.1.0.0"});
  EXPECT_EQ(connect(&sharepoint).ask(post(ahead, headers, kPage)).status, 403);
  EXPECT_EQ(cloud_.asked.size(), 1U);
}

TEST_F(SpoofingTest, AStrangersHeadersDoNotMakeItKnown) {
  const auto stranger = ca_.client("stranger.contoso.test");
  const std::string headers =
      "X-RMS-Entry: exchange\r\nX-Client-Cert: exchange.contoso.test\r\nAuthorization: Negotiate YII=\r\n";
  EXPECT_EQ(connect(&stranger).ask(post(certify(), headers)).status, 403);
  EXPECT_TRUE(cloud_.asked.empty());
  EXPECT_EQ(log_.lines(Event::unauthorized).at(0).field("principal"), "dns:stranger.contoso.test");
}

TEST_F(SpoofingTest, HeadersOfTheEnvelopeChangeNothing) {
  std::string envelope = certify();
  const std::string end = "</soap:Header>";
  envelope.insert(envelope.find(end),
                  "<Caller xmlns=\"urn:rms\"><role>sharepoint</role><mail>administrator@contoso.test</mail></Caller>"
                  "<w:Security xmlns:w=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0"
                  ".xsd\"><w:UsernameToken><w:Username>administrator</w:Username></w:UsernameToken></w:Security>"
                  "<a:From xmlns:a=\"http://www.w3.org/2005/08/addressing\"><a:Address>urn:admin</a:Address></a:From>"
                  "<a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">urn:uuid:" +
                      std::string(kGuid) + "</a:MessageID>");
  EXPECT_EQ(connect().ask(post(envelope)).status, 200);
  expect_exchange(told());
  EXPECT_NE(told().correlation_id, kGuid);
  EXPECT_EQ(cloud_.asked.at(0).first_document, "<XrML>machine</XrML>");
}

TEST_F(SpoofingTest, OneGuidOfTheCallersIsTheCorrelationId) {
  HttpsClient& client = connect();
  client.ask(post(certify(), "client-request-id: " + std::string(kGuid) + "\r\n"));
  EXPECT_EQ(cloud_.asked.at(0).call.correlation_id, kGuid);
  EXPECT_NE(cloud_.asked.at(0).call.request_id, kGuid);
  for (const std::string id : {"99999999", "' or 1=1 --", "99999999-9999-4999-8999-99999999999g", "\xff\xfe", ""}) {
    EXPECT_EQ(client.ask(post(certify(), "client-request-id: " + id + "\r\n")).status, 200) << id;
    EXPECT_TRUE(is_guid(cloud_.asked.back().call.correlation_id)) << id;
  }
}

TEST_F(SpoofingTest, AUserAgentIsPrintableAndBounded) {
  const std::string agent = "MSIPC\xe2\x80\xae;\xff" + std::string(4000, 'x');
  EXPECT_EQ(connect().ask(post(certify(), "User-Agent: " + agent + "\r\n")).status, 200);
  EXPECT_EQ(told().user_agent.substr(0, 10), "MSIPC???;?");
  EXPECT_LE(told().user_agent.size(), 1024U);
  expect_exchange(told());
}

TEST_F(SpoofingTest, AUserAgentWithControlCharactersIsNoHttp) {
  for (const char control : {'\0', '\x01', '\x1b', '\x7f'}) {
    const std::string agent = std::string("User-Agent: a") + control + "b\r\n";
    EXPECT_EQ(connect().ask(post(certify(), agent)).status, 400) << static_cast<int>(control);
  }
  EXPECT_TRUE(cloud_.asked.empty());
}

}  // namespace
}  // namespace rms::connector

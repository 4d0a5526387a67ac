// SPDX-License-Identifier: Apache-2.0
//
// HTTP Negotiate from the bytes of a connection to the question that the rights service gets: real tickets, a real
// listener; only the service is in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/pipeline.h"
#include "soap/envelope.h"
#include "support/fake_cloud.h"
#include "support/http_server_fixture.h"
#include "support/logon_info_writer.h"
#include "support/test_realm.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;
using test::ReceivedAnswer;
using test::TicketRequest;
using testing::HasSubstr;

constexpr std::string_view kPage = "/_wmcs/certification/ServerCertification.asmx";

class NegotiateTest : public test::HttpServerFixture {
 protected:
  void SetUp() override {
    KerberosSettings kerberos;
    kerberos.keytab = dir_.path() / "service.keytab";
    kerberos.trusted_domains = {"S-1-5-21-1-2-3"};
    test::TestRealm::write_keytab(kerberos.keytab, {test::RealmKey()});
    auto acceptor = KerberosAcceptor::open(kerberos, clock_, &log_);
    ASSERT_TRUE(acceptor) << acceptor.error().to_string();
    acceptor_ = *std::move(acceptor);

    Settings settings;
    settings.authentication.kerberos = kerberos;
    ServerEntry entry;
    entry.name = "members";
    entry.match.group_sid = "S-1-5-21-1-2-3-1109";
    entry.mail = "exchange@contoso.test";
    entry.operations = default_grants(Role::exchange);
    settings.servers.push_back(entry);
    entry.name = "certificate";
    entry.match = {.dns = "exchange.contoso.test"};
    settings.servers.push_back(entry);
    pipeline_ = std::make_unique<Pipeline>(std::make_shared<const Settings>(std::move(settings)), relay_, access_log_,
                                           metrics_, clock_);
    options_.kerberos = acceptor_.get();
    options_.plain_host = "127.0.0.1";
    client_certificate_ = net::ClientCertificate::optional;
    start();
  }

  HttpHandler& handler() override { return *pipeline_; }

  static std::string body() {
    return soap::write_request(*soap::find_service(kPage), soap::CertifyRequest{{"<XrML>machine</XrML>"}},
                               {"1.0.0.0", "1.0.0.0"});
  }
  // `headers` end with CR LF each.
  static std::string post(std::string_view headers, std::string_view content = body()) {
    return "POST " + std::string(kPage) + " HTTP/1.1\r\nHost: connector.contoso.test\r\nContent-Type: text/xml\r\n" +
           "Content-Length: " + std::to_string(content.size()) + "\r\n" + std::string(headers) + "\r\n" +
           std::string(content);
  }
  static std::string negotiate(const std::string& token) { return "Authorization: Negotiate " + token + "\r\n"; }
  std::string member() {
    TicketRequest request;
    request.logon_info = test::logon_info({});
    return realm_.token(request);
  }

  HttpsClient& connect_to_plain_door() {
    clients_.push_back(std::make_unique<HttpsClient>(loop_, server_->plain_endpoint(), ca_, nullptr, false));
    return *clients_.back();
  }

  test::TempDir dir_;
  test::TestRealm realm_;
  std::unique_ptr<KerberosAcceptor> acceptor_;
  test::FakeCloud cloud_;
  Metrics metrics_{BuildInfo()};
  Relay relay_{cloud_, clock_, log_, 30s};
  AccessLog access_log_{log_};
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(NegotiateTest, AsksForATicketAndTakesItOnTheSameConnection) {
  HttpsClient& client = connect(nullptr);
  // As curl does: the first leg without its body, to see what is wanted.
  const ReceivedAnswer asked = client.ask(post("", ""));
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(asked.header("WWW-Authenticate"), "Negotiate");
  const ReceivedAnswer answer = client.ask(post(negotiate(member())));
  EXPECT_EQ(answer.status, 200) << answer.body;
  const auto proof = answer.header("WWW-Authenticate");
  ASSERT_TRUE(proof);
  ASSERT_TRUE(proof->starts_with("Negotiate "));
  EXPECT_TRUE(realm_.believes(proof->substr(10)));
  ASSERT_EQ(cloud_.asked.size(), 1U);
  EXPECT_EQ(cloud_.asked[0].call.identity.entry, "members");
  EXPECT_EQ(cloud_.asked[0].call.identity.principal, "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(cloud_.asked[0].call.identity.mechanism, "kerberos");
  EXPECT_EQ(cloud_.asked[0].call.identity.sid, "") << "its own SID is nobody's business unless the entry says so";
  EXPECT_EQ(log_.lines().back().field("account"), "CONTOSO\\EXCH01$");
  EXPECT_EQ(log_.lines().back().field("sid"), "S-1-5-21-1-2-3-1105");
}

TEST_F(NegotiateTest, EachRequestProvesItself) {
  HttpsClient& client = connect(nullptr);
  EXPECT_EQ(client.ask(post(negotiate(member()))).status, 200);
  EXPECT_EQ(client.ask(post("", "")).status, 401) << "the request before says nothing of this one";
  EXPECT_EQ(client.ask(post(negotiate(member()))).status, 200);
}

TEST_F(NegotiateTest, WaitsWithTheBodyUntilTheTicketIsGood) {
  HttpsClient& client = connect(nullptr);
  const std::string whole = post(negotiate(member()) + "Expect: 100-continue\r\n");
  const std::size_t head = whole.find("\r\n\r\n") + 4;
  client.send(whole.substr(0, head));
  EXPECT_EQ(client.receive(true).status, 100);
  EXPECT_EQ(client.ask(whole.substr(head)).status, 200);

  const std::string refused = post("Expect: 100-continue\r\n");
  HttpsClient& other = connect(nullptr);
  other.send(refused.substr(0, refused.find("\r\n\r\n") + 4));
  EXPECT_EQ(other.receive().status, 401) << "its body is not asked for";
}

TEST_F(NegotiateTest, TellsTheReasonByItsCodeOnly) {
  TicketRequest request;
  request.clock_ahead = 600s;
  HttpsClient& client = connect(nullptr);
  const ReceivedAnswer answer = client.ask(post(negotiate(realm_.token(request))));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("WWW-Authenticate"), "Negotiate");
  EXPECT_THAT(answer.body, HasSubstr("clock_skew"));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("ahead")));
  const auto line = log_.lines().back();
  EXPECT_EQ(line.level, Level::warning);
  EXPECT_EQ(line.field("outcome"), "clock_skew");
  EXPECT_THAT(line.field("detail"), HasSubstr("ahead of ours"));
  EXPECT_THAT(metrics_.render(),
              HasSubstr("rms_connector_auth_failures_total{mechanism=\"kerberos\",reason=\"clock_skew\"} 1"));
}

TEST_F(NegotiateTest, TellsWhoOffersNtlm) {
  const std::string message = test::base64(std::string_view("NTLMSSP\0\1\0\0\0", 12));
  for (const std::string scheme : {"Negotiate ", "NTLM "}) {
    EXPECT_THAT(connect(nullptr).ask(post("Authorization: " + scheme + message + "\r\n")).body,
                HasSubstr("ntlm_offered"));
    EXPECT_THAT(log_.lines().back().field("detail"), HasSubstr("setspn -S HTTP/connector.contoso.test ACCOUNT"));
  }
}

TEST_F(NegotiateTest, ATicketOfNobodyWeKnowIs403) {
  EXPECT_EQ(connect(nullptr).ask(post(negotiate(realm_.token()))).status, 403);
  EXPECT_EQ(log_.lines().back().event, Event::unauthorized);
  EXPECT_EQ(log_.lines().back().field("principal"), "EXCH01$@CONTOSO.TEST");
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(NegotiateTest, ACertificateCountsAndATokenBesideItIsNotLookedAt) {
  const std::string token = member();
  const ReceivedAnswer answer = connect(&exchange_).ask(post(negotiate(token)));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header("WWW-Authenticate"), std::nullopt);
  EXPECT_EQ(cloud_.asked.at(0).call.identity.entry, "certificate");
  EXPECT_EQ(connect(nullptr).ask(post(negotiate(token))).status, 200) << "it was not used up";
}

TEST_F(NegotiateTest, TwoAuthorizationsAreNone) {
  const std::string once = negotiate(member());
  EXPECT_THAT(connect(nullptr).ask(post(once + once)).body, HasSubstr("malformed_token"));
  EXPECT_EQ(connect(nullptr).ask(post("Authorization: Basic YTpi\r\n")).status, 401);
}

// The largest that Windows sends, and one byte more than we take.
TEST_F(NegotiateTest, TakesTokensOfTheLargestSize) {
  EXPECT_THAT(connect(nullptr).ask(post(negotiate(std::string(64'000, 'A')))).body, HasSubstr("malformed_token"));
  EXPECT_EQ(connect(nullptr).ask(post(negotiate(std::string(65'536, 'A')))).status, 431);
  TicketRequest request;
  test::LogonInfoSpec many;
  many.groups = std::vector<std::uint32_t>(4000, 1109);
  request.logon_info = test::logon_info(many);
  const std::string token = realm_.token(request);
  EXPECT_GT(token.size(), 40'000U);
  EXPECT_EQ(connect(nullptr).ask(post(negotiate(token))).status, 200);
}

TEST_F(NegotiateTest, ByPlainHttpATicketIsTheOnlyWayIn) {
  HttpsClient& client = connect_to_plain_door();
  const ReceivedAnswer asked = client.ask(post("", ""));
  EXPECT_EQ(asked.status, 401);
  EXPECT_EQ(asked.header("WWW-Authenticate"), "Negotiate");
  EXPECT_EQ(asked.body, "A Kerberos ticket is needed.\n");
  EXPECT_EQ(client.ask(post(negotiate(member()))).status, 200);
  EXPECT_EQ(log_.lines().back().field("scheme"), "http");
  EXPECT_EQ(client.ask(post("X-Client-Cert: exchange.contoso.test\r\n", "")).status, 401);
  EXPECT_THAT(metrics_.render(), HasSubstr("rms_connector_requests_total{scheme=\"http\"} 3"));
}

TEST_F(NegotiateTest, APageByPlainHttpDescribesItselfSo) {
  const std::string wsdl = "GET " + std::string(kPage) + "?wsdl HTTP/1.1\r\nHost: connector.contoso.test\r\n";
  EXPECT_THAT(connect_to_plain_door().ask(wsdl + negotiate(member()) + "\r\n").body,
              HasSubstr("\"http://connector.contoso.test/"));
  EXPECT_THAT(connect(nullptr).ask(wsdl + negotiate(member()) + "\r\n").body,
              HasSubstr("\"https://connector.contoso.test/"));
}

TEST_F(NegotiateTest, ATicketThatIsBoundToTlsIsRefusedByPlainHttp) {
  TicketRequest request;
  request.logon_info = test::logon_info({});
  request.channel_binding = "tls-server-end-point:" + std::string(32, 'x');
  EXPECT_THAT(connect_to_plain_door().ask(post(negotiate(realm_.token(request)))).body,
              HasSubstr("bad_channel_binding"));
}

TEST_F(NegotiateTest, TellsOnceOfAnAccountThatUsesPlainHttpAndWhenItHasMoved) {
  HttpsClient &plain = connect_to_plain_door(), &secure = connect(nullptr);
  EXPECT_EQ(secure.ask(post(negotiate(member()))).status, 200);
  EXPECT_TRUE(log_.lines(Event::client_secured).empty()) << "it never was anywhere else";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(plain.ask(post(negotiate(member()))).status, 200);
  auto lines = log_.lines(Event::plain_http);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, Level::warning);
  EXPECT_EQ(lines[0].field("principal"), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(lines[0].field("account"), "CONTOSO\\EXCH01$");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(secure.ask(post(negotiate(member()))).status, 200);
  EXPECT_EQ(log_.lines(Event::client_secured).size(), 1U);
  EXPECT_EQ(plain.ask(post(negotiate(member()))).status, 200);
  EXPECT_EQ(log_.lines(Event::plain_http).size(), 2U) << "it went back";
}

TEST_F(NegotiateTest, ARefusedTokenIsAnEventAndAFirstLegIsNone) {
  HttpsClient& client = connect(nullptr);
  client.ask(post("", ""));
  EXPECT_TRUE(log_.lines(Event::unauthenticated).empty());
  TicketRequest request;
  request.clock_ahead = 600s;
  client.ask(post(negotiate(realm_.token(request))));
  const auto lines = log_.lines(Event::unauthenticated);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].field("outcome"), "clock_skew");
}

TEST_F(NegotiateTest, ChecksThatATicketIsBoundToThisConnection) {
  TicketRequest request;
  request.logon_info = test::logon_info({});
  request.channel_binding = "tls-server-end-point:" + std::string(32, 'x');
  EXPECT_THAT(connect(nullptr).ask(post(negotiate(realm_.token(request)))).body, HasSubstr("bad_channel_binding"));
  const std::string hex = net::read_certificate_pem(server_files_.certificate_pem)->fingerprint;
  request.channel_binding.resize(21);
  for (std::size_t i = 0; i < hex.size(); i += 2)
    request.channel_binding += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  EXPECT_EQ(connect(nullptr).ask(post(negotiate(realm_.token(request)))).status, 200);
}

}  // namespace
}  // namespace rms::connector

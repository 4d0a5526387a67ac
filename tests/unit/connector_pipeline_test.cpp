// SPDX-License-Identifier: Apache-2.0
//
// Requests as plain values through the whole corridor, with a rights service in memory.
#include "connector/pipeline.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "connector/authenticator/authenticator.h"
#include "support/fake_cloud.h"
#include "support/loop.h"
#include "support/record_log.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;

// A journal on it can record nothing.
class BrokenDisk final : public JournalSink {
 public:
  Result<void> write(std::span<const std::string>, std::uint64_t) override {
    return Error(Errc::io_error, "no space left");
  }
  JournalMark mark() const override { return {}; }
};

constexpr std::string_view kPage = "/_wmcs/certification/ServerCertification.asmx";

class PipelineTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(loop_.quiet()); }

  static Settings settings() {
    Settings made;
    ServerEntry exchange;
    exchange.name = "exchange";
    exchange.match.dns = "exchange.contoso.test";
    exchange.mail = "exchange@contoso.test";
    exchange.operations = {soap::Operation::certify};
    made.servers.push_back(exchange);
    ServerEntry fci = exchange;
    fci.name = "fci";
    fci.role = Role::file_classification;
    fci.match.dns = "fci.contoso.test";
    fci.operations = {soap::Operation::acquire_license};
    made.servers.push_back(fci);
    ServerEntry own = exchange;
    own.name = "own";
    own.match.dns = "own.contoso.test";
    own.identity = IdentityOf::server;
    own.mail = "{account}@servers.contoso.test";
    made.servers.push_back(own);
    return made;
  }

  static Connection from(const std::string& dns) {
    net::PeerCertificate certificate;
    certificate.dns.push_back(dns);
    certificate.fingerprint = std::string(64, 'a');
    return {"192.0.2.7:50123", "192.0.2.7", principal_of(certificate)};
  }

  // A good request of exchange to certify itself; tests break one thing.
  HttpRequest certify(const Connection& connection) {
    HttpRequest request;
    request.connection = &connection;
    request.method = "POST";
    request.path = kPage;
    request.content_type = "text/xml";
    request.correlation_id = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
    request.user_agent = "agent";
    request.body = soap::write_request(*soap::find_service(kPage), soap::CertifyRequest{{"<XrML>machine</XrML>"}},
                                       {"1.0.0.0", "1.0.0.0"});
    request.received = clock_.steady();
    return request;
  }

  // As a listener does it: the head first, and the rest only if that did not suffice.
  HttpAnswer ask(HttpRequest request) {
    const std::string body = std::exchange(request.body, {});
    if (auto early = loop_.run(pipeline_.screen(request))) {
      early_ = true;
      return *early;
    }
    request.body = body;
    return loop_.run(pipeline_.answer(request));
  }

  test::RecordLog::Line only_line() {
    const auto lines = log_.lines();
    EXPECT_EQ(lines.size(), 1U);
    return lines.empty() ? test::RecordLog::Line() : lines.back();
  }

  double metric(const std::string& series) const {
    const std::string text = metrics_.render();
    const std::size_t at = text.find("\n" + series + " ");
    return at == text.npos ? -1 : std::stod(text.substr(at + 2 + series.size()));
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::FakeCloud cloud_;
  SystemClock clock_;
  Metrics metrics_{BuildInfo()};
  Relay relay_{cloud_, clock_, log_, 30s};
  AccessLog access_log_{log_};
  Pipeline pipeline_{std::make_shared<const Settings>(settings()), relay_, access_log_, metrics_, clock_};
  const Connection exchange_ = from("exchange.contoso.test"), stranger_ = from("stranger.contoso.test"),
                   fci_ = from("fci.contoso.test");
  bool early_ = false;
};

TEST_F(PipelineTest, AnAuthorizedServerGetsItsAnswer) {
  const HttpAnswer answer = ask(certify(exchange_));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.content_type, soap::kContentType);
  ASSERT_EQ(cloud_.asked.size(), 1U);
  const Identity& identity = cloud_.asked[0].call.identity;
  EXPECT_EQ(identity.entry, "exchange");
  EXPECT_EQ(identity.role, Role::exchange);
  EXPECT_EQ(identity.mail, "exchange@contoso.test");
  EXPECT_EQ(identity.principal, "dns:exchange.contoso.test");
  EXPECT_EQ(cloud_.asked[0].call.client_address, "192.0.2.7");
  EXPECT_EQ(cloud_.asked[0].call.correlation_id, "0f45fd50-383b-43ee-90a4-ed013cd0cfe5");
  EXPECT_EQ(pipeline_.tallies().at("exchange").requests, 1U);
  EXPECT_EQ(pipeline_.tallies().at("exchange").refused, 0U);
  EXPECT_EQ(log_.lines(Event::first_access).size(), 1U);
  EXPECT_EQ(log_.lines().back().field("operation"), "Certify");
  EXPECT_EQ(log_.lines().back().field("request_id"), cloud_.asked[0].call.request_id);
  EXPECT_EQ(metric("http_server_active_requests"), 0);
}

// The service then refuses an address that is somebody else's.
TEST_F(PipelineTest, SaysThatAnIdentityIsMadeOfTheServersName) {
  ask(certify(exchange_));
  ask(certify(from("own.contoso.test")));
  ASSERT_EQ(cloud_.asked.size(), 2U);
  EXPECT_FALSE(cloud_.asked[0].call.identity.own);
  EXPECT_TRUE(cloud_.asked[1].call.identity.own);
  EXPECT_EQ(cloud_.asked[1].call.identity.mail, "own.contoso.test@servers.contoso.test");
}

TEST_F(PipelineTest, CallsAServerByTheNameThatMatchedAndNotByItsFirst) {
  net::PeerCertificate certificate;
  certificate.dns = {"first.contoso.test", "exchange.contoso.test"};
  certificate.fingerprint = std::string(64, 'a');
  const Connection both{"192.0.2.7:50123", "192.0.2.7", principal_of(certificate)};
  EXPECT_EQ(ask(certify(both)).status, 200);
  ASSERT_EQ(cloud_.asked.size(), 1U);
  EXPECT_EQ(cloud_.asked[0].call.identity.principal, "dns:exchange.contoso.test");
  EXPECT_EQ(log_.lines().back().field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(log_.lines(Event::first_access).at(0).field("principal"), "dns:exchange.contoso.test");
}

TEST_F(PipelineTest, ACertificateThatCountsNoLongerIsOnRecordWithItsReason) {
  HttpRequest request = certify(exchange_);
  request.withdrawn = "certificate_revoked";
  EXPECT_EQ(loop_.run(pipeline_.turned_away(request, {403, "text/plain", "no longer accepted"})).status, 403);
  const auto line = only_line();
  EXPECT_EQ(line.event, Event::unauthenticated);
  EXPECT_EQ(line.level, Level::warning);
  EXPECT_EQ(line.field("outcome"), "certificate_revoked");
  EXPECT_EQ(line.field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(metric("rms_connector_auth_failures_total{mechanism=\"tls-client-certificate\",reason=\"certificate_"
                   "revoked\"}"),
            1);
  EXPECT_EQ(metric("rms_connector_requests_total{scheme=\"https\"}"), 1);
  EXPECT_EQ(metric("rms_connector_requests_total{scheme=\"http\"}"), 0);
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(PipelineTest, AStrangerIsRefusedByItsHeadWithOneLineThatNamesIt) {
  EXPECT_EQ(ask(certify(stranger_)).status, 403);
  EXPECT_TRUE(early_);
  EXPECT_TRUE(cloud_.asked.empty());
  const auto line = only_line();
  EXPECT_EQ(line.event, Event::unauthorized);
  EXPECT_EQ(line.field("principal"), "dns:stranger.contoso.test");
  EXPECT_EQ(line.field("peer"), "192.0.2.7:50123");
  EXPECT_EQ(line.field("reason"), "no_entry");
}

TEST_F(PipelineTest, AStrangerDoesNotSeeThePagesEither) {
  HttpRequest request = certify(stranger_);
  request.method = "GET";
  EXPECT_EQ(ask(request).status, 403);
}

TEST_F(PipelineTest, AnOperationThatIsNotGrantedIsRefused) {
  EXPECT_EQ(ask(certify(fci_)).status, 403);
  EXPECT_TRUE(cloud_.asked.empty());
  const auto line = only_line();
  EXPECT_EQ(line.event, Event::unauthorized);
  EXPECT_EQ(line.field("entry"), "fci");
  EXPECT_EQ(line.field("operation"), "Certify");
  EXPECT_EQ(line.field("reason"), "operation_not_granted");
  EXPECT_EQ(pipeline_.tallies().at("fci").refused, 1U);
}

TEST_F(PipelineTest, WhoIsNotAuthenticatedIs401) {
  const Connection nobody{"192.0.2.7:50123", "192.0.2.7", std::nullopt};
  EXPECT_EQ(ask(certify(nobody)).status, 401);
  EXPECT_TRUE(early_);
}

TEST_F(PipelineTest, GetShowsThePageThatAdministratorsLookFor) {
  HttpRequest request = certify(exchange_);
  request.method = "GET";
  request.path = "/_WMCS/Certification/servercertification.asmx";
  const HttpAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_NE(answer.body.find("<title>ServerCertificationWebService"), std::string::npos);
}

TEST_F(PipelineTest, HeadIsAnsweredAsGetIs) {
  HttpRequest get = certify(exchange_);
  get.method = "GET";
  HttpRequest head = get;
  head.method = "HEAD";
  const HttpAnswer shown = ask(get), asked = ask(head);
  EXPECT_TRUE(early_);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.content_type, shown.content_type);
  EXPECT_EQ(asked.headers, shown.headers);
  EXPECT_EQ(asked.body, shown.body) << "its length is said; the listener sends no more of it";
  EXPECT_EQ(log_.lines().back().field("bytes_out"), "0");
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(PipelineTest, HeadTellsAStrangerNoMoreThanGet) {
  HttpRequest request = certify(stranger_);
  request.method = "HEAD";
  EXPECT_EQ(ask(request).status, 403);
  EXPECT_EQ(only_line().event, Event::unauthorized);
}

TEST_F(PipelineTest, WhatIsNotHereIs404) {
  for (const std::string path : {"/", "/_wmcs", "/_wmcs/decommission/decommission.asmx", "/healthz"}) {
    HttpRequest request = certify(exchange_);
    request.path = path;
    EXPECT_EQ(ask(request).status, 404) << path;
  }
}

TEST_F(PipelineTest, OtherMethodsAre405AndToldWhich) {
  HttpRequest request = certify(exchange_);
  request.method = "DELETE";
  const HttpAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 405);
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0], (std::pair<std::string, std::string>("Allow", "GET, HEAD, POST")));
}

TEST_F(PipelineTest, WhatIsNotSoapIs415) {
  HttpRequest json = certify(exchange_);
  json.content_type = "application/json";
  EXPECT_EQ(ask(json).status, 415);
  HttpRequest zipped = certify(exchange_);
  zipped.content_encoding = "gzip";
  EXPECT_EQ(ask(zipped).status, 415);
  HttpRequest doubtful = certify(exchange_);
  doubtful.content_type = "application/soap+xml";
  doubtful.content_type_parameters = "action=urn:a; action=urn:b";
  EXPECT_EQ(ask(doubtful).status, 415);
  EXPECT_TRUE(early_);
}

TEST_F(PipelineTest, Soap12IsAnsweredInKind) {
  HttpRequest request = certify(exchange_);
  request.content_type = "application/soap+xml";
  request.content_type_parameters = " charset=utf-8; action=\"http://microsoft.com/DRM/CertificationService/Certify\"";
  request.body = soap::write_request(*soap::find_service(kPage), soap::CertifyRequest{{"<XrML>machine</XrML>"}},
                                     {"1.0.0.0", "1.0.0.0"}, soap::SoapVersion::v1_2);
  HttpAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.content_type, "application/soap+xml; charset=utf-8");
  EXPECT_NE(answer.body.find("\"http://www.w3.org/2003/05/soap-envelope\""), std::string::npos);

  cloud_.answer = soap::Fault{"A.BException", "No."};
  answer = ask(request);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.content_type, "application/soap+xml; charset=utf-8");

  request.body = "junk";
  answer = ask(request);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.content_type, "application/soap+xml; charset=utf-8");
}

TEST_F(PipelineTest, AnActionOfAnotherOperationIsAFaultWhereverItStands) {
  HttpRequest header = certify(exchange_);
  header.soap_action = "\"http://microsoft.com/DRM/CertificationService/Precertify\"";
  HttpRequest parameter = certify(exchange_);
  parameter.content_type = "application/soap+xml";
  parameter.content_type_parameters = "action=\"http://microsoft.com/DRM/CertificationService/Precertify\"";
  parameter.body = soap::write_request(*soap::find_service(kPage), soap::CertifyRequest{{"<XrML>machine</XrML>"}},
                                       {"1.0.0.0", "1.0.0.0"}, soap::SoapVersion::v1_2);
  for (const HttpRequest& request : {header, parameter}) {
    const HttpAnswer answer = ask(request);
    EXPECT_EQ(answer.status, 500);
    EXPECT_NE(answer.body.find("expected SOAPAction"), std::string::npos) << answer.body;
  }
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(PipelineTest, AContentTypeOfTheOtherSoapIsAVersionMismatch) {
  HttpRequest request = certify(exchange_);
  request.content_type = "application/soap+xml";
  const HttpAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find("soap:VersionMismatch"), std::string::npos) << answer.body;
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(PipelineTest, JunkIsAFault) {
  HttpRequest request = certify(exchange_);
  request.body = "junk";
  const HttpAnswer answer = ask(request);
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.content_type, soap::kContentType);
  EXPECT_NE(answer.body.find("faultcode"), std::string::npos);
  EXPECT_TRUE(cloud_.asked.empty());
}

TEST_F(PipelineTest, ACloudThatIsAwayIs503WithRetryAfter) {
  cloud_.failure = Error(Errc::unavailable, "10.0.0.7 refused the connection");
  const HttpAnswer answer = ask(certify(exchange_));
  EXPECT_EQ(answer.status, 503);
  ASSERT_EQ(answer.headers.size(), 1U);
  EXPECT_EQ(answer.headers[0].first, "Retry-After");
  EXPECT_EQ(answer.body.find("10.0.0.7"), std::string::npos);
  EXPECT_EQ(log_.lines().back().field("outcome"), "unavailable");
  EXPECT_TRUE(log_.lines(Event::unauthorized).empty());
}

TEST_F(PipelineTest, AnAccidentEndsTheRequestToo) {
  cloud_.accident = std::make_exception_ptr(std::runtime_error("a bug"));
  EXPECT_THROW(ask(certify(exchange_)), std::runtime_error);
  EXPECT_EQ(metric("http_server_active_requests"), 0);
  EXPECT_EQ(log_.lines().back().field("status"), "500");
  EXPECT_EQ(log_.lines().back().field("outcome"), "internal error");
  EXPECT_EQ(pipeline_.tallies().at("exchange").requests, 1U);
}

TEST_F(PipelineTest, WhatTheListenerTurnedAwayLeavesALineToo) {
  HttpRequest request = certify(exchange_);
  HttpAnswer answer;
  answer.status = 413;
  EXPECT_EQ(loop_.run(pipeline_.turned_away(request, answer)).status, 413);
  EXPECT_EQ(only_line().field("status"), "413");
  EXPECT_EQ(metric("rms_connector_requests_rejected_total{reason=\"body_too_large\"}"), 1);
}

TEST_F(PipelineTest, AServerOverItsShareIsNotDenied) {
  HttpRequest request = certify(exchange_);
  request.over_share = true;
  HttpAnswer answer;
  answer.status = 503;
  EXPECT_EQ(loop_.run(pipeline_.turned_away(request, answer)).status, 503);
  EXPECT_EQ(only_line().level, Level::info);
  EXPECT_EQ(only_line().field("outcome"), "server over its share");
  EXPECT_EQ(only_line().field("principal"), "dns:exchange.contoso.test");
  EXPECT_EQ(metric("rms_connector_requests_rejected_total{reason=\"server_share\"}"), 1);
  EXPECT_EQ(metric("rms_connector_requests_rejected_total{reason=\"overloaded\"}"), 0);
}

TEST_F(PipelineTest, WhatCannotBeRecordedIsNotAnsweredWhereverItWasDecided) {
  Journal journal(loop_.executor(), std::make_unique<BrokenDisk>(), WhenFull::refuse, "connector-1", clock_, metrics_);
  Pipeline recorded(std::make_shared<const Settings>(settings()), relay_, access_log_, metrics_, clock_, &journal);
  HttpRequest request = certify(exchange_);
  const HttpAnswer answered = loop_.run(recorded.answer(request));
  EXPECT_EQ(answered.status, 503);
  EXPECT_EQ(answered.body.find("XrML"), std::string::npos) << "nothing of what the service said leaves";
  ASSERT_EQ(answered.headers.size(), 1U);
  EXPECT_EQ(answered.headers[0].first, "Retry-After");
  EXPECT_EQ(log_.lines().back().field("outcome"), "not recorded");

  EXPECT_EQ(loop_.run(recorded.screen(certify(stranger_))).value().status, 503);
  HttpAnswer too_large;
  too_large.status = 413;
  EXPECT_EQ(loop_.run(recorded.turned_away(request, too_large)).status, 503);
  EXPECT_EQ(metric("http_server_active_requests"), 0);
}

TEST_F(PipelineTest, OrIsAnsweredWithoutARecordIfTheSettingsSaySo) {
  Journal journal(loop_.executor(), std::make_unique<BrokenDisk>(), WhenFull::go_on, "connector-1", clock_, metrics_);
  Pipeline recorded(std::make_shared<const Settings>(settings()), relay_, access_log_, metrics_, clock_, &journal);
  HttpRequest request = certify(exchange_);
  EXPECT_EQ(loop_.run(recorded.answer(request)).status, 200);
  EXPECT_EQ(metric("rms_connector_audit_lines_total{fate=\"failed\"}"), 1);
}

TEST_F(PipelineTest, EveryRequestLeavesExactlyOneLine) {
  ask(certify(exchange_));
  const std::size_t after_first = log_.lines().size();  // and the line on the first access
  for (int i = 1; i <= 5; ++i) {
    ask(certify(exchange_));
    EXPECT_EQ(log_.lines().size(), after_first + static_cast<std::size_t>(i));
  }
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// What a listener answers, and what each limit does just beyond it.
#include <ostream>
#include <string>

#include "support/http_server_fixture.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;
using test::ReceivedAnswer;

std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

class ListenerTest : public test::HttpServerFixture {};

TEST_F(ListenerTest, AnswersOneRequestAfterTheOtherAndKnowsWhoAsks) {
  start();
  HttpsClient& client = connect();
  for (const std::string body : {"first", "second"}) {
    const ReceivedAnswer answer = client.ask(post("/echo", body));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "dns:exchange.contoso.test " + body);
    EXPECT_EQ(answer.header("Connection"), std::nullopt);
  }
  EXPECT_EQ(handler_.started, 2);
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ListenerTest, TheHandlerSeesTheHeadAsPlainValues) {
  start();
  connect().ask(post("/_wmcs/Page.asmx?wsdl", "b",
                     "Content-Type:  Text/XML ; charset=utf-8\r\nSOAPAction: \"urn:a\"\r\n"
                     "User-Agent: MSIPC\xc3\xa4;version=1\r\n"
                     "client-request-id: {0F45FD50-383B-43EE-90A4-ED013CD0CFE5}\r\n"));
  EXPECT_EQ(handler_.last.method, "POST");
  EXPECT_EQ(handler_.last.path, "/_wmcs/Page.asmx");
  EXPECT_EQ(handler_.last.query, "wsdl");
  EXPECT_EQ(handler_.last.authority, "localhost");
  EXPECT_EQ(handler_.last.content_type, "text/xml");
  EXPECT_EQ(handler_.last.content_type_parameters, " charset=utf-8");
  EXPECT_EQ(handler_.last.soap_action, "\"urn:a\"");
  EXPECT_EQ(handler_.last.user_agent, "MSIPC??;version=1");
  EXPECT_EQ(handler_.last.correlation_id, "0f45fd50-383b-43ee-90a4-ed013cd0cfe5");
  EXPECT_EQ(handler_.last.body, "b");
}

TEST_F(ListenerTest, AnswersCarryTheCallersCorrelationIdOrANewOne) {
  start();
  HttpsClient& client = connect();
  const std::string id = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
  EXPECT_EQ(client.ask(post("/", "", "client-request-id: " + id + "\r\n")).header("request-id"), id);
  const auto made = client.ask(post("/", "", "client-request-id: not a GUID\r\n")).header("request-id");
  EXPECT_EQ(made.value_or("").size(), 36U);
}

TEST_F(ListenerTest, ReadsChunkedBodies) {
  start();
  const auto answer = connect().ask(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(answer.body, "dns:exchange.contoso.test abcde");
}

TEST_F(ListenerTest, AnswersPipelinedRequestsInOrder) {
  start();
  HttpsClient& client = connect();
  client.send(post("/wait", "1") + post("/", "2") + post("/", "3"));
  until([&] { return handler_.started == 1; });
  handler_.release();
  for (const std::string body : {"1", "2", "3"}) EXPECT_EQ(client.receive().body, "dns:exchange.contoso.test " + body);
}

TEST_F(ListenerTest, Http10IsAnsweredAndClosed) {
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask("GET / HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ListenerTest, AHeadRequestGetsNoBody) {
  start();
  HttpsClient& client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(client.receive(true).header("Content-Length"), "0");
  EXPECT_EQ(client.ask(post("/", "next")).body, "dns:exchange.contoso.test next");
}

TEST_F(ListenerTest, AHeadRequestThatIsAnsweredByItsHeadGetsNoBodyEither) {
  start();
  HttpsClient& client = connect();
  client.send("HEAD /early HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto answer = client.receive(true);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.header("Content-Length"), "5");
  EXPECT_EQ(client.ask(post("/", "next")).body, "dns:exchange.contoso.test next");
}

TEST_F(ListenerTest, SaysContinueToThoseWhoWaitForIt) {
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n").status, 100);
  EXPECT_EQ(client.ask("body").body, "dns:exchange.contoso.test body");
}

TEST_F(ListenerTest, WhatIsRefusedByItsHeadIsNotRead) {
  start();
  HttpsClient& client = connect();
  const auto answer =
      client.ask("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_EQ(handler_.started, 0);
}

TEST_F(ListenerTest, ARefusalReachesACallerThatIsStillSending) {
  start();
  HttpsClient& client = connect();
  client.send("POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(1'000'000, 'x'));
  client.send(std::string(1'000'000, 'x'));
  EXPECT_EQ(client.receive().status, 403);
}

TEST_F(ListenerTest, AnExceptionIsABare500AndIsLogged) {
  start();
  HttpsClient& client = connect();
  const auto answer = client.ask(post("/throw", ""));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("nobody foresaw"), std::string::npos);
  EXPECT_EQ(client.rest(), "");
  until([&] { return log_.lines(Event::unhandled).size() == 1; });
}

// ---- what is no request

struct Malformed {
  std::string_view what, bytes;
  int status;
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const Malformed& value, std::ostream* out) {
  *out << value.what;
}

class MalformedTest : public ListenerTest, public testing::WithParamInterface<Malformed> {};

TEST_P(MalformedTest, IsRefusedAndTheConnectionCloses) {
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(GetParam().bytes).status, GetParam().status);
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(handler_.started, 0);
  EXPECT_EQ(handler_.turned_away_with, std::vector<int>{GetParam().status});
}

INSTANTIATE_TEST_SUITE_P(
    Listener, MalformedTest,
    testing::Values(
        Malformed{"Junk", "junk\r\n\r\n", 400}, Malformed{"Binary", "\x01\x02\x03\r\n\r\n", 400},
        Malformed{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        Malformed{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Malformed{"TwoTypes",
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Type: text/xml\r\n"
                  "content-type: text/xml\r\n\r\n",
                  400},
        Malformed{"TwoActions",
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nSOAPAction: \"a\"\r\nSOAPAction: \"\"\r\n\r\n",
                  400},
        Malformed{"TwoLengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        Malformed{"LengthAndChunks",
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Malformed{"NegativeLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
        Malformed{"BadChunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        Malformed{"UnknownCoding",
                  "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\nGET / HTTP/1.1\r\n", 501},
        Malformed{"ACodingBeforeChunked",
                  "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
        Malformed{"TwoContentEncodings",
                  "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Encoding: identity\r\n"
                  "Content-Encoding: gzip\r\n\r\n",
                  400},
        Malformed{"ChunkedNotLast", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n", 501},
        Malformed{"OtherExpectation", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: miracles\r\n\r\n",
                  417}),
    [](const auto& test) { return std::string(test.param.what); });

// Beast throws where a field is longer than it can hold; the process must not end of it, nor another caller suffer.
TEST_F(ListenerTest, ATrailerLongerThanAFieldCanBeEndsOneRequestOnly) {
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client
                .ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\njunk\r\n0\r\nX: " +
                     std::string(70'000, 'a') + "\r\n\r\n")
                .status,
            431);
  EXPECT_EQ(connect().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ListenerTest, AHeaderLongerThanAFieldCanBeEndsOneRequestOnly) {
  options_.limits.header_bytes = 1024 * 1024;
  start();
  EXPECT_EQ(connect().ask("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(65'534, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(connect().ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

// ---- limits

class ListenerLimitsTest : public ListenerTest {
 protected:
  // A request whose header has exactly `bytes`.
  static std::string with_header_of(std::size_t bytes) {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ", end = "\r\n\r\n";
    return start + std::string(bytes - start.size() - end.size(), 'x') + end;
  }
};

TEST_F(ListenerLimitsTest, AHeaderAtTheLimitIsRead) {
  options_.limits.header_bytes = 4096;
  start();
  EXPECT_EQ(connect().ask(with_header_of(4096)).status, 200);
}

TEST_F(ListenerLimitsTest, AHeaderJustOverTheLimitIs431) {
  options_.limits.header_bytes = 4096;
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(with_header_of(4097)).status, 431);
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ListenerLimitsTest, AKerberosTokenFitsIntoTheHeaderByDefault) {
  start();
  EXPECT_EQ(connect().ask(with_header_of(64 * 1024)).status, 200);
}

TEST_F(ListenerLimitsTest, ABodyAtTheLimitIsRead) {
  options_.limits.body_bytes = 1000;
  start();
  EXPECT_EQ(connect().ask(post("/", std::string(1000, 'x'))).status, 200);
}

TEST_F(ListenerLimitsTest, ABodyAnnouncedAsTooLongIs413BeforeAByteOfItIsSent) {
  options_.limits.body_bytes = 1000;
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n").status, 413);
}

TEST_F(ListenerLimitsTest, ChunksThatAddUpToTooMuchAre413) {
  options_.limits.body_bytes = 1000;
  start();
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(connect().ask(head + chunk + chunk + "0\r\n\r\n").status, 200);
  EXPECT_EQ(connect().ask(head + chunk + chunk + "1\r\nx\r\n0\r\n\r\n").status, 413);
}

TEST_F(ListenerLimitsTest, HalfAHeaderIs408) {
  options_.limits.header_timeout = 50ms;
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost:").status, 408);
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ListenerLimitsTest, AHeaderThatDripsInIs408) {
  options_.limits.header_timeout = 50ms;
  start();
  HttpsClient& client = connect();
  int sent = 0;
  while (handler_.turned_away_with.empty() && ++sent < 1'000'000) client.send("G");
  EXPECT_EQ(client.receive().status, 408);
}

TEST_F(ListenerLimitsTest, HalfABodyIs408) {
  options_.limits.body_timeout = 50ms;
  start();
  EXPECT_EQ(connect().ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf").status, 408);
  EXPECT_EQ(handler_.started, 0);
}

TEST_F(ListenerLimitsTest, AnIdleConnectionIsClosedWithoutAWord) {
  options_.limits.idle_timeout = 50ms;
  start();
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(post("/", "")).status, 200);
  EXPECT_EQ(client.rest(), "");
  EXPECT_TRUE(handler_.turned_away_with.empty());
}

TEST_F(ListenerLimitsTest, MoreRequestsInHandThanAllowedAre503) {
  options_.limits.in_flight = 1;
  start();
  HttpsClient &first = connect(), &second = connect();
  first.send(post("/wait", ""));
  until([&] { return handler_.started == 1; });
  EXPECT_EQ(server_->in_flight(), 1U);
  const auto answer = second.ask(post("/", ""));
  EXPECT_EQ(answer.status, 503);
  const int seconds = std::stoi(answer.header("Retry-After").value());
  EXPECT_TRUE(seconds >= 1 && seconds <= 5) << seconds;
  handler_.release();
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(connect().ask(post("/", "")).status, 200);
}

TEST_F(ListenerLimitsTest, ACallerThatHangsUpCancelsItsRequest) {
  start();
  HttpsClient& client = connect();
  client.send(post("/wait", ""));
  until([&] { return handler_.started == 1; });
  client.vanish();
  until([&] { return handler_.cancelled == 1 && server_->connections() == 0; });
}

TEST_F(ListenerLimitsTest, ACallerThatVanishesInTheMiddleOfItsBodyLeavesNothing) {
  start();
  HttpsClient& client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  until([&] { return server_->in_flight() == 1; });
  client.vanish();
  until([&] { return server_->connections() == 0; });
  EXPECT_EQ(server_->in_flight(), 0U);
  EXPECT_EQ(handler_.started, 0);
}

}  // namespace
}  // namespace rms::connector

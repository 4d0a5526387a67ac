// SPDX-License-Identifier: Apache-2.0
//
// What proxies answer, and what the operator is told about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/upstream/connect_answer.h"
#include "connector/upstream/password_patience.h"

namespace rms::connector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const HostPort kTarget{"rights.example.com", 8443};

ProxySettings proxy(ProxyAuthentication how) {
  ProxySettings settings;
  settings.host = "proxy.contoso.test";
  settings.port = 3128;
  settings.authentication = how;
  settings.user = "svc-rms";
  settings.password = "/etc/rms-connector/proxy.password";
  settings.principal = "svc-rms@CONTOSO.TEST";
  return settings;
}

ConnectAnswer answer(std::string_view head) {
  const auto parsed = parse_connect_answer(head);
  EXPECT_TRUE(parsed) << head;
  return parsed.value_or(ConnectAnswer{});
}

std::string told(ProxyAuthentication how, std::string_view head) {
  return explain(answer(head), proxy(how), kTarget).text;
}

TEST(ConnectAnswer, HasStatusAndLine) {
  EXPECT_EQ(answer("HTTP/1.1 200 Connection established\r\nVia: x\r\n").status, 200);
  EXPECT_EQ(answer("HTTP/1.0 200\r\n").status, 200);
  EXPECT_EQ(answer("HTTP/1.1 504 Gateway Timeout\n").status_line, "HTTP/1.1 504 Gateway Timeout");
}

TEST(ConnectAnswer, WithoutAStatusLineIsNone) {
  for (const char* head : {"", "HTTP/1.1", "HTTP/1.1 20 x", "HTTP/1.1 2000 x", "HTTP/2 200 OK", "HTTP/1.x 200 OK",
                           "HTTP/1.1 099 x", "HTTP/1.1 600 x", "HTTP/1.1 2x0 x", "SSH-2.0-OpenSSH_9.2"})
    EXPECT_FALSE(parse_connect_answer(head)) << head;
}

TEST(ConnectAnswer, ShowsAStatusLineThatCannotSteerATerminal) {
  const auto one = answer("HTTP/1.1 403 \x1b[2J" + std::string(500, 'x') + "\r\n");
  EXPECT_EQ(one.status_line.find('\x1b'), one.status_line.npos);
  EXPECT_EQ(one.status_line.size(), 80u);
}

TEST(ConnectAnswer, NamesTheSchemesThatAreOffered) {
  EXPECT_THAT(answer("HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\n"
                     "Proxy-Authenticate: Basic realm=\"Contoso, Ltd., Basic\", charset=\"UTF-8\"\r\n")
                  .schemes,
              ElementsAre("Negotiate", "NTLM", "Basic"));
  EXPECT_THAT(answer("HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate, Digest realm=\"a\\\", NTLM\", nonce=x, "
                     "negotiate\r\n")
                  .schemes,
              ElementsAre("Negotiate", "Digest"));
  EXPECT_THAT(answer("HTTP/1.1 407 x\r\nWWW-Authenticate: Basic\r\nProxy-Authenticate: ,,\"\r\n").schemes, IsEmpty());
}

TEST(ConnectAnswer, KeepsTenSchemesAtMost) {
  std::string head = "HTTP/1.1 407 x\r\n";
  for (int i = 0; i < 1000; ++i) head += "Proxy-Authenticate: Scheme" + std::to_string(i) + "\r\n";
  EXPECT_THAT(answer(head).schemes, SizeIs(10));
}

TEST(ProxyFailure, Of407SaysWhatToSet) {
  const std::string wants_basic = "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"x\"\r\n";
  const std::string wants_negotiate = "HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\n";
  const std::string wants_ntlm = "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n";
  using enum ProxyAuthentication;
  EXPECT_THAT(told(none, wants_basic), HasSubstr("offers Basic: set cloud.proxy.authentication to basic"));
  EXPECT_THAT(told(none, wants_negotiate), HasSubstr("set cloud.proxy.authentication to negotiate"));
  EXPECT_THAT(told(none, wants_ntlm), HasSubstr("NTLM is not supported"));
  EXPECT_THAT(told(basic, wants_basic), HasSubstr("refused the user svc-rms with the password in"));
  EXPECT_THAT(told(basic, wants_negotiate),
              HasSubstr("does not take cloud.proxy.authentication: basic (407) but offers Negotiate"));
  EXPECT_THAT(told(negotiate, wants_negotiate), HasSubstr("refused the Kerberos ticket of svc-rms@CONTOSO.TEST"));
  EXPECT_THAT(told(negotiate, wants_ntlm), HasSubstr("NTLM is not supported"));
}

TEST(ProxyFailure, OfOtherAnswersHasTheirStatusLine) {
  const auto forbidden =
      explain(answer("HTTP/1.1 403 Blocked by policy\r\n"), proxy(ProxyAuthentication::none), kTarget);
  EXPECT_EQ(forbidden.outcome, ProxyOutcome::refused);
  EXPECT_THAT(forbidden.text,
              HasSubstr("does not let us connect to rights.example.com:8443: HTTP/1.1 403 Blocked by policy"));
  for (const char* line : {"HTTP/1.1 502 Bad Gateway", "HTTP/1.1 503 x", "HTTP/1.1 504 Gateway Timeout"}) {
    const auto away = explain(answer(line), proxy(ProxyAuthentication::none), kTarget);
    EXPECT_EQ(away.outcome, ProxyOutcome::cloud_away);
    EXPECT_THAT(away.text, HasSubstr(std::string("could not reach rights.example.com:8443: ") + line));
  }
  EXPECT_THAT(told(ProxyAuthentication::none, "HTTP/1.1 405 Method Not Allowed\r\n"), HasSubstr("may be no proxy"));
}

TEST(ConnectRequest, NamesTheTargetAndWhoAsks) {
  EXPECT_EQ(connect_request(kTarget, {}).text(),
            "CONNECT rights.example.com:8443 HTTP/1.1\r\nHost: rights.example.com:8443\r\n"
            "User-Agent: rms-connectord\r\n\r\n");
  const std::string value = "Basic abc";
  const Secret known(std::span(reinterpret_cast<const std::uint8_t*>(value.data()), value.size()));
  EXPECT_EQ(connect_request({"2001:db8::1", 443}, known).text(),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nUser-Agent: rms-connectord\r\n"
            "Proxy-Authorization: Basic abc\r\n\r\n");
}

class Patience : public testing::Test {
 protected:
  using Choice = PasswordPatience::Choice;
  PasswordPatience patience;
  const FileStamp file{1, 2, 3, 4, 5}, another{1, 2, 3, 4, 6};
  SteadyTime now = SteadyTime(std::chrono::hours(1));
};

TEST_F(Patience, OfAPasswordThatWasNeverGoodTriesOneAtATime) {
  EXPECT_EQ(patience.choose(file, now), Choice::show);
  patience.begun();
  EXPECT_EQ(patience.choose(file, now), Choice::wait);
  patience.accepted();
  patience.ended();
  EXPECT_EQ(patience.choose(file, now), Choice::show);
  patience.begun();
  EXPECT_EQ(patience.choose(file, now), Choice::show);
}

TEST_F(Patience, WaitsFiveMinutesAfterTheFirstRefusal) {
  patience.choose(file, now);
  patience.begun();
  patience.refused(now);
  patience.ended();
  EXPECT_EQ(patience.choose(file, now + PasswordPatience::kAfterOneThatNeverWas - std::chrono::seconds(1)),
            Choice::refused);
  EXPECT_EQ(patience.choose(file, now + PasswordPatience::kAfterOneThatNeverWas), Choice::show);
}

TEST_F(Patience, WaitsHalfAMinuteIfThePasswordWasGood) {
  patience.choose(file, now);
  patience.accepted();
  patience.refused(now);
  EXPECT_EQ(patience.choose(file, now + std::chrono::seconds(29)), Choice::refused);
  EXPECT_EQ(patience.choose(file, now + std::chrono::seconds(30)), Choice::show);
}

TEST_F(Patience, BeginsAnewWithAnotherFile) {
  patience.choose(file, now);
  patience.refused(now);
  EXPECT_EQ(patience.choose(file, now), Choice::refused);
  EXPECT_EQ(patience.choose(another, now), Choice::show);
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// The pool behind a proxy, and what it says when somebody stands between it and the service.
#include <cstdlib>

#include <gmock/gmock.h>

#include "net/key_pin.h"
#include "support/connect_proxy.h"
#include "support/pool_fixture.h"

namespace rms::test {
namespace {

using connector::CloudSettings;
using connector::ProxyAuthentication;
using connector::ProxySettings;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

// The service's name, which nobody here can look up: only a proxy knows it.
constexpr const char* kName = "rights.contoso.test";

class Environment {
 public:
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    setenv(name_.c_str(), value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { unsetenv(name_.c_str()); }

 private:
  std::string name_;
};

class PoolProxy : public PoolTest {
 protected:
  CloudSettings behind(const ConnectProxy& through) {
    CloudSettings how = settings();
    how.endpoints = {{{kName, service.port()}}};
    how.proxy.emplace();
    how.proxy->host = "127.0.0.1";
    how.proxy->port = through.port();
    return how;
  }
  CloudSettings behind() { return behind(proxy); }

  // Starts, waits until all connections were found unusable, and says why.
  std::string why_never_ready(const CloudSettings& how) {
    start(how, pem());
    wait_until([&] { return all_failing() && log.lines(Event::upstream_lost).size() == how.connections; });
    EXPECT_FALSE(pool->ready());
    EXPECT_EQ(service.calls(), 0u);
    return pool->status().slots[0].last_error;
  }
  std::string that() { return kName + (":" + std::to_string(service.port())); }

  TestCloud service{ca.issue({.common_name = kName, .dns = {kName}, .purpose = Purpose::server}), ca.certificate_pem()};
  ConnectProxy proxy{service.port()};
};

TEST_F(PoolProxy, AsksThroughTheProxyOnly) {
  start_ready(behind());
  EXPECT_TRUE(call());
  EXPECT_EQ(service.calls(), 1u);
  EXPECT_EQ(proxy.accepted(), 4u);
  EXPECT_THAT(proxy.targets(), Each(that()));
  EXPECT_EQ(lines_with(metrics->render(), "outcome=\"opened\"").at(0).back(), '4');
}

TEST_F(PoolProxy, CarriesManyCallsAtATime) {
  start_ready(behind());
  std::vector<Asked*> all;
  for (int i = 0; i < 200; ++i) all.push_back(begin(a_call()));
  wait_until([&] { return std::ranges::all_of(all, [](const Asked* one) { return one->done; }); });
  for (const Asked* one : all) EXPECT_TRUE(*one->answer);
}

TEST_F(PoolProxy, ShowsAPassword) {
  CloudSettings how = behind();
  how.proxy->authentication = ProxyAuthentication::basic;
  how.proxy->user = "svc-rms";
  how.proxy->password = ca.directory().write("password", "S3cret\n");
  proxy.behave({.lets_in = [](std::string_view value) { return value == "Basic c3ZjLXJtczpTM2NyZXQ="; }});
  start_ready(how);
  EXPECT_TRUE(call());
}

TEST_F(PoolProxy, SaysWhatAProxyWantsThatAsks) {
  proxy.behave({.lets_in = [](std::string_view) { return false; }, .offers = {"Negotiate", "NTLM"}});
  const std::string why = why_never_ready(behind());
  EXPECT_THAT(why,
              HasSubstr("wants to know who we are (407) and offers Negotiate, NTLM: set cloud.proxy.authentication "
                        "to negotiate"));
  EXPECT_EQ(log.lines(Event::upstream_lost).at(0).field("error"), why);
  EXPECT_EQ(lines_with(metrics->render(), "reason=\"proxy\"").at(0).back(), '4');
}

TEST_F(PoolProxy, SaysThatTheProxyRefuses) {
  proxy.behave({.answer = "HTTP/1.1 403 Blocked by policy\r\n\r\n"});
  EXPECT_THAT(why_never_ready(behind()), HasSubstr("does not let us connect to " + that() + ": HTTP/1.1 403 Blocked"));
}

TEST_F(PoolProxy, ComesBackWithTheProxy) {
  start_ready(behind());
  proxy.cut();
  wait_until([&] { return all_failing(); });
  wait_until([&] { return !pool->status().slots[0].last_error.empty(); });
  EXPECT_THAT(pool->status().slots[0].last_error, HasSubstr("cannot connect to the proxy 127.0.0.1:"));
  proxy.mend();
  wait_until([&] { return ready_slots() == 4; });
  EXPECT_TRUE(call());
}

TEST_F(PoolProxy, IsNotLedAstrayByTheEnvironment) {
  const ConnectProxy stray(service.port());
  const std::string url = "http://127.0.0.1:" + std::to_string(stray.port());
  std::list<Environment> all;
  for (const char* name :
       {"http_proxy", "https_proxy", "grpc_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
    all.emplace_back(name, url);
  start_ready();  // directly
  EXPECT_TRUE(call());
  stop();
  all.emplace_back("no_proxy", "*");
  all.emplace_back("no_grpc_proxy", kName);
  start_ready(behind());  // through ours
  EXPECT_TRUE(call());
  EXPECT_EQ(proxy.accepted(), 4u);
  EXPECT_EQ(stray.accepted(), 0u);
}

TEST_F(PoolProxy, GoesAroundItWhereTheSettingsSaySo) {
  CloudSettings how = settings();  // 127.0.0.1
  how.proxy = behind().proxy;
  how.proxy->no_proxy.push_back(*connector::NoProxyRule::parse("127.0.0.0/8"));
  start_ready(how);
  EXPECT_TRUE(call());
  EXPECT_EQ(proxy.accepted(), 0u);
}

TEST_F(PoolProxy, BelievesNoOtherNameBehindAProxy) {
  CloudSettings how = behind();
  how.endpoints.front().address.host = "other.contoso.test";
  const std::string why = why_never_ready(how);
  EXPECT_THAT(why, HasSubstr("the certificate for other.contoso.test is for another name: it has rights.contoso.test"));
}

TEST_F(PoolProxy, NamesWhoIntercepts) {
  TestCa gateway("Contoso Web Gateway CA");
  const Credentials forged = gateway.issue({.common_name = kName, .dns = {kName}, .purpose = Purpose::server});
  proxy.behave({.intercepts = forged});
  const std::string why = why_never_ready(behind());
  EXPECT_THAT(why, HasSubstr("the certificate for rights.contoso.test was issued by 'CN=Contoso Web Gateway CA', which "
                             "cloud.ca does not have: something between us and the service intercepts TLS (the proxy "
                             "127.0.0.1:" +
                             std::to_string(proxy.port()) + " may)"));
  EXPECT_EQ(lines_with(metrics->render(), "reason=\"tls\"").at(0).back(), '4');
}

TEST_F(PoolProxy, LooksOnceForAllConnections) {
  TestCa gateway("Gateway CA");
  const Credentials forged = gateway.issue({.common_name = kName, .dns = {kName}, .purpose = Purpose::server});
  proxy.behave({.intercepts = forged});
  CloudSettings how = behind();
  how.connections = 8;
  why_never_ready(how);
  const std::size_t connections = proxy.accepted();
  EXPECT_GE(connections, 9u);
  for (const auto& slot : pool->status().slots) EXPECT_THAT(slot.last_error, HasSubstr("CN=Gateway CA"));
}

TEST_F(PoolProxy, StopsWhileTheProxyIsSilent) {
  proxy.behave({.silent = true});
  start(behind(), pem());
  wait_until([&] { return proxy.heads().size() == 4; });
  const auto before = clock.steady();
  stop();
  EXPECT_LT(clock.steady() - before, std::chrono::seconds(2));
}

// What is wrong with a certificate, when it is reached directly.
class PoolCertificate : public PoolTest {
 protected:
  std::string why_not(const Credentials& shown, std::vector<std::string> pins = {}, const char* host = "localhost") {
    TestCloud there(shown, ca.certificate_pem());
    CloudSettings how = settings();
    how.endpoints = {{{host, there.port()}}};
    how.pins = std::move(pins);
    start(how, pem());
    wait_until([&] { return all_failing() && log.lines(Event::upstream_lost).size() == how.connections; });
    EXPECT_EQ(there.calls(), 0u);
    std::string why = pool->status().slots[0].last_error;
    stop();
    return why;
  }
  Credentials issue(std::chrono::hours starts, std::chrono::hours ends) {
    return ca.issue(
        {.common_name = "localhost", .dns = {"localhost"}, .purpose = Purpose::server, .starts = starts, .ends = ends});
  }
  // The pins of a chain that is good.
  std::vector<std::string> pins_of(const Credentials& good) {
    std::vector<std::string> pins;
    const auto judged = net::judge_server_certificate(good.certificate_pem, "localhost", ca.certificate_pem());
    for (const auto& key : judged->keys) pins.push_back(key.pin);
    return pins;
  }
};

TEST_F(PoolCertificate, ThatHasExpiredIsToldSo) {
  EXPECT_THAT(why_not(issue(std::chrono::hours(-72), std::chrono::hours(-49))),
              AllOf(HasSubstr("the certificate for localhost expired on "), HasSubstr("(2 days ago)")));
}

TEST_F(PoolCertificate, ThatIsNotYetValidIsToldSo) {
  EXPECT_THAT(why_not(issue(std::chrono::hours(24), std::chrono::hours(48))),
              AllOf(HasSubstr("is not valid before "), HasSubstr("is it right?")));
}

TEST_F(PoolCertificate, OfAnotherServerIsToldFromInterception) {
  TestCa other("Other CA");
  const std::string why = why_not(other.issue({.common_name = "x", .dns = {"x.test"}, .purpose = Purpose::server}));
  EXPECT_THAT(
      why,
      HasSubstr("was issued by 'CN=Other CA', which cloud.ca does not have, and it is for x.test: another server"));
  EXPECT_THAT(why, Not(HasSubstr("intercepts")));
}

TEST_F(PoolCertificate, WithAPinnedKeyIsAccepted) {
  const Credentials good = ca.server();
  TestCloud there(good, ca.certificate_pem());
  for (const std::string& pin : pins_of(good)) {  // the service's own, and its CA's
    CloudSettings how = settings();
    how.endpoints = {{{"localhost", there.port()}}};
    how.pins = {std::string(64, 'f'), pin};
    start_ready(how);
    EXPECT_TRUE(call());
    stop();
  }
}

TEST_F(PoolCertificate, WithoutAPinnedKeyIsRefused) {
  const Credentials good = ca.server();
  const std::string why = why_not(good, {std::string(64, 'f')});
  EXPECT_THAT(why,
              HasSubstr("the certificate for localhost is good, but no key of its chain is in cloud.pins: it has "));
  for (const std::string& pin : pins_of(good)) EXPECT_THAT(why, HasSubstr(net::shown_pin(pin)));
}

TEST_F(PoolCertificate, WithAPinnedKeyIsStillHeldAgainstItsName) {
  const Credentials other =
      ca.issue({.common_name = "elsewhere.test", .dns = {"elsewhere.test"}, .purpose = Purpose::server});
  EXPECT_THAT(why_not(other, pins_of(other)), HasSubstr("is for another name: it has elsewhere.test"));
}

TEST_F(PoolCertificate, WithAPinnedKeyIsStillHeldAgainstTheClock) {
  const Credentials old = issue(std::chrono::hours(-72), std::chrono::hours(-48));
  EXPECT_THAT(why_not(old, pins_of(old)), HasSubstr("expired on"));
}

TEST_F(PoolCertificate, WithAPinnedKeyIsStillHeldAgainstTheCa) {
  TestCa other("Other CA");
  const Credentials stranger = other.server();
  const auto judged = net::judge_server_certificate(stranger.certificate_pem, "localhost", other.certificate_pem());
  EXPECT_THAT(why_not(stranger, {judged->keys.at(0).pin}), HasSubstr("CN=Other CA"));
}

}  // namespace
}  // namespace rms::test

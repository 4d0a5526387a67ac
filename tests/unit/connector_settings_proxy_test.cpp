// SPDX-License-Identifier: Apache-2.0
//
// cloud.proxy and cloud.pins: what can be said, and what is said about what cannot.
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/settings/settings.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ProxySettingsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ca_ = new test::TestCa("Contoso"); }
  static void TearDownTestSuite() { delete ca_; }

  ProxySettingsTest() {
    const auto server = ca_->server(), client = ca_->client("connector.contoso.test");
    dir.write("ca.pem", ca_->certificate_pem());
    dir.write("server.pem", server.certificate_pem);
    dir.write("server.key", server.key_pem);
    dir.write("client.pem", client.certificate_pem);
    dir.write("client.key", client.key_pem);
    dir.write("password", "S3cret\n");
    dir.write("keytab", "what it holds is not looked at here");
  }

  // `cloud` is the rest of that section.
  Result<Settings> load(const std::string& cloud) {
    return load_settings(dir.write("rms.yaml", R"(version: 1
listen: {address: '127.0.0.1:0', certificate: server.pem, key: server.key, client_ca: ca.pem}
servers: []
cloud:
  endpoint: 'localhost:8443'
  ca: ca.pem
  certificate: client.pem
  key: client.key
)" + cloud));
  }
  std::string problems(const std::string& cloud) {
    const auto settings = load(cloud);
    return settings ? "" : settings.error().context;
  }
  ProxySettings proxy(const std::string& cloud) {
    const auto settings = load(cloud);
    EXPECT_TRUE(settings) << settings.error().context;
    return settings && settings->cloud.proxy ? *settings->cloud.proxy : ProxySettings{};
  }

  static inline test::TestCa* ca_ = nullptr;
  test::TempDir dir;
};

TEST_F(ProxySettingsTest, AreNoneByDefault) {
  const auto settings = load("");
  ASSERT_TRUE(settings);
  EXPECT_FALSE(settings->cloud.proxy);
  EXPECT_THAT(settings->cloud.pins, ElementsAre());
}

TEST_F(ProxySettingsTest, AskNobodyByDefault) {
  const ProxySettings settings = proxy("  proxy: {url: 'http://Proxy.contoso.test:3128/'}\n");
  EXPECT_EQ(settings.host, "Proxy.contoso.test");
  EXPECT_EQ(settings.port, 3128);
  EXPECT_EQ(settings.authentication, ProxyAuthentication::none);
  EXPECT_EQ(proxy("  proxy: {url: 'http://[2001:db8::1]:8080'}\n").host, "2001:db8::1");
}

TEST_F(ProxySettingsTest, CanSayBasic) {
  const ProxySettings settings = proxy(
      "  proxy: {url: 'http://proxy.contoso.test:3128', authentication: basic, user: 'CONTOSO\\svc-rms', password: "
      "password}\n");
  EXPECT_EQ(settings.user, "CONTOSO\\svc-rms");
  EXPECT_EQ(read_password(settings.password)->text(), "S3cret");
}

TEST_F(ProxySettingsTest, CanSayNegotiate) {
  const ProxySettings settings = proxy(
      "  proxy: {url: 'http://proxy.contoso.test:3128', authentication: negotiate, principal: svc-rms@CONTOSO.TEST, "
      "keytab: keytab}\n");
  EXPECT_EQ(settings.principal, "svc-rms@CONTOSO.TEST");
  EXPECT_EQ(settings.keytab, dir.path() / "keytab");
  EXPECT_EQ(
      proxy("  proxy: {url: 'http://proxy.contoso.test:3128', authentication: negotiate, credential_cache: keytab}\n")
          .credential_cache,
      dir.path() / "keytab");
}

TEST_F(ProxySettingsTest, NeverTakeASecretInTheUrlNorShowIt) {
  const std::string told = problems("  proxy: {url: 'http://svc-rms:S3cret@proxy.contoso.test:3128'}\n");
  EXPECT_THAT(told, HasSubstr("cloud.proxy.url: must not have a user or a password in it: the user belongs in "
                              "cloud.proxy.user, the password into a file that cloud.proxy.password names"));
  EXPECT_THAT(told, Not(HasSubstr("S3cret")));
}

TEST_F(ProxySettingsTest, WantAUrlOfHttp) {
  for (const char* url : {"proxy.contoso.test:3128", "http://proxy.contoso.test", "http://proxy.contoso.test:0",
                          "http://:3128", "socks5://proxy:1080", "http://proxy.contoso.test:3128/path", "http://"})
    EXPECT_THAT(problems("  proxy: {url: '" + std::string(url) + "'}\n"),
                HasSubstr("cloud.proxy.url: must be http://host:port"))
        << url;
  EXPECT_THAT(problems("  proxy: {url: 'https://proxy.contoso.test:3128'}\n"),
              HasSubstr("TLS on its own port is not supported"));
  EXPECT_THAT(problems("  proxy: {authentication: none}\n"), HasSubstr("cloud.proxy.url: missing"));
}

TEST_F(ProxySettingsTest, WantWhatTheirAuthenticationNeedsAndNothingElse) {
  const std::string url = "  proxy: {url: 'http://proxy.contoso.test:3128', ";
  const std::string basic = problems(url + "authentication: basic}\n");
  EXPECT_THAT(basic, HasSubstr("basic needs cloud.proxy.user"));
  EXPECT_THAT(basic, HasSubstr("basic needs cloud.proxy.password"));
  EXPECT_THAT(problems(url + "authentication: basic, user: 'a:b', password: password}\n"),
              HasSubstr("must have no colon"));
  EXPECT_THAT(problems(url + "user: x, password: password}\n"),
              HasSubstr("cloud.proxy.user: is only for authentication: basic"));
  EXPECT_THAT(problems(url + "keytab: keytab}\n"), HasSubstr("is only for authentication: negotiate"));
  EXPECT_THAT(problems(url + "authentication: negotiate}\n"),
              HasSubstr("negotiate needs one of cloud.proxy.keytab and"));
  EXPECT_THAT(problems(url + "authentication: negotiate, principal: a@B, keytab: keytab, credential_cache: keytab}\n"),
              HasSubstr("negotiate needs one of"));
  EXPECT_THAT(problems(url + "authentication: negotiate, keytab: keytab}\n"), HasSubstr("needs cloud.proxy.principal"));
  EXPECT_THAT(problems(url + "authentication: negotiate, principal: svc-rms, keytab: keytab}\n"),
              HasSubstr("must be a principal, as svc-rms@CONTOSO.COM"));
  EXPECT_THAT(problems(url + "authentication: ntlm}\n"), HasSubstr("none, basic or negotiate"));
  EXPECT_THAT(
      problems("  proxy: {url: 'http://192.0.2.1:3128', authentication: negotiate, credential_cache: keytab}\n"),
      HasSubstr("must name the proxy, not its address"));
}

TEST_F(ProxySettingsTest, WantSecretsInSafeFiles) {
  const std::string how = "  proxy: {url: 'http://proxy.contoso.test:3128', authentication: basic, user: x, password: ";
  EXPECT_THAT(problems(how + "missing}\n"), HasSubstr("No such file"));
  dir.write("empty", "\n");
  EXPECT_THAT(problems(how + "empty}\n"), HasSubstr("is empty"));
  dir.write("two", "one\ntwo\n");
  EXPECT_THAT(problems(how + "two}\n"), HasSubstr("in one line"));
  dir.write("long", std::string(1025, 'x'));
  EXPECT_THAT(problems(how + "long}\n"), HasSubstr("more than 1024 bytes"));
  chmod((dir.path() / "password").c_str(), 0644);
  EXPECT_THAT(problems(how + "password}\n"), HasSubstr("chmod 0600"));
  chmod((dir.path() / "keytab").c_str(), 0644);
  EXPECT_THAT(problems("  proxy: {url: 'http://proxy.contoso.test:3128', authentication: negotiate, "
                       "principal: x@CONTOSO.TEST, keytab: keytab}\n"),
              HasSubstr("chmod 0600"));
}

TEST_F(ProxySettingsTest, SayWhatIsReachedWithoutTheProxy) {
  const ProxySettings settings = proxy(
      "  proxy: {url: 'http://p:3128', no_proxy: [Rights.contoso.test, .internal.test, 192.0.2.7, 10.0.0.0/8, "
      "'2001:db8::/32']}\n");
  for (const char* direct :
       {"rights.contoso.test", "a.internal.test", "a.b.INTERNAL.test", "192.0.2.7", "10.255.0.1", "2001:db8:ffff::1"})
    EXPECT_FALSE(goes_through(settings, direct)) << direct;
  for (const char* through : {"x.rights.contoso.test", "rights.contoso.test.evil", "internal.test", "xinternal.test",
                              "192.0.2.8", "11.0.0.1", "2001:db9::1", "::ffff:10.0.0.1", "rights.example.com"})
    EXPECT_TRUE(goes_through(settings, through)) << through;
}

TEST_F(ProxySettingsTest, TakeOnlyRulesThatMeanSomething) {
  for (const char* rule : {"*", "*.contoso.test", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "2001:db8::/129", "a b",
                           ".", "host:80", "10.0.0.0/8x"})
    EXPECT_THAT(problems("  proxy: {url: 'http://p:3128', no_proxy: ['" + std::string(rule) + "']}\n"),
                HasSubstr("cloud.proxy.no_proxy[0]: must be"))
        << rule;
}

TEST_F(ProxySettingsTest, PinsAreKeysInEitherForm) {
  const std::string hex = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
  const auto settings = load("  pins: ['X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k=', " + hex + "]\n");
  ASSERT_TRUE(settings) << settings.error().context;
  EXPECT_THAT(settings->cloud.pins, ElementsAre(hex, hex));
  EXPECT_THAT(problems("  pins: [nonsense]\n"), HasSubstr("cloud.pins[0]: must be the SHA-256 of a public key"));
  EXPECT_THAT(problems("  pins: []\n"), HasSubstr("must list at least one key"));
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// Tokens of our own, shown to the real acceptor; and what is said when there are none.
#include "kerberos/initiator.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/authenticator/kerberos.h"
#include "support/test_ca.h"
#include "support/test_realm.h"

namespace rms::kerberos {
namespace {

using test::RealmKey;
using test::TestRealm;
using testing::HasSubstr;

const RealmKey kProxyKey{.principal = "HTTP/localhost@CONTOSO.TEST", .bytes = std::string(32, 'p')};

test::TicketRequest ticket_for(const RealmKey& service) {
  test::TicketRequest request;
  request.client = "svc-rms@CONTOSO.TEST";
  request.key = service;
  return request;
}

class InitiatorTest : public testing::Test {
 protected:
  // A realm whose KDC is a port where nobody listens. Before the library's first use in this process.
  static void SetUpTestSuite() {
    directory_ = new test::TempDir;
    const auto config = directory_->write("krb5.conf", R"([libdefaults]
  default_realm = CONTOSO.TEST
  dns_lookup_kdc = false
  rdns = false
  dns_canonicalize_hostname = false
[realms]
  CONTOSO.TEST = {
    kdc = tcp/127.0.0.1:1
  }
[domain_realm]
  localhost = CONTOSO.TEST
)");
    setenv("KRB5_CONFIG", config.c_str(), 1);
  }
  static void TearDownTestSuite() {
    unsetenv("KRB5_CONFIG");
    delete directory_;
  }

  static inline test::TempDir* directory_ = nullptr;
  test::TempDir dir;
};

TEST_F(InitiatorTest, MakesTokensThatTheServiceTakes) {
  TestRealm::write_cache(dir.path() / "cache", ticket_for(kProxyKey));
  TestRealm::write_keytab(dir.path() / "service.keytab", {kProxyKey});
  Initiator initiator({"", "", dir.path() / "cache"});
  connector::KerberosSettings settings;
  settings.keytab = dir.path() / "service.keytab";
  settings.trusted_domains = {"S-1-5-21-1-2-3"};
  const SystemClock clock;
  const auto acceptor = connector::KerberosAcceptor::open(settings, clock, nullptr);
  ASSERT_TRUE(acceptor) << acceptor.error().to_string();
  for (int i = 0; i < 2; ++i) {
    const auto token = initiator.token("localhost");
    ASSERT_TRUE(token) << token.error().to_string();
    const auto result = (*acceptor)->accept(*token, {"localhost", ""});
    const auto* who = std::get_if<connector::Authenticated>(&result);
    ASSERT_NE(who, nullptr) << std::get<connector::Refusal>(result).detail;
    EXPECT_EQ(who->principal.name, "svc-rms@CONTOSO.TEST");
  }
}

TEST_F(InitiatorTest, WithoutACacheSaysSo) {
  Initiator initiator({"", "", dir.path() / "missing"});
  const auto token = initiator.token("localhost");
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error(), Errc::not_found) << token.error().to_string();
}

TEST_F(InitiatorTest, WithoutAKdcSaysSo) {
  TestRealm::write_keytab(dir.path() / "client.keytab", {{.principal = "svc-rms@CONTOSO.TEST"}});
  Initiator initiator({"svc-rms@CONTOSO.TEST", dir.path() / "client.keytab", ""});
  const auto token = initiator.token("localhost");
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error(), Errc::unavailable) << token.error().to_string();
  EXPECT_THAT(token.error().context, HasSubstr("KDC"));
}

TEST_F(InitiatorTest, TheTicketOfAnotherServiceIsNone) {
  TestRealm::write_cache(dir.path() / "cache", ticket_for(RealmKey()));
  Initiator initiator({"", "", dir.path() / "cache"});
  EXPECT_FALSE(initiator.token("localhost"));
}

TEST_F(InitiatorTest, AKeytabIsCheckedForItsPrincipal) {
  TestRealm::write_keytab(dir.path() / "keytab", {{.principal = "svc-rms@CONTOSO.TEST"}});
  EXPECT_TRUE(check_client_keytab(dir.path() / "keytab", "svc-rms@CONTOSO.TEST"));
  const auto other = check_client_keytab(dir.path() / "keytab", "someone@CONTOSO.TEST");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error(), Errc::not_found);
  EXPECT_THAT(other.error().context, HasSubstr("has no key of someone@CONTOSO.TEST, but of svc-rms@CONTOSO.TEST"));
  dir.write("broken", "no keytab");
  EXPECT_EQ(check_client_keytab(dir.path() / "broken", "svc-rms@CONTOSO.TEST").error(), Errc::malformed);
}

}  // namespace
}  // namespace rms::kerberos

// SPDX-License-Identifier: Apache-2.0
//
// Real tokens of the real library against the acceptor, each broken in one way.
#include "connector/authenticator/kerberos.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector/authenticator/der.h"
#include "connector/authenticator/negotiate_token.h"
#include "support/logon_info_writer.h"
#include "support/record_log.h"
#include "support/test_ca.h"
#include "support/test_realm.h"

namespace rms::connector {
namespace {

using test::RealmKey;
using test::TicketRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

const std::string kDomain = "S-1-5-21-1-2-3";

class Kerberos : public testing::Test {
 protected:
  void SetUp() override {
    settings_.keytab = dir_.path() / "service.keytab";
    settings_.trusted_domains = {kDomain};
    test::TestRealm::write_keytab(settings_.keytab, {RealmKey()});
  }

  KerberosAcceptor& acceptor() {
    if (!acceptor_) {
      auto made = KerberosAcceptor::open(settings_, clock_, &log_);
      EXPECT_TRUE(made) << made.error().to_string();
      acceptor_ = *std::move(made);
    }
    return *acceptor_;
  }

  std::variant<Authenticated, Refusal> accept(const std::string& token, const std::string& binding = "") {
    return acceptor().accept(token, {"connector.contoso.test:443", binding});
  }
  // The principal, or the reason why there is none.
  std::string outcome(const std::string& token, const std::string& binding = "") {
    const auto result = accept(token, binding);
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
      detail_ = refusal->detail;
      EXPECT_NE(std::ranges::find(refusals::kAll, refusal->reason), std::end(refusals::kAll)) << refusal->reason;
      return std::string(refusal->reason);
    }
    return std::get<Authenticated>(result).principal.name;
  }
  std::string outcome(const TicketRequest& request) { return outcome(realm_.token(request), request.channel_binding); }

  test::TempDir dir_;
  test::RecordLog log_;
  SystemClock clock_;
  test::TestRealm realm_;
  KerberosSettings settings_;
  std::unique_ptr<KerberosAcceptor> acceptor_;
  std::string detail_;
};

TEST_F(Kerberos, AcceptsATicketInOneLegAndProvesItself) {
  for (const bool spnego : {true, false}) {
    TicketRequest request;
    request.spnego = spnego;
    const auto result = accept(realm_.token(request));
    const auto* who = std::get_if<Authenticated>(&result);
    ASSERT_NE(who, nullptr) << std::get<Refusal>(result).reason << ": " << std::get<Refusal>(result).detail;
    EXPECT_EQ(who->principal.mechanism, "kerberos");
    EXPECT_EQ(who->principal.name, "EXCH01$@CONTOSO.TEST");
    EXPECT_FALSE(who->principal.windows);
    EXPECT_FALSE(who->principal.certificate);
    EXPECT_TRUE(realm_.believes(who->answer)) << "spnego: " << spnego;
  }
}

TEST_F(Kerberos, ReadsWhoItIsFromTheVerifiedPac) {
  TicketRequest request;
  request.logon_info = test::logon_info({.extra = {"S-1-5-21-9-9-9-1109", "S-1-5-21-1-2-3-1500", "S-1-18-1"}});
  const auto result = accept(realm_.token(request));
  const auto* who = std::get_if<Authenticated>(&result);
  ASSERT_NE(who, nullptr) << std::get<Refusal>(result).reason << ": " << std::get<Refusal>(result).detail;
  ASSERT_TRUE(who->principal.windows);
  EXPECT_EQ(who->principal.windows->account, "CONTOSO\\EXCH01$");
  EXPECT_EQ(who->principal.windows->sid, kDomain + "-1105");
  EXPECT_THAT(who->principal.windows->groups, ElementsAre(kDomain + "-1109", kDomain + "-1500", kDomain + "-515"))
      << "sorted, each once, and none of a domain that is not trusted";
}

TEST_F(Kerberos, RefusesAnAccountOfADomainThatIsNotTrusted) {
  settings_.trusted_domains = {"S-1-5-21-7-7-7"};
  TicketRequest request;
  request.logon_info = test::logon_info({});
  EXPECT_EQ(outcome(request), "untrusted_domain");
  EXPECT_THAT(detail_, HasSubstr(kDomain));
}

TEST_F(Kerberos, BelievesNoPacThatOurKeyDidNotSign) {
  TicketRequest request;
  request.logon_info = test::logon_info({});
  request.pac_of_another_key = true;
  const auto result = accept(realm_.token(request));
  const auto* who = std::get_if<Authenticated>(&result);
  ASSERT_NE(who, nullptr);
  EXPECT_EQ(who->principal.name, "EXCH01$@CONTOSO.TEST") << "the ticket proves the name";
  EXPECT_FALSE(who->principal.windows);
}

TEST_F(Kerberos, RefusesAPacThatCannotBeRead) {
  TicketRequest request;
  request.logon_info = test::logon_info({});
  request.logon_info->resize(100);
  EXPECT_EQ(outcome(request), "malformed_pac");
}

TEST_F(Kerberos, RefusesAReplay) {
  const std::string token = realm_.token();
  EXPECT_EQ(outcome(token), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(token), "replayed");
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST") << "the same ticket, a new authenticator";
}

TEST_F(Kerberos, RefusesAReplayInAnotherWrapping) {
  TicketRequest request;
  request.spnego = false;
  const std::string bare = test::from_base64(realm_.token(request));
  EXPECT_EQ(outcome(test::base64(bare)), "EXCH01$@CONTOSO.TEST");
  const auto wrapped =
      der(0x60, der(0x06, "\x2b\x06\x01\x05\x05\x02") +
                    der(0xa0, der(0x30, der(0xa0, der(0x30, der(0x06, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"))) +
                                            der(0xa2, der(0x04, bare)))));
  EXPECT_EQ(outcome(test::base64(wrapped)), "replayed");
}

TEST_F(Kerberos, SaysHowFarTheClocksAreApart) {
  TicketRequest request;
  request.clock_ahead = 600s;
  EXPECT_EQ(outcome(request), "clock_skew");
  EXPECT_THAT(detail_, testing::ContainsRegex("the caller's clock is (599|600|601) s ahead of ours"));
  request.clock_ahead = -600s;
  EXPECT_EQ(outcome(request), "clock_skew");
  EXPECT_THAT(detail_, HasSubstr("behind"));
}

TEST_F(Kerberos, NamesATicketThatHasExpired) {
  TicketRequest request;
  request.valid_for = -1000s;
  EXPECT_EQ(outcome(request), "expired");
}

TEST_F(Kerberos, NamesAKeyVersionThatIsMissing) {
  TicketRequest request;
  request.key.kvno = 3;
  request.sealed_with = std::string(32, 'n');
  EXPECT_EQ(outcome(request), "no_key_for_kvno");
  EXPECT_THAT(detail_, HasSubstr("key version 3; the keytab has versions 1"));
}

TEST_F(Kerberos, NamesTheWrongSpn) {
  TicketRequest request;
  request.key.principal = "HTTP/other.contoso.test@CONTOSO.TEST";
  request.key.bytes = std::string(32, 'o');
  EXPECT_EQ(outcome(request), "wrong_spn");
  EXPECT_THAT(detail_, HasSubstr("HTTP/other.contoso.test@CONTOSO.TEST"));
  EXPECT_THAT(detail_, HasSubstr("HTTP/connector.contoso.test@CONTOSO.TEST"));
}

TEST_F(Kerberos, NamesATicketThatIsNotForUs) {
  TicketRequest request;
  request.key.principal = "cifs/files.contoso.test@CONTOSO.TEST";
  request.key.bytes = std::string(32, 'o');
  EXPECT_EQ(outcome(request), "not_for_us");
  TicketRequest sealed;
  sealed.sealed_with = std::string(32, 'o');
  EXPECT_EQ(outcome(sealed), "not_for_us");
  EXPECT_THAT(detail_, HasSubstr("the SPN belongs to another account"));
}

TEST_F(Kerberos, NamesAnEncryptionThatTheKeytabHasNoKeyOf) {
  TicketRequest request;
  request.key.enctype = 17;
  request.key.bytes = std::string(16, 'k');
  EXPECT_EQ(outcome(request), "unsupported_enctype");
  EXPECT_THAT(detail_, HasSubstr("aes128-cts"));
}

TEST_F(Kerberos, TakesAnAliasThatTheSameAccountHas) {
  TicketRequest request;
  request.key.principal = "HTTP/alias.contoso.test@CONTOSO.TEST";
  EXPECT_EQ(outcome(request), "EXCH01$@CONTOSO.TEST") << "the account's key opens it, under whichever of its names";
}

TEST_F(Kerberos, UsesOnlyTheKeysOfTheServiceThatIsSet) {
  TicketRequest request;
  request.key.principal = "HTTP/other.contoso.test@CONTOSO.TEST";
  request.key.bytes = std::string(32, 'o');
  test::TestRealm::write_keytab(settings_.keytab, {RealmKey(), request.key});
  settings_.service = "HTTP/connector.contoso.test@CONTOSO.TEST";
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(request), "wrong_spn");
  settings_.service = "HTTP/nobody.contoso.test@CONTOSO.TEST";
  EXPECT_EQ(KerberosAcceptor::open(settings_, clock_).error(), Errc::invalid_setting);
}

TEST_F(Kerberos, TellsWhoOffersNtlmHowToSetTheSpn) {
  EXPECT_EQ(outcome(test::base64(std::string_view("NTLMSSP\0\1\0\0\0", 12))), "ntlm_offered");
  EXPECT_THAT(detail_, HasSubstr("setspn -S HTTP/connector.contoso.test ACCOUNT"));
}

TEST_F(Kerberos, ChecksTheChannelBindingThatIsSent) {
  TicketRequest request;
  request.channel_binding = "tls-server-end-point:ours";
  EXPECT_EQ(outcome(realm_.token(request), "tls-server-end-point:ours"), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(realm_.token(request), "tls-server-end-point:theirs"), "bad_channel_binding");
  EXPECT_EQ(outcome(realm_.token(), "tls-server-end-point:ours"), "EXCH01$@CONTOSO.TEST") << "none is sent";
}

TEST_F(Kerberos, RequiresAChannelBindingIfToldTo) {
  settings_.channel_binding = ChannelBinding::required;
  TicketRequest request;
  request.channel_binding = "tls-server-end-point:ours";
  EXPECT_EQ(outcome(realm_.token(request), "tls-server-end-point:ours"), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(realm_.token(), "tls-server-end-point:ours"), "bad_channel_binding");
  EXPECT_EQ(outcome(realm_.token(request), ""), "bad_channel_binding") << "we know none";
}

TEST_F(Kerberos, ReadsTheKeytabAgainWhenItChanges) {
  RealmKey next;
  next.kvno = 2;
  next.bytes = std::string(32, 'n');
  TicketRequest renewed;
  renewed.key = next;
  EXPECT_EQ(outcome(renewed), "no_key_for_kvno");
  test::TestRealm::write_keytab(settings_.keytab, {RealmKey(), next});
  EXPECT_EQ(outcome(renewed), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST") << "tickets of the old key are still good";
}

TEST_F(Kerberos, KeepsItsKeysWhenTheNewFileCannotBeUsed) {
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
  dir_.write("service.keytab", "no keytab");
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
  ASSERT_EQ(log_.lines().size(), 1U) << "it is said once";
  EXPECT_EQ(log_.lines()[0].level, Level::error);
  std::filesystem::remove(settings_.keytab);
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
}

TEST_F(Kerberos, WantsAKeytabThatIsSafeAndReadable) {
  std::filesystem::permissions(settings_.keytab, std::filesystem::perms(0644));
  EXPECT_EQ(KerberosAcceptor::open(settings_, clock_).error(), Errc::insecure_file);
  dir_.write("service.keytab", "no keytab");
  std::filesystem::permissions(settings_.keytab, std::filesystem::perms(0600));
  EXPECT_EQ(KerberosAcceptor::open(settings_, clock_).error(), Errc::malformed);
  std::filesystem::remove(settings_.keytab);
  EXPECT_EQ(KerberosAcceptor::open(settings_, clock_).error(), Errc::not_found);
}

TEST_F(Kerberos, IsNotRedirectedByTheEnvironment) {
  setenv("KRB5_KTNAME", "/nonexistent", 1);
  setenv("KRB5RCACHENAME", "dfl:/nonexistent", 1);
  setenv("KRB5RCACHEDIR", "/nonexistent", 1);
  EXPECT_EQ(outcome(realm_.token()), "EXCH01$@CONTOSO.TEST");
  forget_kerberos_environment();
  EXPECT_EQ(std::getenv("KRB5_KTNAME"), nullptr);
  EXPECT_EQ(std::getenv("KRB5RCACHENAME"), nullptr);
}

TEST_F(Kerberos, RefusesWhatIsNoToken) {
  const std::string good = test::from_base64(realm_.token());
  EXPECT_EQ(outcome(std::string()), "malformed_token");
  EXPECT_EQ(outcome(std::string("not base64")), "malformed_token");
  EXPECT_EQ(outcome(std::string("AAAA")), "malformed_token");
  EXPECT_EQ(outcome(test::base64(good + '\0')), "malformed_token");
  EXPECT_EQ(outcome(test::base64(std::string(kMostTokenBytes + 1, 'A'))), "malformed_token");
  for (std::size_t size = 1; size < good.size(); size += 7)
    EXPECT_EQ(outcome(test::base64(good.substr(0, size))), "malformed_token") << size;
}

TEST_F(Kerberos, RefusesEveryTokenWithAByteThatWasChanged) {
  const std::string good = test::from_base64(realm_.token());
  const auto read = read_negotiate_token(good);
  const auto& request = std::get<NegotiateToken>(read).request;
  const auto begin = static_cast<std::size_t>(request.data() - good.data());
  int accepted = 0;
  for (std::size_t at = begin; at < begin + request.size(); at += 3) {
    std::string changed = good;
    changed[at] ^= 1;
    const auto result = accept(test::base64(changed));
    accepted += std::holds_alternative<Authenticated>(result) ? 1 : 0;
  }
  // The ticket's key version and the options of the message are not protected by anything (RFC 4120 3.2.2), nor is the
  // kind of a name; whoever changes them still has to know the session key. Its authenticator counts once.
  EXPECT_LE(accepted, 1);
}

}  // namespace
}  // namespace rms::connector

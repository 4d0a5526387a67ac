// SPDX-License-Identifier: Apache-2.0
//
// Certificates that are withdrawn, in real handshakes with a real CA.
#include "net/revocation.h"

#include <sys/stat.h>

#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/accept_loop.h"
#include "net/task_group.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"
#include "support/tls_client.h"

namespace rms::net {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using testing::HasSubstr;
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
using Verdict = CertificateVerdict;

class RevocationTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(loop_.quiet()); }

  Result<RevocationLists> read(const std::string& pem) {
    return RevocationLists::read(dir_.write("clients.crl", pem), ca_.certificate());
  }
  Error refusal(const std::string& pem) {
    auto lists = read(pem);
    return lists ? Error(Errc::already_exists, "was accepted") : lists.error();
  }

  // What a handshake with this client comes to; `then` sees the connection if it is let in.
  template <class Then>
  Verdict shake_hands(const test::Credentials& client, const RevocationLists& lists, Then then) {
    auto server = make_mutual_server_context(server_.certificate, server_.key, ca_.certificate());
    EXPECT_TRUE(server) << server.error().to_string();
    lists.enforce(*server);
    ssl::context calling = test::tls_client_context(ca_.certificate(), &client);
    std::optional<Verdict> verdict;
    TaskGroup group(loop_.executor(), log_, "handshake");
    auto acceptor = listen(loop_.executor(), "127.0.0.1", 0);
    group.spawn(serve(*acceptor, *server, verdict, then));
    group.spawn(test::call_tls(acceptor->local_endpoint(), calling));
    loop_.run(group.wait_empty());
    EXPECT_TRUE(verdict);
    return verdict.value_or(Verdict::good);
  }
  Verdict shake_hands(const test::Credentials& client, const RevocationLists& lists) {
    return shake_hands(client, lists, [](SSL*) {});
  }
  Verdict shake_hands(const test::Credentials& client, const std::string& pem) {
    auto lists = read(pem);
    EXPECT_TRUE(lists) << lists.error().to_string();
    return shake_hands(client, *lists);
  }

  template <class Then>
  static asio::awaitable<void> serve(tcp::acceptor& acceptor, ssl::context& context, std::optional<Verdict>& verdict,
                                     Then& then) {
    ssl::stream<tcp::socket> stream(co_await acceptor.async_accept(asio::use_awaitable), context);
    const auto [error] = co_await stream.async_handshake(ssl::stream_base::server, kToken);
    verdict = verdict_of(SSL_get_verify_result(stream.native_handle()));
    EXPECT_EQ(*verdict == Verdict::good, !error) << error.message();
    if (!error) then(stream.native_handle());
  }

  test::Loop loop_;
  test::RecordLog log_;
  test::TempDir dir_;
  test::TestCa ca_;
  test::Credentials server_ = ca_.server(), good_ = ca_.client("good.contoso.test"),
                    bad_ = ca_.client("bad.contoso.test");
};

TEST_F(RevocationTest, RefusesWhoIsOnTheListAndNobodyElse) {
  const std::string pem = ca_.crl({.revoked = {bad_.serial}});
  EXPECT_EQ(shake_hands(bad_, pem), Verdict::revoked);
  EXPECT_EQ(shake_hands(good_, pem), Verdict::good);
}

TEST_F(RevocationTest, WithoutAListOfTheCaItRefuses) {
  test::TestCa stranger("Another CA");
  EXPECT_EQ(shake_hands(good_, stranger.crl()), Verdict::no_valid_crl);
}

TEST_F(RevocationTest, AListThatIsOutOfDateCountsForNothing) {
  EXPECT_EQ(shake_hands(good_, ca_.crl({.next_update = -60s})), Verdict::no_valid_crl);
  EXPECT_EQ(shake_hands(good_, ca_.crl({.last_update = 3600s})), Verdict::no_valid_crl) << "not valid yet";
}

TEST_F(RevocationTest, OfSeveralListsOfACaTheOneThatIsValidCounts) {
  const std::string old = ca_.crl({.next_update = -60s}), now = ca_.crl({.revoked = {bad_.serial}});
  for (const std::string& pem : {old + now, now + old}) {
    EXPECT_EQ(shake_hands(good_, pem), Verdict::good);
    EXPECT_EQ(shake_hands(bad_, pem), Verdict::revoked);
    const auto lists = read(pem);
    ASSERT_EQ(lists->lists().size(), 1U);
    EXPECT_GT(lists->lists()[0].next_update, std::chrono::system_clock::now());
    EXPECT_EQ(lists->lists()[0].issuer, "CN=Test CA");
  }
}

// OpenSSL would fall back on the older list, which does not know who was revoked since.
TEST_F(RevocationTest, AnOlderListDoesNotStandInForTheNewestOnceThatIsOutOfDate) {
  const std::string old = ca_.crl({.last_update = -7200s});
  const std::string newest = ca_.crl({.revoked = {bad_.serial}, .last_update = -3600s, .next_update = -60s});
  for (const std::string& pem : {old + newest, newest + old}) {
    EXPECT_EQ(shake_hands(bad_, pem), Verdict::no_valid_crl);
    EXPECT_EQ(shake_hands(good_, pem), Verdict::no_valid_crl);
    EXPECT_EQ(read(pem)->revoked(), 1U);
  }
}

TEST_F(RevocationTest, AnOlderListIsNotTakenInPlaceOfANewerOne) {
  auto lists = read(ca_.crl({.revoked = {bad_.serial}}));
  ASSERT_TRUE(lists);
  dir_.write(lists->file().filename().string(), ca_.crl({.last_update = -7200s}));
  const auto again = lists->read_again();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), Errc::malformed);
  EXPECT_NE(again.error().context.find("is older than the one in force"), std::string::npos) << again.error().context;
}

TEST_F(RevocationTest, ACaBetweenNeedsAListAsWell) {
  test::TestCa between(ca_, "Between");
  const auto client = between.client("exchange.contoso.test");
  EXPECT_EQ(shake_hands(client, ca_.crl()), Verdict::no_valid_crl);
  EXPECT_EQ(shake_hands(client, between.crl()), Verdict::no_valid_crl) << "who knows whether the root has revoked it?";
  EXPECT_EQ(shake_hands(client, ca_.crl() + between.crl()), Verdict::good);
  EXPECT_EQ(shake_hands(client, ca_.crl() + between.crl({.revoked = {client.serial}})), Verdict::revoked);
  EXPECT_EQ(shake_hands(client, ca_.crl({.revoked = {between.serial()}}) + between.crl()), Verdict::revoked);
}

TEST_F(RevocationTest, JudgesAnOpenConnectionByListsThatCameLater) {
  const auto before = read(ca_.crl());
  ASSERT_TRUE(before);
  const auto judge = [&](SSL* ssl) {
    const WallTime now = std::chrono::system_clock::now();
    EXPECT_EQ(before->judge(ssl, now), Verdict::good);
    EXPECT_EQ(before->judge(ssl, now + 24h * 8), Verdict::no_valid_crl) << "its list is out of date by then";
    dir_.write("clients.crl", ca_.crl({.revoked = {good_.serial}}));
    const auto after = before->read_again();
    ASSERT_TRUE(after) << after.error().to_string();
    EXPECT_EQ(after->judge(ssl, now), Verdict::revoked);
    EXPECT_NE(after->stamp(), before->stamp());
  };
  EXPECT_EQ(shake_hands(good_, *before, judge), Verdict::good);
}

TEST_F(RevocationTest, JudgesAnOpenConnectionByTheWholeChainThatItsClientSent) {
  test::TestCa between(ca_, "Between");
  const auto client = between.client("exchange.contoso.test");
  const auto before = read(ca_.crl() + between.crl());
  ASSERT_TRUE(before);
  const auto judge = [&](SSL* ssl) {
    const WallTime now = std::chrono::system_clock::now();
    EXPECT_EQ(before->judge(ssl, now), Verdict::good);
    EXPECT_EQ(read(ca_.crl({.revoked = {between.serial()}}) + between.crl())->judge(ssl, now), Verdict::revoked);
    EXPECT_EQ(read(ca_.crl())->judge(ssl, now), Verdict::no_valid_crl);
  };
  EXPECT_EQ(shake_hands(client, *before, judge), Verdict::good);
}

// ---- files

TEST_F(RevocationTest, SaysWhatItHasRead) {
  const auto lists = read(ca_.crl({.revoked = {bad_.serial}, .others = 3}));
  ASSERT_TRUE(lists) << lists.error().to_string();
  EXPECT_EQ(lists->revoked(), 4U);
  EXPECT_EQ(lists->file(), dir_.path() / "clients.crl");
  EXPECT_EQ(lists->stamp(), stamp_of(lists->file()));
}

TEST_F(RevocationTest, AFileThatIsNotThereIsNamed) {
  const auto lists = RevocationLists::read(dir_.path() / "missing.crl", ca_.certificate());
  ASSERT_FALSE(lists);
  EXPECT_EQ(lists.error(), Errc::not_found);
  EXPECT_THAT(lists.error().context, HasSubstr("missing.crl"));
  const auto without_ca = RevocationLists::read(dir_.write("clients.crl", ca_.crl()), dir_.path() / "missing.pem");
  ASSERT_FALSE(without_ca);
  EXPECT_EQ(without_ca.error(), Errc::not_found);
}

TEST_F(RevocationTest, WhatIsNoListIsMalformed) {
  const std::string good = ca_.crl();
  EXPECT_EQ(refusal(""), Errc::malformed);
  EXPECT_EQ(refusal("revoked: all of them"), Errc::malformed);
  EXPECT_EQ(refusal(ca_.certificate_pem()), Errc::malformed);
  EXPECT_EQ(refusal("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"), Errc::malformed);
  EXPECT_EQ(refusal(good.substr(0, good.size() - 30)), Errc::malformed) << "cut off";
  EXPECT_EQ(refusal(good + good.substr(0, good.size() / 2)), Errc::malformed) << "the second one is cut off";
}

TEST_F(RevocationTest, APipeIsNotWaitedFor) {
  const auto pipe = dir_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto lists = RevocationLists::read(pipe, ca_.certificate());
  ASSERT_FALSE(lists);
  EXPECT_EQ(lists.error(), Errc::io_error);
}

TEST_F(RevocationTest, AListThatIsNeverOutOfDateIsRefused) {
  EXPECT_THAT(refusal(ca_.crl({.ever_outdated = false})).context, HasSubstr("nextUpdate"));
}

TEST_F(RevocationTest, ADeltaIsNoWholeList) {
  const Error error = refusal(ca_.crl({.delta = true}));
  EXPECT_EQ(error, Errc::malformed);
  EXPECT_THAT(error.context, HasSubstr("delta"));
}

TEST_F(RevocationTest, AListThatAnotherCaMadeInThisOnesNameIsRefused) {
  test::TestCa impostor("Test CA");
  const Error error = refusal(impostor.crl());
  EXPECT_EQ(error, Errc::malformed);
  EXPECT_THAT(error.context, HasSubstr("clients.crl: the CRL of CN=Test CA is not signed by the CA that it names"));
}

TEST_F(RevocationTest, TakesAsManyEntriesAsItMayAndNotOneMore) {
  const auto most = read(ca_.crl({.others = kMostRevoked}));
  ASSERT_TRUE(most) << most.error().to_string();
  EXPECT_EQ(most->revoked(), kMostRevoked);
  const Error error = refusal(ca_.crl({.others = kMostRevoked + 1}));
  EXPECT_EQ(error, Errc::too_large);
  EXPECT_THAT(error.context, HasSubstr("50001 revoked certificates, more than the 50000 that it may have"));
}

TEST_F(RevocationTest, TakesAsManyBytesAsItMayAndNotOneMore) {
  std::string pem = ca_.crl();
  pem += std::string(kMostCrlBytes - pem.size(), '\n');
  EXPECT_TRUE(read(pem));
  const Error error = refusal(pem + "\n");
  EXPECT_EQ(error, Errc::too_large);
  EXPECT_THAT(error.context, HasSubstr("4194304 bytes"));
}

TEST_F(RevocationTest, NamesTheCasThatNoListIsOf) {
  test::TestCa between(ca_, "Between");
  const auto both = dir_.write("both.pem", ca_.certificate_pem() + between.certificate_pem());
  const auto without = [&](const std::string& pem) {
    auto lists = RevocationLists::read(dir_.write("some.crl", pem), both);
    EXPECT_TRUE(lists) << lists.error().to_string();
    return lists ? lists->authorities_without_list() : std::vector<std::string>();
  };
  EXPECT_THAT(without(ca_.crl()), testing::ElementsAre("CN=Between"));
  EXPECT_THAT(without(between.crl()), testing::ElementsAre("CN=Test CA"));
  EXPECT_THAT(without(ca_.crl() + between.crl()), testing::IsEmpty());
}

TEST_F(RevocationTest, SaysHowToMakePemOfDer) {
  const std::string pem = ca_.crl();
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(
      PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr), &X509_CRL_free);
  unsigned char* der = nullptr;
  const int size = i2d_X509_CRL(list.get(), &der);
  ASSERT_GT(size, 0);
  const Error error = refusal(std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  EXPECT_THAT(error.context, HasSubstr("openssl crl -inform DER -in"));
  EXPECT_THAT(refusal("0 but no CRL").context, HasSubstr("holds no PEM CRL"));
}

}  // namespace
}  // namespace rms::net

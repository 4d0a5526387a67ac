// SPDX-License-Identifier: Apache-2.0
//
// Other limits, certificates and CAs while connections are open; and the door that is a Unix socket.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <boost/asio/thread_pool.hpp>

#include "connector/admin/client.h"
#include "net/local.h"
#include "net/task_group.h"
#include "support/http_server_fixture.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using test::HttpsClient;
using test::ReceivedAnswer;
using testing::HasSubstr;

std::string get(std::string_view path = "/", std::string_view headers = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n" + std::string(headers) + "\r\n";
}

class ConnectorReplaceTest : public test::HttpServerFixture {
 protected:
  void SetUp() override { start(); }

  std::shared_ptr<boost::asio::ssl::context> context(const test::Credentials& own, const std::filesystem::path& ca) {
    auto made = net::make_mutual_server_context(own.certificate, own.key, ca);
    EXPECT_TRUE(made) << made.error().to_string();
    return std::make_shared<boost::asio::ssl::context>(*std::move(made));
  }
  void replace_unchanged() { server_->replace(options_, context(server_files_, ca_.certificate())); }
};

TEST_F(ConnectorReplaceTest, OpenConnectionsGoOn) {
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(get()).status, 200);
  replace_unchanged();
  EXPECT_EQ(client.ask(get()).status, 200);
  EXPECT_EQ(connect().ask(get()).status, 200);
}

TEST_F(ConnectorReplaceTest, ARequestInHandIsFinished) {
  HttpsClient& client = connect();
  client.send(get("/wait"));
  until([&] { return handler_.started == 1; });
  test::TestCa other;
  server_->replace(options_, context(server_files_, other.certificate()));
  handler_.release();
  EXPECT_EQ(client.receive().status, 200) << "also of a caller whose CA is trusted no longer";
  EXPECT_EQ(client.ask(get()).status, 403) << "but not his next one";
}

TEST_F(ConnectorReplaceTest, TheNewCertificateIsShownToWhoConnects) {
  HttpsClient& before = connect();
  EXPECT_EQ(before.ask(get()).status, 200);
  const std::string bound = handler_.last.connection->channel_binding;
  server_->replace(options_, context(ca_.server(), ca_.certificate()));
  EXPECT_EQ(connect().ask(get()).status, 200);
  EXPECT_NE(handler_.last.connection->channel_binding, bound);
  EXPECT_EQ(before.ask(get()).status, 200);
  EXPECT_EQ(handler_.last.connection->channel_binding, bound) << "of the certificate that it was made with";
}

TEST_F(ConnectorReplaceTest, ACaThatIsTrustedNoLongerEndsConnectionsAtTheirNextRequest) {
  HttpsClient& client = connect();
  EXPECT_EQ(client.ask(get()).status, 200);
  test::TestCa other;
  server_->replace(options_, context(server_files_, other.certificate()));
  const ReceivedAnswer refused = client.ask(get());
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("certificate_untrusted"));
  EXPECT_EQ(client.rest(), "");
  HttpsClient& again = connect();
  EXPECT_EQ(again.ask(get()).status, 0);
}

TEST_F(ConnectorReplaceTest, ACaThatIsTrustedAnewLetsItsServersIn) {
  test::TestCa other("Other CA");
  const test::Credentials fci = other.client("fci.contoso.test");
  EXPECT_EQ(connect(&fci).ask(get()).status, 0);
  server_->replace(options_, context(server_files_, other.certificate()));
  EXPECT_EQ(connect(&fci).ask(get()).status, 200);
}

TEST_F(ConnectorReplaceTest, LimitsCountForTheNextRequest) {
  HttpsClient& client = connect();
  const std::string fill = "X-Fill: " + std::string(6000, 'x') + "\r\n";
  EXPECT_EQ(client.ask(get("/", fill)).status, 200);
  options_.limits.header_bytes = 4096;
  replace_unchanged();
  EXPECT_EQ(client.ask(get("/", fill)).status, 431);
  options_.limits.header_bytes = 64 * 1024;
  replace_unchanged();
  EXPECT_EQ(connect().ask(get("/", fill)).status, 200);
}

TEST_F(ConnectorReplaceTest, FewerInHandRefusesWhoComesAndDropsNobody) {
  HttpsClient &first = connect(), &second = connect(), &third = connect();
  first.send(get("/wait"));
  second.send(get("/wait"));
  until([&] { return handler_.started == 2; });
  options_.limits.in_flight = 1;
  replace_unchanged();
  EXPECT_EQ(third.ask(get()).status, 503);
  handler_.release();
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(second.receive().status, 200);
  EXPECT_EQ(connect().ask(get()).status, 200);
}

TEST_F(ConnectorReplaceTest, MoreConnectionsLetInWhoWaited) {
  HttpsClient& open = connect();
  EXPECT_EQ(open.ask(get()).status, 200);
  options_.connections = 1;
  options_.handshakes = 1;
  replace_unchanged();
  boost::asio::ip::tcp::socket waits(loop_.context());
  waits.connect(server_->endpoint());
  until([&] { return server_->connections() == 1; });
  EXPECT_EQ(open.ask(get()).status, 200) << "who is in stays in";
  options_.connections = 10;
  replace_unchanged();
  until([&] { return server_->connections() == 2; });
}

// ---- the Unix socket

class ConnectorLocalTest : public test::HttpServerFixture {
 protected:
  void SetUp() override {
    options_.socket = dir_.path() / "admin.sock";
    start(false);
  }

  boost::asio::awaitable<Result<AdminReply>> reply(std::string_view target) {
    boost::asio::thread_pool thread(1);
    boost::asio::steady_timer done(loop_.executor(), SteadyTime::max());
    Result<AdminReply> reply = Error(Errc::io_error, "not asked");
    boost::asio::post(thread, [&] {
      reply = ask_admin(options_.socket, "GET", target, 20s);
      boost::asio::post(loop_.executor(), [&] { done.cancel(); });
    });
    co_await done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    thread.join();
    co_return reply;
  }

  test::TempDir dir_;
};

TEST_F(ConnectorLocalTest, ServesWhoTheSystemLetsIn) {
  const auto answer = loop_.run(reply("/page"));
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "nobody ");
  ASSERT_EQ(handler_.started, 1);
}

TEST_F(ConnectorLocalTest, IsForUsAndOurGroupOnly) {
  struct ::stat found {};
  ASSERT_EQ(::stat(options_.socket.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0660U);
  EXPECT_EQ(found.st_uid, ::geteuid());
}

TEST_F(ConnectorLocalTest, GoesWithItsServerAndComesBack) {
  loop_.run(server_->stop(std::chrono::steady_clock::now()));
  EXPECT_FALSE(std::filesystem::exists(options_.socket));
  const auto nobody = ask_admin(options_.socket, "GET", "/", 1s);
  EXPECT_EQ(nobody.error(), Errc::not_found);
  start(false);
  EXPECT_TRUE(loop_.run(reply("/")));
}

TEST_F(ConnectorLocalTest, TwoDoNotListenAtOnePlace) {
  HttpServer second(loop_.executor(), options_, nullptr, handler_, clock_, log_, nullptr);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error(), Errc::already_exists);
  loop_.run(second.stop(std::chrono::steady_clock::now()));
  EXPECT_TRUE(loop_.run(reply("/"))) << "the first one still serves";
}

TEST(ListenLocal, RemovesWhatADeadProcessLeft) {
  test::Loop loop;
  const test::TempDir dir;
  const auto path = dir.path() / "s";
  { const auto first = net::listen_local(loop.executor(), path).value(); }
  EXPECT_TRUE(std::filesystem::exists(path)) << "nobody removed it";
  EXPECT_EQ(ask_admin(path, "GET", "/", 1s).error(), Errc::unavailable);
  EXPECT_TRUE(net::listen_local(loop.executor(), path));
}

TEST(ListenLocal, RemovesNothingElse) {
  test::Loop loop;
  const test::TempDir dir;
  const auto path = dir.write("s", "precious");
  EXPECT_EQ(net::listen_local(loop.executor(), path).error(), Errc::already_exists);
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST(ListenLocal, WantsADirectoryThatNobodyElseCanWriteTo) {
  test::Loop loop;
  const test::TempDir dir;
  EXPECT_EQ(net::listen_local(loop.executor(), dir.path() / "none" / "s").error(), Errc::invalid_setting);
  for (const auto others : {std::filesystem::perms::group_write, std::filesystem::perms::others_write}) {
    std::filesystem::permissions(dir.path(), std::filesystem::perms::owner_all | others);
    const auto refused = net::listen_local(loop.executor(), dir.path() / "s");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Errc::invalid_setting);
    EXPECT_THAT(refused.error().context, HasSubstr("chmod go-w"));
  }
}

TEST(ListenLocal, RefusesAPathThatDoesNotFit) {
  test::Loop loop;
  const test::TempDir dir;
  const std::string name(net::kMostLocalPathBytes - dir.path().native().size() - 1, 's');
  EXPECT_TRUE(net::listen_local(loop.executor(), dir.path() / name));
  EXPECT_EQ(net::listen_local(loop.executor(), dir.path() / (name + "s")).error(), Errc::invalid_setting);
}

}  // namespace
}  // namespace rms::connector

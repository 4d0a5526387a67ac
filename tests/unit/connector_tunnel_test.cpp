// SPDX-License-Identifier: Apache-2.0
//
// The way through a proxy, and every way in which there is none.
#include "connector/upstream/tunnel.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "support/connect_proxy.h"
#include "support/loop.h"
#include "support/record_log.h"
#include "support/test_ca.h"

namespace rms::connector {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
const HostPort kTarget{"rights.contoso.test", 8443};

// Sends back what it gets, in capitals, when the other side has ended its half: only then.
class Echo {
 public:
  Echo() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(context_, serve(), [](const std::exception_ptr&) {});
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Echo() {
    asio::post(context_, [this] { acceptor_.close(); });
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  asio::awaitable<void> serve() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kToken);
      if (error) co_return;
      std::string all;
      const auto [end, size] = co_await asio::async_read(socket, asio::dynamic_buffer(all), kToken);
      static_cast<void>(end);
      for (char& c : all) c = static_cast<char>(std::toupper(c));
      co_await asio::async_write(socket, asio::buffer(all), kToken);
    }
  }
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

class TunnelTest : public testing::Test {
 protected:
  TunnelTest() {
    settings.host = "127.0.0.1";
    settings.port = proxy.port();
  }

  void TearDown() override {
    if (tunnel) loop.run(tunnel->stop());
    tunnel.reset();
    client.reset();
    loop.run(desk.stop());
    EXPECT_TRUE(loop.quiet()) << "something is left on the loop";
  }

  ProxyClient& a_client() {
    if (!client) client.emplace(loop.executor(), settings, tickets, desk, clock, metrics, timeouts);
    return *client;
  }
  Tunnel& a_tunnel() {
    if (!tunnel) tunnel.emplace(loop.executor(), kTarget, a_client(), log, clock);
    return *tunnel;
  }

  // What comes of one attempt: the failure, or one without a text.
  ProxyFailure attempt() {
    const auto opened = loop.run(boxed(a_client().open(kTarget)));
    const auto* failure = std::get_if<ProxyFailure>(&*opened);
    return failure != nullptr ? *failure : ProxyFailure{ProxyOutcome::opened, ""};
  }
  static asio::awaitable<std::optional<ProxyClient::Opened>> boxed(asio::awaitable<ProxyClient::Opened> task) {
    co_return co_await std::move(task);
  }

  // Sends `text` through the tunnel, ends its half, and returns what comes back.
  asio::awaitable<std::string> exchange(std::string text) {
    PrivateDoor::Socket socket(loop.executor());
    const std::string name = a_tunnel().target().substr(std::string("unix-abstract:").size());
    const asio::local::stream_protocol::endpoint door(std::string(1, '\0') + name);
    co_await socket.async_connect(door, asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(text), kToken);
    boost::system::error_code ignored;
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
    std::string all;
    co_await asio::async_read(socket, asio::dynamic_buffer(all), kToken);
    co_return all;
  }

  asio::awaitable<void> until(std::function<bool()> holds) {
    asio::steady_timer timer(loop.executor());
    while (!holds()) {
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  // Connects, has the proxy killed, and waits for the end of its own connection.
  asio::awaitable<void> lose_the_proxy() {
    PrivateDoor::Socket socket(loop.executor());
    const std::string name = a_tunnel().target().substr(std::string("unix-abstract:").size());
    const asio::local::stream_protocol::endpoint door(std::string(1, '\0') + name);
    co_await socket.async_connect(door, asio::use_awaitable);
    co_await until([this] { return a_tunnel().counts().opened == 1; });
    proxy.cut();
    std::string all;
    co_await asio::async_read(socket, asio::dynamic_buffer(all), kToken);
  }

  void refuse(const std::string& answer, bool close = true) {
    proxy.behave({.answer = answer, .close_after_answer = close});
  }

  Echo echo;
  test::ConnectProxy proxy{echo.port()};
  test::Loop loop;
  test::RecordLog log;
  SystemClock clock;
  Metrics metrics{BuildInfo{}};
  BlockingDesk desk{loop.executor()};
  ProxySettings settings;
  ProxyClient::TicketSource tickets;
  ProxyTimeouts timeouts{};
  std::optional<ProxyClient> client;
  std::optional<Tunnel> tunnel;
};

TEST_F(TunnelTest, CarriesBothHalvesToTheirEnds) {
  const std::string sent(300'000, 'x');
  EXPECT_EQ(loop.run(exchange(sent)), std::string(300'000, 'X'));
  EXPECT_THAT(proxy.targets(), ElementsAre("rights.contoso.test:8443"));
  EXPECT_EQ(a_tunnel().counts().opened, 1u);
  EXPECT_EQ(a_tunnel().counts().to_cloud_bytes, sent.size());
  EXPECT_EQ(a_tunnel().counts().from_cloud_bytes, sent.size());
  EXPECT_FALSE(a_tunnel().failure());
}

TEST_F(TunnelTest, CarriesWhatCameWithTheAnswer) {
  proxy.behave({.early = "hello "});
  EXPECT_EQ(loop.run(exchange("you")), "hello YOU");
}

TEST_F(TunnelTest, SkipsInterimAnswers) {
  refuse("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n");
  EXPECT_THAT(attempt().text, HasSubstr("HTTP/1.1 403 Forbidden"));
}

TEST_F(TunnelTest, ClosesGrpcsConnectionIfThereIsNoWay) {
  refuse("HTTP/1.1 504 Gateway Timeout\r\n\r\n");
  EXPECT_EQ(loop.run(exchange("hello")), "");
  ASSERT_TRUE(a_tunnel().failure());
  EXPECT_EQ(a_tunnel().failure()->outcome, ProxyOutcome::cloud_away);
  EXPECT_EQ(a_tunnel().counts().failed, 1u);
  proxy.behave({});
  EXPECT_EQ(loop.run(exchange("hello")), "HELLO");
  EXPECT_FALSE(a_tunnel().failure()) << "it is forgotten when there is a way again";
}

TEST_F(TunnelTest, EndsBothSidesWhenTheProxyDies) {
  loop.run(lose_the_proxy());
  loop.run(until([this] { return a_tunnel().counts().open == 0; }));
}

TEST_F(TunnelTest, IsForThisProcessOnly) {
  const std::string name = a_tunnel().target().substr(std::string("unix-abstract:").size());
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  name.copy(place.sun_path + 1, sizeof(place.sun_path) - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const pid_t stranger = fork();
  if (stranger == 0) {
    const int door = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte = 'x';
    const bool connected = connect(door, reinterpret_cast<sockaddr*>(&place), size) == 0;
    const bool nothing = connected && read(door, &byte, 1) <= 0;
    _exit(!connected ? 1 : nothing ? 0 : 2);
  }
  ASSERT_GT(stranger, 0);
  int status = -1;
  loop.run(until([&] { return waitpid(stranger, &status, WNOHANG) != 0; }));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(proxy.accepted(), 0u) << "nothing was opened for a stranger";
}

TEST_F(TunnelTest, SaysThatTheProxyCannotBeReached) {
  proxy.cut();
  const ProxyFailure failure = attempt();
  EXPECT_EQ(failure.outcome, ProxyOutcome::unreachable);
  EXPECT_EQ(failure.text,
            "cannot connect to the proxy 127.0.0.1:" + std::to_string(proxy.port()) + ": Connection refused");
}

TEST_F(TunnelTest, SaysThatTheProxysNameIsUnknown) {
  settings.host = "proxy.invalid";
  const ProxyFailure failure = attempt();
  EXPECT_THAT(failure.text, HasSubstr("cannot find the proxy proxy.invalid (cloud.proxy.url): "));
}

TEST_F(TunnelTest, SaysThatTheProxyClosed) {
  refuse("\r");  // of "\r\n"? no: not the beginning of an answer
  EXPECT_EQ(attempt().outcome, ProxyOutcome::protocol);
  refuse("HTTP/1.1 200 OK\r\nVia: half an ans");
  const ProxyFailure half = attempt();
  EXPECT_EQ(half.outcome, ProxyOutcome::unreachable);
  EXPECT_THAT(half.text, HasSubstr("closed the connection in the middle of its answer to CONNECT"));
}

TEST_F(TunnelTest, SaysThatItIsNoProxyAtOnce) {
  refuse("SSH-2.0-OpenSSH_9.2 \x1b[2J\r\n", false);
  const ProxyFailure failure = attempt();
  EXPECT_EQ(failure.outcome, ProxyOutcome::protocol);
  EXPECT_THAT(failure.text, HasSubstr("is no HTTP proxy: it says 'SSH-2.0-OpenSSH_9.2 ?[2J"));
}

TEST_F(TunnelTest, ReadsAHeadOfTheGreatestSizeAndNoLargerOne) {
  const std::string begin = "HTTP/1.1 403 Forbidden\r\nX: ";
  refuse(begin + std::string(kMostAnswerBytes - begin.size() - 4, 'x') + "\r\n\r\n");
  EXPECT_EQ(attempt().outcome, ProxyOutcome::refused);
  refuse(begin + std::string(10 * kMostAnswerBytes, 'x'), false);
  EXPECT_THAT(attempt().text, HasSubstr("has no end within 16384 bytes"));
}

TEST_F(TunnelTest, WaitsForAnAnswerNoLongerThanItShould) {
  timeouts.answer = 50ms;
  proxy.behave({.silent = true});
  const ProxyFailure failure = attempt();
  EXPECT_EQ(failure.outcome, ProxyOutcome::timeout);
  EXPECT_THAT(failure.text, HasSubstr("did not answer CONNECT within 50 ms"));
}

class BasicTest : public TunnelTest {
 protected:
  BasicTest() {
    settings.authentication = ProxyAuthentication::basic;
    settings.user = "svc-rms";
    settings.password = dir.write("password", "S3cret\n");
    // "svc-rms:S3cret"
    proxy.behave({.lets_in = [](std::string_view value) { return value == "Basic c3ZjLXJtczpTM2NyZXQ="; },
                  .offers = {"Basic realm=\"contoso\""}});
  }
  test::TempDir dir;
};

TEST_F(BasicTest, ShowsUserAndPassword) {
  EXPECT_EQ(attempt().text, "");
}

TEST_F(BasicTest, ShowsAWrongPasswordOnceForAllConnections) {
  dir.write("password", "wrong");
  EXPECT_THAT(attempt().text, HasSubstr("refused the user svc-rms"));
  const std::size_t shown = proxy.heads().size();
  const ProxyFailure again = attempt();
  EXPECT_EQ(again.outcome, ProxyOutcome::authentication);
  EXPECT_THAT(again.text, HasSubstr("it is not shown again for"));
  EXPECT_THAT(again.text, Not(HasSubstr("wrong")));
  EXPECT_EQ(proxy.heads().size(), shown) << "asked nothing";
  dir.write("password.new", "S3cret");
  std::filesystem::rename(dir.path() / "password.new", dir.path() / "password");
  EXPECT_EQ(attempt().text, "") << "another file is another password";
}

TEST_F(BasicTest, TriesANewPasswordWithOneConnectionAtATime) {
  dir.write("password", "wrong");
  std::vector<std::string> told;
  for (int i = 0; i < 4; ++i)
    asio::co_spawn(loop.context(), boxed(a_client().open(kTarget)),
                   [&](const std::exception_ptr&, std::optional<ProxyClient::Opened> opened) {
                     told.push_back(std::get<ProxyFailure>(*opened).text);
                   });
  loop.run(until([&] { return told.size() == 4; }));
  EXPECT_EQ(proxy.heads().size(), 1u);
  EXPECT_THAT(told, testing::Each(HasSubstr("refused the user svc-rms")));
}

TEST_F(BasicTest, SaysThatThePasswordCannotBeRead) {
  std::filesystem::remove(settings.password);
  const ProxyFailure failure = attempt();
  EXPECT_EQ(failure.outcome, ProxyOutcome::authentication);
  EXPECT_THAT(failure.text, HasSubstr("cloud.proxy.password: " + settings.password.string()));
}

class NegotiateTest : public TunnelTest {
 protected:
  NegotiateTest() {
    settings.authentication = ProxyAuthentication::negotiate;
    settings.principal = "svc-rms@CONTOSO.TEST";
  }
};

TEST_F(NegotiateTest, ShowsAnotherTokenEachTime) {
  int made = 0;
  tickets = [&](const std::string& host) -> Result<std::string> { return host + std::to_string(++made); };
  proxy.behave({.lets_in = [](std::string_view value) { return value.starts_with("Negotiate 127.0.0.1"); }});
  EXPECT_EQ(attempt().text, "");
  EXPECT_EQ(attempt().text, "");
  EXPECT_THAT(proxy.heads().at(0), HasSubstr("Proxy-Authorization: Negotiate 127.0.0.11\r\n"));
  EXPECT_THAT(proxy.heads().at(1), HasSubstr("Proxy-Authorization: Negotiate 127.0.0.12\r\n"));
}

TEST_F(NegotiateTest, SaysWhyThereIsNoTicket) {
  tickets = [](const std::string&) -> Result<std::string> {
    return Error(Errc::denied, "Clients credentials have been revoked");
  };
  const ProxyFailure failure = attempt();
  EXPECT_EQ(failure.outcome, ProxyOutcome::ticket);
  EXPECT_THAT(failure.text,
              HasSubstr("no Kerberos ticket for the proxy, HTTP/127.0.0.1: Clients credentials have been revoked"));
}

TEST_F(NegotiateTest, DoesNotWaitForAKdcThatIsSilent) {
  timeouts.ticket = 20ms;
  std::promise<void> wake;
  const auto woken = wake.get_future().share();
  tickets = [woken](const std::string&) -> Result<std::string> {
    woken.wait();
    return std::string("late");
  };
  const ProxyFailure first = attempt(), second = attempt();
  wake.set_value();
  EXPECT_EQ(first.outcome, ProxyOutcome::ticket);
  EXPECT_THAT(first.text, HasSubstr("no KDC answers"));
  EXPECT_EQ(second.outcome, ProxyOutcome::ticket);
}

TEST(BlockingDeskTest, TakesNoMoreQuestionsThanItMay) {
  test::Loop loop;
  BlockingDesk desk(loop.executor());
  std::promise<void> wake;
  const auto woken = wake.get_future().share();
  std::vector<bool> answered;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  for (std::size_t i = 0; i < BlockingDesk::kMostQuestions + 1; ++i) {
    std::function<int()> question = [woken] {
      woken.wait();
      return 1;
    };
    asio::co_spawn(
        loop.context(), desk.ask<int>(std::move(question), deadline),
        [&](const std::exception_ptr&, std::optional<int> answer) { answered.push_back(answer.has_value()); });
  }
  loop.run([](test::Loop& l, std::vector<bool>& all) -> asio::awaitable<void> {
    while (all.empty()) {
      asio::steady_timer timer(l.executor(), 1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }(loop, answered));
  EXPECT_EQ(answered, std::vector{false}) << "the one too many, at once";
  wake.set_value();
  loop.run(desk.stop());
  EXPECT_TRUE(loop.quiet());
  EXPECT_EQ(std::ranges::count(answered, true), static_cast<long>(BlockingDesk::kMostQuestions));
}

}  // namespace
}  // namespace rms::connector

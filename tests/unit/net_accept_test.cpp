// SPDX-License-Identifier: Apache-2.0
#include "net/accept_loop.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/deadline.h"
#include "net/task_group.h"
#include "support/loop.h"
#include "support/record_log.h"

namespace rms::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

asio::awaitable<void> turn() {
  co_await asio::post(asio::use_awaitable);
}

class AcceptTest : public testing::Test {
 protected:
  void SetUp() override {
    auto acceptor = listen(loop_.executor(), "127.0.0.1", 0);
    ASSERT_TRUE(acceptor);
    acceptor_ = std::move(*acceptor);
  }

  void TearDown() override {
    acceptor_->close();
    group_.cancel();
    loop_.run(group_.wait_empty());
    accepted_.clear();
    EXPECT_EQ(limit_.taken(), 0U);
    EXPECT_TRUE(loop_.quiet());
  }

  void start() {
    group_.spawn(accept_loop(*acceptor_, limit_, log_, [this](tcp::socket socket, ConnectionLimit::Ticket ticket) {
      accepted_.push_back({std::move(socket), std::move(ticket)});
    }));
  }

  // Connects without the loop's help: the kernel's backlog answers.
  tcp::socket connect() {
    tcp::socket socket(loop_.executor());
    socket.connect(acceptor_->local_endpoint());
    return socket;
  }

  void wait_for_accepted(std::size_t count) {
    while (accepted_.size() < count) loop_.run(turn());
  }

  struct Accepted {
    tcp::socket socket;
    ConnectionLimit::Ticket ticket;
  };

  test::Loop loop_;
  test::RecordLog log_;
  TaskGroup group_{loop_.executor(), log_, "accepting"};
  ConnectionLimit limit_{2};
  std::optional<tcp::acceptor> acceptor_;
  std::vector<Accepted> accepted_;
};

TEST_F(AcceptTest, StopsAtTheLimitAndGoesOnWhenAPlaceIsFree) {
  start();
  const tcp::socket one = connect(), two = connect(), three = connect();
  wait_for_accepted(2);
  for (int i = 0; i < 20; ++i) loop_.run(turn());
  EXPECT_EQ(accepted_.size(), 2U);
  EXPECT_EQ(limit_.taken(), 2U);
  EXPECT_EQ(log_.lines(Event::shedding).size(), 1U);

  accepted_.pop_back();
  wait_for_accepted(2);
  EXPECT_EQ(limit_.taken(), 2U);
}

TEST_F(AcceptTest, EndsWhenTheAcceptorIsClosed) {
  start();
  loop_.run(turn());
  acceptor_->close();
  loop_.run(group_.wait_empty());
}

TEST_F(AcceptTest, EndsWhenCancelledWhileItWaitsForAPlace) {
  start();
  const tcp::socket one = connect(), two = connect();
  wait_for_accepted(2);
  group_.cancel();
  loop_.run(group_.wait_empty());
  EXPECT_EQ(log_.lines().size(), log_.lines(Event::shedding).size());
}

TEST_F(AcceptTest, AllPlacesComeBackWhateverTheChurn) {
  start();
  for (int round = 0; round < 200; ++round) {
    const tcp::socket one = connect(), two = connect();
    const tcp::socket gone = connect();
    wait_for_accepted(2);
    if (round % 2 == 0) accepted_.erase(accepted_.begin());
    accepted_.clear();
    // `gone` was let in by then, or will be: it makes room for the next round when its place is given back.
    wait_for_accepted(1);
    accepted_.clear();
  }
  EXPECT_EQ(limit_.taken(), 0U);
  const tcp::socket one = connect(), two = connect();
  wait_for_accepted(2);
}

// Takes every file descriptor that the process may have, and gives them back.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(AcceptTest, LivesThroughEmfileWithOneLineAndWithoutSpinning) {
  start();
  const tcp::socket one = connect();
  {
    const NoDescriptors none;
    std::size_t turns = 0;
    const auto until = std::chrono::steady_clock::now() + 300ms;
    loop_.context().restart();
    while (std::chrono::steady_clock::now() < until) turns += loop_.context().run_one_until(until);
    EXPECT_TRUE(accepted_.empty());
    EXPECT_LT(turns, 200U);
    const auto lines = log_.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].level, Level::warning);
  }
  wait_for_accepted(1);
}

asio::awaitable<void> take_and_keep(ConnectionLimit& limit, std::vector<ConnectionLimit::Ticket>& taken) {
  taken.push_back(co_await limit.take());
}

asio::awaitable<void> take_and_drop(ConnectionLimit& limit) {
  co_await limit.take();
}

TEST_F(AcceptTest, EveryFreePlaceFindsAWaiterEvenIfSomeGiveUpWaiting) {
  std::vector<ConnectionLimit::Ticket> held;
  held.push_back(*limit_.try_take());
  held.push_back(*limit_.try_take());
  EXPECT_FALSE(limit_.try_take().has_value());

  TaskGroup impatient(loop_.executor(), log_, "impatient");
  std::vector<ConnectionLimit::Ticket> taken;
  impatient.spawn(take_and_drop(limit_));
  group_.spawn(take_and_keep(limit_, taken));
  group_.spawn(take_and_keep(limit_, taken));
  loop_.run(turn());
  // Two places become free in one turn, and the first is offered to the one who gives up in the same moment.
  held.clear();
  impatient.cancel();
  loop_.run(impatient.wait_empty());
  loop_.run(group_.wait_empty());
  EXPECT_EQ(taken.size(), 2U);
  EXPECT_EQ(limit_.taken(), 2U);
  taken.clear();
}

TEST_F(AcceptTest, ListeningSaysWhatIsWrong) {
  const auto name = listen(loop_.executor(), "localhost", 0);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error(), Errc::invalid_setting);
  const auto used = listen(loop_.executor(), "127.0.0.1", acceptor_->local_endpoint().port());
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error(), Errc::io_error);
  EXPECT_NE(used.error().context.find("127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace rms::net

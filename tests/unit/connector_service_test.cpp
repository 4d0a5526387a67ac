// SPDX-License-Identifier: Apache-2.0
#include "connector/service/service.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/record_log.h"

namespace rms::connector {
namespace {

using namespace std::chrono_literals;
using testing::MatchesRegex;

// The end of NOTIFY_SOCKET that systemd holds: a datagram socket with an abstract name.
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // With no name given the kernel finds a free abstract one (unix(7), autobind).
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)) != 0) std::abort();
    socklen_t size = sizeof address;
    if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) std::abort();
    name_ = "@" + std::string(address.sun_path + 1, size - sizeof(sa_family_t) - 1);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;
  ~NotifySocket() { close(); }

  const std::string& name() const { return name_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // The next datagram; "" if none has come. sd_notify has sent when it returns, so there is nothing to wait for.
  std::string receive() const {
    char buffer[4096];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
    return size < 0 ? "" : std::string(buffer, static_cast<std::size_t>(size));
  }

 private:
  int fd_;
  std::string name_;
};

class Service : public testing::Test {
 protected:
  Service() {
    for (const char* name : {"WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::setenv("NOTIFY_SOCKET", socket.name().c_str(), 1);
  }
  ~Service() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  NotifySocket socket;
  test::RecordLog log;
};

TEST_F(Service, TellsSystemdItsLife) {
  const auto manager = make_service_manager(log);
  manager->status("connecting");
  EXPECT_EQ(socket.receive(), "STATUS=connecting");
  manager->ready("serving");
  EXPECT_EQ(socket.receive(), "READY=1\nSTATUS=serving");
  manager->reloading();
  EXPECT_THAT(socket.receive(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager->ready("serving");
  EXPECT_EQ(socket.receive(), "READY=1\nSTATUS=serving");
  manager->stopping();
  EXPECT_EQ(socket.receive(), "STOPPING=1");
  EXPECT_EQ(socket.receive(), "");
  EXPECT_TRUE(log.lines().empty());
}

TEST_F(Service, KeepsAStatusInItsLine) {
  make_service_manager(log)->ready("fine\nSTOPPING=1");
  EXPECT_EQ(socket.receive(), "READY=1\nSTATUS=fine STOPPING=1");
}

TEST_F(Service, GivesSignsOfLifeWhereAWatchdogWantsThem) {
  EXPECT_EQ(make_service_manager(log)->watchdog_interval(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  const auto manager = make_service_manager(log);
  EXPECT_EQ(manager->watchdog_interval(), 30s);
  manager->alive();
  EXPECT_EQ(socket.receive(), "WATCHDOG=1");
}

TEST_F(Service, LeavesAWatchdogMeantForAnotherProcessAlone) {
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(make_service_manager(log)->watchdog_interval(), std::nullopt);
}

TEST_F(Service, WarnsOnceWhenTheManagerCannotBeTold) {
  const auto manager = make_service_manager(log);
  socket.close();
  manager->ready("serving");
  manager->alive();
  ASSERT_EQ(log.lines().size(), 1u);
  EXPECT_EQ(log.lines()[0].level, Level::warning);
  EXPECT_EQ(log.lines()[0].field("state"), "READY=1");
  EXPECT_EQ(log.lines()[0].field("error"), "Connection refused");
}

TEST_F(Service, IsSilentWhereNobodyManages) {
  ::unsetenv("NOTIFY_SOCKET");
  const auto manager = make_service_manager(log);
  manager->ready("serving");
  manager->reloading();
  manager->status("x");
  manager->alive();
  manager->stopping();
  EXPECT_EQ(manager->watchdog_interval(), std::nullopt);
  EXPECT_TRUE(log.lines().empty());
}

}  // namespace
}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// The connector as a client of the proxy: one CONNECT after the other. For sources of this room and its tests.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/blocking_desk.h"
#include "connector/upstream/connect_answer.h"
#include "connector/upstream/password_patience.h"

namespace rms::connector {

// A way through the proxy: what is written goes to the target.
struct ProxyStream {
  boost::asio::ip::tcp::socket socket;
  std::string early;  // what the target said already
};

struct ProxyTimeouts {
  std::chrono::milliseconds connect{10'000};  // its name and TCP
  std::chrono::milliseconds ticket{10'000};
  std::chrono::milliseconds answer{10'000};  // to CONNECT
  // How long ProxyClient::open() takes at the most.
  constexpr std::chrono::milliseconds whole() const { return connect + ticket + answer; }
};

// Opens ways. Loop thread only. `desk`, `clock` and `metrics` outlive it. REQUIRES at destruction: no open() is under
// way.
class ProxyClient {
 public:
  // Makes a Kerberos token for HTTP@host, base64. Called on the desk's thread, one call at a time.
  using TicketSource = std::function<Result<std::string>(const std::string& host)>;
  using Opened = std::variant<ProxyStream, ProxyFailure>;

  // `tickets` is used with ProxyAuthentication::negotiate only.
  ProxyClient(boost::asio::any_io_executor executor, ProxySettings settings, TicketSource tickets, BlockingDesk& desk,
              const Clock& clock, Metrics& metrics, ProxyTimeouts timeouts = {});
  ProxyClient(const ProxyClient&) = delete;
  ProxyClient& operator=(const ProxyClient&) = delete;

  // Connects to the proxy and asks it for `target`. Each attempt proves anew who we are: the password's file is read
  // again when it changed, and each token is good once. Never throws but for cancellation.
  boost::asio::awaitable<Opened> open(HostPort target);

  const ProxySettings& settings() const { return settings_; }

 private:
  class Trial;
  using Authorization = std::variant<Secret, ProxyFailure>;

  std::optional<ProxyFailure> held_back();
  boost::asio::awaitable<Opened> attempt(const HostPort& target);
  boost::asio::awaitable<std::variant<boost::asio::ip::tcp::socket, ProxyFailure>> connect();
  boost::asio::awaitable<boost::system::error_code> connect_to(
      boost::asio::ip::tcp::socket& socket, const std::vector<boost::asio::ip::tcp::endpoint>& addresses);
  boost::asio::awaitable<Authorization> authorize(std::optional<Trial>& trial);
  boost::asio::awaitable<Authorization> basic(std::optional<Trial>& trial);
  boost::asio::awaitable<Authorization> negotiate();
  boost::asio::awaitable<std::variant<ConnectAnswer, ProxyFailure>> exchange(boost::asio::ip::tcp::socket& socket,
                                                                             const Secret& request, std::string& early);
  boost::asio::awaitable<std::variant<ConnectAnswer, ProxyFailure>> exchange_in_time(
      boost::asio::ip::tcp::socket& socket, const Secret& request, std::string& early);
  std::string where() const { return host_and_port(settings_.host, settings_.port); }

  boost::asio::any_io_executor executor_;
  const ProxySettings settings_;
  const TicketSource tickets_;
  const ProxyTimeouts timeouts_;
  BlockingDesk& desk_;
  const Clock& clock_;
  Metrics& metrics_;
  PasswordPatience patience_;
  std::string refusal_;                    // what the proxy said of the password
  boost::asio::steady_timer trial_ended_;  // cancelled when one has; several may wait
};

// The addresses of a name, or it itself if it is one. Asks name servers on `desk`. The error says what the resolver
// says.
boost::asio::awaitable<Result<std::vector<boost::asio::ip::tcp::endpoint>>> look_up(BlockingDesk& desk, HostPort where,
                                                                                    SteadyTime deadline);

}  // namespace rms::connector

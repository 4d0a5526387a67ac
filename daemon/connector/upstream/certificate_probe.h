// SPDX-License-Identifier: Apache-2.0
//
// Why a service's certificate was refused. gRPC says "certificate verify failed" for all of them. For sources of this
// room and its tests.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "connector/settings/settings.h"
#include "net/key_pin.h"

namespace rms::connector {

// What is wrong with `certificate`, which was shown for `host`, in the operator's words, and what it means. `proxy` is
// the proxy that it came through, or empty; `pins` as CloudSettings has them. Empty if nothing is wrong. Pure.
std::string words_for(const net::ServerCertificate& certificate, std::string_view host, std::string_view proxy,
                      const std::vector<std::string>& pins, WallTime now);

// Looks, by a handshake of its own over the same way, what certificate is shown for one endpoint. It never accepts one,
// shows none of ours, and sends nothing. Loop thread only. REQUIRES at destruction: no look() is under way.
class CertificateProbe {
 public:
  static constexpr std::chrono::minutes kAtMostEvery{1};
  static constexpr std::chrono::seconds kTimeout{5};

  // Opens a connection on the way that gRPC's take; nullopt if there is none.
  using Dial = std::function<boost::asio::awaitable<std::optional<boost::asio::ip::tcp::socket>>(SteadyTime deadline)>;

  CertificateProbe(boost::asio::any_io_executor executor, HostPort endpoint, std::string ca, std::string proxy,
                   std::vector<std::string> pins, Dial dial, const Clock& clock);
  CertificateProbe(const CertificateProbe&) = delete;
  CertificateProbe& operator=(const CertificateProbe&) = delete;

  // words_for() what is shown; empty if nothing is wrong with it or if it could not be seen within kTimeout. Asked
  // again within kAtMostEvery it repeats what it found; of several at one time one looks for all.
  boost::asio::awaitable<std::string> look();

 private:
  boost::asio::awaitable<std::optional<std::string>> look_now();

  boost::asio::any_io_executor executor_;
  const HostPort endpoint_;
  const std::string ca_, proxy_;
  const std::vector<std::string> pins_;
  const Dial dial_;
  const Clock& clock_;
  bool looking_ = false;
  boost::asio::steady_timer looked_;  // cancelled when a look has ended
  std::optional<SteadyTime> last_;
  std::string found_;
};

}  // namespace rms::connector

// SPDX-License-Identifier: Apache-2.0
//
// How each endpoint is reached, directly or through the proxy, and why it cannot be. For sources of this room and its
// tests.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "connector/settings/settings.h"
#include "connector/telemetry/metrics.h"
#include "connector/upstream/blocking_desk.h"
#include "connector/upstream/certificate_probe.h"
#include "connector/upstream/proxy_client.h"
#include "connector/upstream/tunnel.h"
#include "connector/upstream/upstream.h"
#include "net/tls.h"

namespace rms::connector {

// The way to one endpoint. Loop thread only. Made by WaysOut.
class WayOut {
 public:
  // What gRPC connects to, and by which name it knows who answers there, whatever the former says.
  const std::string& target() const { return target_; }
  const std::string& authority() const { return authority_; }
  bool tunnelled() const { return tunnel_.has_value(); }

  // What gRPC says of a connection that failed, said better where more is known: of our own certificate, by the tunnel,
  // or by a look at the service's. Takes up to CertificateProbe::kTimeout if gRPC speaks of TLS; at once otherwise.
  boost::asio::awaitable<ConnectProblem> explain(ConnectProblem by_grpc);

 private:
  friend class WaysOut;
  WayOut(const HostPort& endpoint, class WaysOut& all);
  boost::asio::awaitable<std::optional<boost::asio::ip::tcp::socket>> dial(SteadyTime deadline);

  const HostPort endpoint_;
  WaysOut& all_;
  std::optional<Tunnel> tunnel_;
  std::string target_, authority_;
  CertificateProbe probe_;
};

// Loop thread only. REQUIRES at destruction: stop() has completed, or no endpoint was ever asked for.
class WaysOut {
 public:
  // `log`, `clock` and `metrics` outlive it.
  WaysOut(boost::asio::any_io_executor executor, const CloudSettings& settings, const net::PemFiles& pem, Log& log,
          const Clock& clock, Metrics& metrics);
  WaysOut(const WaysOut&) = delete;
  WaysOut& operator=(const WaysOut&) = delete;
  ~WaysOut();

  // The way to `endpoint`; always the same one. Throws boost::system::system_error if the system has no socket left.
  WayOut& to(const HostPort& endpoint);

  // Closes all tunnels and waits for what blocks elsewhere: a KDC that does not answer takes some 20 s at the most.
  // REQUIRES: gRPC's channels are gone; no explain() is under way.
  boost::asio::awaitable<void> stop();

 private:
  friend class WayOut;
  boost::asio::any_io_executor executor_;
  const std::string ca_;
  const std::string own_certificate_;  // its path, for the administrator
  const WallTime own_ends_;            // and when it ends
  const std::vector<std::string> pins_;
  Log& log_;
  const Clock& clock_;
  BlockingDesk desk_;
  std::optional<ProxyClient> proxy_;
  std::map<std::string, std::unique_ptr<WayOut>> ways_;  // by "host:port"
};

}  // namespace rms::connector

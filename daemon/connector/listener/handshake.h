// SPDX-License-Identifier: Apache-2.0
// For sources of this room only.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "connector/listener/session.h"
#include "connector/telemetry/metrics.h"
#include "net/accept_loop.h"

namespace rms::connector {

struct FailedHandshake {
  HandshakeFailure reason;
  std::string text;           // for the log
  std::string certificate{};  // net::refused_certificate()
};

// The server's half of the TLS handshake, all of it until `deadline`. It takes a place in `handshakes` only once the
// client has said something: a crowd of silent connections must not keep out those who speak. Until then `place` is
// idle: a server that stops need not wait for it.
// nullopt: it is done, and the client's certificate is verified. On failure the alert has been sent.
boost::asio::awaitable<std::optional<FailedHandshake>> shake_hands(TlsStream& stream, SessionPlace& place,
                                                                   net::ConnectionLimit& handshakes,
                                                                   SteadyTime deadline);

}  // namespace rms::connector

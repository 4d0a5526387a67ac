// SPDX-License-Identifier: Apache-2.0
//
// One connection, request by request, from its first byte to its end. For sources of this room only.
#pragma once

#include <list>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "connector/listener/admission.h"
#include "connector/listener/http.h"
#include "connector/listener/revocation.h"
#include "net/accept_loop.h"
#include "net/backoff.h"
#include "net/shedding.h"

namespace rms::connector {

// A connection, of TCP or of a Unix socket.
using Socket = boost::asio::generic::stream_protocol::socket;
using TlsStream = boost::asio::ssl::stream<Socket>;

// How a server ends. It only ever moves forward.
enum class Phase {
  serving,
  draining,     // idle connections close; what is in hand is finished and then closed
  terminating,  // what is in hand is cancelled and answered with what its handler then says
};

// One session's place in its server's list: how the server reaches it.
struct SessionPlace {
  enum class Doing { other, idle, handling };
  explicit SessionPlace(Socket& of) : socket(&of), nudged(of.get_executor(), SteadyTime::max()) {}
  Socket* socket;
  boost::asio::steady_timer nudged;  // for who does not read: cancelled when the socket's reads are
  Doing doing = Doing::other;
};

// What the sessions of a server share. HttpServer::replace() changes limits and judges between two requests.
struct SessionFloor {
  HttpHandler& handler;
  const Clock& clock;
  HttpLimits limits;
  Admission admission;
  net::Shedding shedding;
  Phase phase = Phase::serving;
  std::list<SessionPlace> places{};
  KerberosAcceptor* kerberos = nullptr;  // null: tokens are not looked at
  Revocation* revocation = nullptr;      // null: certificates are judged by the handshake, and when `tls` is replaced
  std::shared_ptr<boost::asio::ssl::context> tls{};                          // null: nothing here is TLS
  std::uint64_t replaced = 0;                                                // how often
  net::Scatter come_back{std::chrono::seconds(1), std::chrono::seconds(5)};  // for those who find no place
};

// By what a client's certificate is judged now: another number than before if what was good then must be judged anew.
std::uint64_t trust_in_force(SessionFloor& floor);

// How a session is told that the phase has changed: what it waits for, the socket's next bytes or `nudged`, is
// cancelled, and it looks at the phase.
void nudge(SessionFloor& floor, SessionPlace::Doing doing);

// Serves until the caller goes, a limit is passed, or the floor's phase says so. `Stream` is a Socket or a TlsStream,
// whose handshake is over; `place.socket` is its socket. Throws only what a handler threw, after
// having answered 500.
template <class Stream>
boost::asio::awaitable<void> serve(Stream& stream, SessionPlace& place, const Connection& connection,
                                   SessionFloor& floor);

// Closes so that the peer can still read what we sent last: says that nothing more comes, and for a short while throws
// away what still does. A close with unread input would be a reset, which takes our last words with it. Idle: a server
// that stops does not wait for it; `phase`: of one that stops already it takes a moment only.
boost::asio::awaitable<void> linger(SessionPlace& place, Phase phase);

}  // namespace rms::connector

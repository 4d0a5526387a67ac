// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/handshake.h"

#include <openssl/sslerr.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/deadline.h"
#include "net/tls.h"

namespace rms::connector {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

asio::awaitable<error_code> attempt(TlsStream& stream, SessionPlace& place, net::ConnectionLimit& handshakes) {
  place.doing = SessionPlace::Doing::idle;
  const auto [silent] = co_await stream.next_layer().async_wait(Socket::wait_read, kToken);
  place.doing = SessionPlace::Doing::other;
  if (silent) co_return silent;
  const net::ConnectionLimit::Ticket turn = co_await handshakes.take();
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kToken);
  co_return error;
}

HandshakeFailure reason_of(SSL* ssl, const error_code& error) {
  switch (net::verdict_of(SSL_get_verify_result(ssl))) {
    case net::CertificateVerdict::good:
      break;
    case net::CertificateVerdict::untrusted:
      return HandshakeFailure::untrusted;
    case net::CertificateVerdict::not_valid_now:
      return HandshakeFailure::not_valid_now;
    case net::CertificateVerdict::revoked:
      return HandshakeFailure::revoked;
    case net::CertificateVerdict::no_valid_crl:
      return HandshakeFailure::no_valid_crl;
  }
  if (error.category() == asio::error::get_ssl_category()) {
    return ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE
               ? HandshakeFailure::no_certificate
               : HandshakeFailure::protocol;
  }
  const bool went = error == asio::error::eof || error == asio::error::connection_reset ||
                    error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
  return went ? HandshakeFailure::closed : HandshakeFailure::other;
}

}  // namespace

asio::awaitable<std::optional<FailedHandshake>> shake_hands(TlsStream& stream, SessionPlace& place,
                                                            net::ConnectionLimit& handshakes, SteadyTime deadline) {
  const auto error = co_await net::with_deadline(attempt(stream, place, handshakes), deadline);
  if (!error) co_return FailedHandshake{HandshakeFailure::timeout, "it took too long"};
  if (!*error) co_return std::nullopt;
  SSL* ssl = stream.native_handle();
  co_return FailedHandshake{reason_of(ssl, *error), net::handshake_failure(ssl, *error), net::refused_certificate(ssl)};
}

}  // namespace rms::connector

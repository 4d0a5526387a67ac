// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/session.h"

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <type_traits>

#include <fmt/format.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/write.hpp>

#include "connector/listener/wire.h"
#include "net/deadline.h"

namespace rms::connector {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

// Beast reads in pieces of what the buffer has room for; its default of 512 bytes makes a body slow.
constexpr std::size_t kBufferBytes = 64 * 1024;
// How far a caller may send ahead of our answer.
constexpr std::size_t kMostReadAheadBytes = 64 * 1024;
constexpr std::size_t kIdleReadBytes = 512;
// As long as a chunked body is not complete, at least so much of it is to come: "0", CRLF, CRLF.
constexpr std::size_t kLeastChunkedBytes = 5;
constexpr auto kCloseTimeout = 200ms;
constexpr auto kLastCall = 50ms;
constexpr auto kLingerTimeout = 3s;

// The pair of await and error code that with_deadline wants.
template <class Operation>
asio::awaitable<error_code> outcome(Operation operation) {
  const auto [error, bytes] = co_await std::move(operation)(kToken);
  static_cast<void>(bytes);
  co_return error;
}

asio::awaitable<void> say_goodbye(Socket&) {
  co_return;
}

// Sends close_notify. Not every peer answers it, and no peer must.
asio::awaitable<error_code> shut(TlsStream& stream) {
  const auto [error] = co_await stream.async_shutdown(kToken);
  co_return error;
}
asio::awaitable<void> say_goodbye(TlsStream& stream) {
  static_cast<void>(co_await net::with_deadline(shut(stream), std::chrono::steady_clock::now() + kCloseTimeout));
}

template <class Stream>
class Session {
 public:
  Session(Stream& stream, SessionPlace& place, const Connection& connection, SessionFloor& floor)
      : stream_(stream), place_(place), connection_(connection), floor_(floor) {}

  asio::awaitable<void> run() {
    // GCC 12 loses its way in conditions that await: hence the plain steps, here and below.
    After after = After::next_request;
    while (after == After::next_request) {
      const bool begun = co_await request_begins();
      if (!begun) break;
      after = co_await one_request();
    }
    if (after == After::gone) co_return;
    co_await say_goodbye(stream_);
    if (after == After::unread_input) co_await linger(place_, floor_.phase);
  }

 private:
  enum class After {
    next_request,
    close,         // all that came was read
    unread_input,  // the caller may still be sending
    gone,          // there is nobody to say goodbye to
  };
  enum class Watched { hung_up, stopping };

  // Waits for the first byte of a request. False: close; idle for too long, gone, or draining.
  asio::awaitable<bool> request_begins() {
    if (buffer_.size() > 0) co_return true;
    buffer_ = {};  // An idle connection holds no memory.
    if (floor_.phase == Phase::serving) {
      place_.doing = SessionPlace::Doing::idle;
      co_await net::with_deadline(read_some(kIdleReadBytes), in(floor_.limits.idle_timeout));
      place_.doing = SessionPlace::Doing::other;
      if (floor_.phase == Phase::serving) co_return buffer_.size() > 0;
    }
    // A request that was sent before we said that we are closing is a request in hand.
    if (floor_.phase == Phase::draining && buffer_.size() == 0)
      co_await net::with_deadline(read_some(kIdleReadBytes), in(kLastCall));
    co_return buffer_.size() > 0;
  }

  asio::awaitable<After> one_request() {
    WireParser parser;
    parser.body_limit(boost::none);  // Until the head has told who asks for what; then the true limit is set.
    buffer_.reserve(kBufferBytes);
    fed_bytes_ = 0;
    limits_ = floor_.limits;
    parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));

    const auto head = co_await net::with_deadline(feed(parser, false), in(limits_.header_timeout));
    HttpRequest request = read_head(parser, connection_, floor_.clock.steady());
    if (!head) co_return co_await turn_away(request, plain_answer(408, "The header took too long.\n"), parser);
    if (*head) {
      const auto answer = answer_to(*head, limits_);
      if (!answer) co_return After::gone;
      co_return co_await turn_away(request, *answer, parser);
    }

    if (const auto answer = refuse_framing(parser)) co_return co_await turn_away(request, *answer, parser);
    if (const auto verdict = certificate_now(); verdict != net::CertificateVerdict::good)
      co_return co_await turn_away(request, no_longer_accepted(request, verdict), parser);
    read_token(request, parser);
    auto early = co_await floor_.handler.screen(request);
    if (early) co_return co_await respond(request, *std::move(early), parser);
    if (auto answer = refuse_head(parser, limits_)) co_return co_await turn_away(request, *answer, parser);
    // Before the body: whoever sends slowly must not have more places than whoever waits for an answer.
    const Principal* const who = request.principal();
    const auto place_in_hand = floor_.admission.admit(who != nullptr ? std::string_view(who->name) : "");
    if (const auto* full = std::get_if<Admission::Refusal>(&place_in_hand))
      co_return co_await turn_away(request, no_place(request, *full), parser);

    const auto problem = co_await read_body(parser);
    if (problem) {
      if (problem->status == 0) co_return After::gone;
      co_return co_await turn_away(request, *problem, parser);
    }
    request.body = std::move(parser.get().body());
    co_return co_await handle(request, parser);
  }

  // What the connection's certificate comes to by the CAs and lists that are in force now. They cost nothing as long as
  // they are those by which it was judged before.
  net::CertificateVerdict certificate_now() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (!connection_.principal || !connection_.principal->certificate) return net::CertificateVerdict::good;
      if (floor_.clock.wall() >= connection_.principal->certificate->not_after)
        return net::CertificateVerdict::not_valid_now;
      const std::uint64_t in_force = trust_in_force(floor_);
      if (in_force == judged_by_) return net::CertificateVerdict::good;
      SSL* const ssl = stream_.native_handle();
      const auto verdict = floor_.revocation != nullptr ? floor_.revocation->judge(ssl)
                                                        : net::judge_peer(ssl, *floor_.tls, floor_.clock.wall());
      if (verdict == net::CertificateVerdict::good) judged_by_ = in_force;
      return verdict;
    } else {
      return net::CertificateVerdict::good;
    }
  }

  static HttpAnswer no_longer_accepted(HttpRequest& request, net::CertificateVerdict verdict) {
    request.withdrawn = reason_of(verdict);
    return plain_answer(403, fmt::format("The certificate of this connection is no longer accepted: {}. The "
                                         "administrator finds more in the connector's log under {}.\n",
                                         request.withdrawn, request.correlation_id));
  }

  HttpAnswer no_place(HttpRequest& request, Admission::Refusal why) {
    request.over_share = why == Admission::Refusal::share;
    const Principal* const who = request.principal();
    floor_.shedding.refused(request.over_share ? "one server has as many requests in hand as there are places left"
                                               : "limits.in_flight and limits.queue are used up",
                            who != nullptr ? std::string_view(who->name) : "");
    HttpAnswer answer =
        plain_answer(503, request.over_share ? "This server has too many requests in hand. Try again later.\n"
                                             : "Too many requests are in hand. Try again later.\n");
    answer.headers.emplace_back("Retry-After", std::to_string(floor_.come_back.next().count()));
    return answer;
  }

  // Each request proves itself; a proof says nothing of the connection's next one.
  void read_token(HttpRequest& request, const WireParser& parser) {
    if (floor_.kerberos == nullptr || connection_.principal) return;
    if (const auto token = offered_token(parser))
      request.token =
          floor_.kerberos->accept(*token, {request.authority, connection_.channel_binding, connection_.tls});
  }

  // Feeds what arrives to the parser until the head, or the whole message, is there. Not by Beast's own operations:
  // they parse in a turn of the loop that belongs to nobody, and what the parser throws there ends the process.
  asio::awaitable<error_code> feed(WireParser& parser, bool whole) {
    parser.eager(whole);
    while (whole ? !parser.is_done() : !parser.is_header_done()) {
      error_code error = http::make_error_code(http::error::need_more);
      // Beast 1.81 stops the process when it sees "0\r\n" and then one byte more, unless NDEBUG is defined.
      const std::size_t least = whole && parser.chunked() ? kLeastChunkedBytes : 1;
      if (buffer_.size() >= least) error = put(parser);
      if (!error) continue;
      if (error != http::error::need_more) co_return error;
      error = co_await read_some(kBufferBytes);
      if (error == asio::error::eof) {
        if (!parser.got_some()) co_return http::make_error_code(http::error::end_of_stream);
        parser.put_eof(error);
      }
      if (error) co_return error;
      // Beast counts what a body holds, not what surrounds it: chunks of one byte, trailers without end.
      if (whole && fed_bytes_ > 2 * (limits_.header_bytes + limits_.body_bytes))
        co_return http::make_error_code(http::error::body_limit);
    }
    // Beast looks at its limit only now and then; here it is exact.
    const bool head_is_too_large = !whole && fed_bytes_ > limits_.header_bytes;
    co_return head_is_too_large ? http::make_error_code(http::error::header_limit) : error_code();
  }

  error_code put(WireParser& parser) {
    error_code error;
    try {
      const std::size_t used = parser.put(buffer_.data(), error);
      buffer_.consume(used);
      fed_bytes_ += used;
    } catch (const std::length_error&) {
      // A field of nearly 64 KiB is more than Beast can hold, whatever our limit says; in a trailer it knows no limit.
      return http::make_error_code(http::error::header_limit);
    }
    return error;
  }

  // nullopt: the body is there. Status 0: the caller is not.
  asio::awaitable<std::optional<HttpAnswer>> read_body(WireParser& parser) {
    if (parser.is_done()) co_return std::nullopt;
    parser.body_limit(limits_.body_bytes);
    const SteadyTime deadline = in(limits_.body_timeout);
    std::optional<error_code> read = error_code();
    if (expects_continue(parser)) {
      read = co_await net::with_deadline(outcome([&](auto token) {
                                           return asio::async_write(
                                               stream_, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25), token);
                                         }),
                                         deadline);
    }
    if (read && !*read) read = co_await net::with_deadline(feed(parser, true), deadline);
    if (!read) co_return plain_answer(408, "The body took too long.\n");
    if (!*read) co_return std::nullopt;
    co_return answer_to(*read, limits_).value_or(plain_answer(0, ""));
  }

  // The handler works while we watch whether anybody still waits for its answer.
  asio::awaitable<After> handle(HttpRequest& request, const WireParser& parser) {
    const auto executor = co_await asio::this_coro::executor;
    place_.doing = SessionPlace::Doing::handling;
    auto [order, failure, answer, watch_failure, watched] =
        co_await asio::experimental::make_parallel_group(
            asio::co_spawn(executor, floor_.handler.answer(request), asio::deferred),
            asio::co_spawn(executor, watch(), asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    place_.doing = SessionPlace::Doing::other;

    const bool watch_was_first = order[0] == 1;
    if (watch_was_first && (watch_failure || watched == Watched::hung_up)) co_return After::gone;
    if (failure && watch_was_first)
      co_return co_await respond(request, plain_answer(503, "The connector is stopping.\n"), parser);
    if (!failure) co_return co_await respond(request, std::move(answer), parser);
    co_await respond(request, plain_answer(500, "Internal error.\n"), parser);
    std::rethrow_exception(failure);
  }

  // Ends when the caller hangs up or the server terminates. What the caller sends ahead stays in the buffer; beyond
  // what it may send ahead nothing is read, and a caller that hangs up then is not noticed.
  asio::awaitable<Watched> watch() {
    error_code gone;
    while (!gone && floor_.phase != Phase::terminating) {
      if (buffer_.size() < kMostReadAheadBytes) {
        gone = co_await read_some(kIdleReadBytes);
      } else {
        co_await place_.nudged.async_wait(kToken);
      }
    }
    co_return floor_.phase == Phase::terminating ? Watched::stopping : Watched::hung_up;
  }

  asio::awaitable<After> turn_away(const HttpRequest& request, HttpAnswer answer, const WireParser& parser) {
    answer = co_await floor_.handler.turned_away(request, std::move(answer));
    co_return co_await respond(request, std::move(answer), parser, false);
  }

  asio::awaitable<After> respond(const HttpRequest& request, HttpAnswer answer, const WireParser& parser,
                                 bool may_keep = true) {
    const bool framed = parser.is_done() && is_well_framed(parser);
    const bool keep = may_keep && framed && parser.get().keep_alive() && floor_.phase == Phase::serving;
    const bool unread = !framed || (!keep && buffer_.size() > 0);  // or sent ahead, and perhaps more than we hold
    WireResponse response =
        write_answer(std::move(answer), request, parser.get().version() == 10 ? 10 : 11, keep, floor_.clock.wall());
    http::response_serializer<http::string_body> serializer(response);
    const bool head_only = request.method == "HEAD";
    serializer.split(head_only);
    const auto written = co_await net::with_deadline(outcome([&](auto token) {
                                                       return head_only
                                                                  ? http::async_write_header(stream_, serializer, token)
                                                                  : http::async_write(stream_, serializer, token);
                                                     }),
                                                     in(limits_.body_timeout));
    if (!written || *written) co_return After::gone;
    co_return unread ? After::unread_input : keep ? After::next_request : After::close;
  }

  asio::awaitable<error_code> read_some(std::size_t bytes) {
    // No more than there is room for: asked for more, the buffer moves all that it holds, at each byte of a head that
    // comes byte by byte.
    const std::size_t room = buffer_.capacity() - buffer_.size();
    if (room > 0) bytes = std::min(bytes, room);
    const auto [error, read] = co_await stream_.async_read_some(buffer_.prepare(bytes), kToken);
    buffer_.commit(read);
    co_return error;
  }

  static SteadyTime in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  Stream& stream_;
  SessionPlace& place_;
  const Connection& connection_;
  SessionFloor& floor_;
  boost::beast::flat_buffer buffer_;
  HttpLimits limits_ = floor_.limits;                // of the request in hand: those with which it began
  std::size_t fed_bytes_ = 0;                        // of it, to its parser
  std::uint64_t judged_by_ = connection_.judged_by;  // by what its certificate was last found good
};

}  // namespace

std::uint64_t trust_in_force(SessionFloor& floor) {
  constexpr unsigned kForStates = 32;
  return (floor.replaced << kForStates) + (floor.revocation != nullptr ? floor.revocation->look() : 0);
}

void nudge(SessionFloor& floor, SessionPlace::Doing doing) {
  for (SessionPlace& place : floor.places) {
    error_code ignored;
    if (place.doing != doing) continue;
    place.socket->cancel(ignored);
    place.nudged.cancel();
  }
}

template <class Stream>
asio::awaitable<void> serve(Stream& stream, SessionPlace& place, const Connection& connection, SessionFloor& floor) {
  Session<Stream> session(stream, place, connection, floor);
  co_await session.run();
}

template asio::awaitable<void> serve(Socket&, SessionPlace&, const Connection&, SessionFloor&);
template asio::awaitable<void> serve(TlsStream&, SessionPlace&, const Connection&, SessionFloor&);

namespace {

asio::awaitable<void> discard(Socket& socket) {
  std::array<char, 16 * 1024> rubbish;
  for (;;) {
    const auto [error, read] = co_await socket.async_read_some(asio::buffer(rubbish), kToken);
    if (error || read == 0) co_return;
  }
}

}  // namespace

asio::awaitable<void> linger(SessionPlace& place, Phase phase) {
  place.doing = SessionPlace::Doing::idle;
  error_code error;
  place.socket->shutdown(Socket::shutdown_send, error);
  if (error) co_return;
  // Begun after the server's nudge, nothing would cut it short.
  const std::chrono::milliseconds patience = phase == Phase::serving ? kLingerTimeout : kLastCall;
  co_await net::with_deadline(discard(*place.socket), std::chrono::steady_clock::now() + patience);
}

}  // namespace rms::connector

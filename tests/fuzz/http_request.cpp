// SPDX-License-Identifier: Apache-2.0
//
// What a connection brings to the listener, behind TLS. Input: one byte, then the bytes of the connection. They arrive
// at once, and then on another connection in pieces of as many bytes as the first one says: the requests that the
// handler sees must be the same. (Not so what is turned away: Beast finds some faults of a head only when all of it is
// there at once, else it waits for the end of the head.)
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "connector/listener/session.h"
#include "fuzz/http_recorder.h"
#include "fuzz/support.h"

namespace rms::fuzz {
namespace {

namespace asio = boost::asio;
using namespace connector;

constexpr HttpLimits kLimits{.header_bytes = 1024, .body_bytes = 2048};

// The other end of a connection that carries `bytes`; both ends are the kernel's.
std::vector<std::string> serve(std::string_view bytes, std::size_t piece) {
  int ends[2];
  expect(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "there is a pair of sockets");
  asio::io_context loop;
  Recorder recorder;
  const StoppedClock clock;
  SessionFloor floor{recorder, clock, kLimits, net::ConnectionLimit(1)};
  const Connection connection{"192.0.2.7:50123", "192.0.2.7", std::nullopt};
  {
    asio::ip::tcp::socket socket(loop, asio::ip::tcp::v4(), ends[0]);
    SessionPlace place(socket);
    bool done = false;
    std::exception_ptr failure;
    asio::co_spawn(loop, connector::serve(socket, place, connection, floor), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      done = true;
    });
    std::string answers;
    const auto turn = [&] {
      loop.poll();
      char buffer[4096];
      for (ssize_t n; (n = ::recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
        answers.append(buffer, static_cast<std::size_t>(n));
    };
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      static_cast<void>(::send(ends[1], bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT));
      turn();
    }
    ::shutdown(ends[1], SHUT_WR);
    while (!done) turn();
    expect(!failure, "nothing is thrown");
    expect(answers.empty() || answers.starts_with("HTTP/1."), "an answer is HTTP");
  }
  ::close(ends[1]);
  return recorder.seen;
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  // A socket holds no more; the rest would have to wait for the reader.
  if (bytes.size() > 64 * 1024) return 0;
  const auto whole = fuzz::serve(bytes, bytes.size() + 1);
  const auto pieces = fuzz::serve(bytes, 1 + data[0]);
  if (whole != pieces)
    for (const auto& seen : {whole, pieces})
      for (const auto& each : seen) std::fprintf(stderr, "%s\n%s", each.c_str(), &each == &seen.back() ? "----\n" : "");
  fuzz::expect(whole == pieces, "how the bytes arrive says nothing");
  return 0;
}

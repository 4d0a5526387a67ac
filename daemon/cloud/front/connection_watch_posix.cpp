// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cloud/front/connection_watch.h"

namespace rms::cloud {
namespace {

bool is_over(int socket) {
  pollfd state{socket, 0, 0};  // hang-ups and errors are always told
  return ::poll(&state, 1, 0) != 0;
}

}  // namespace

Result<SecondDescriptor> SecondDescriptor::of(int socket) {
  const int descriptor = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return Error(Errc::io_error, std::generic_category().message(errno));
  return SecondDescriptor(descriptor);
}

SecondDescriptor::SecondDescriptor(SecondDescriptor&& other) noexcept : descriptor_(other.release()) {}
SecondDescriptor::~SecondDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}
int SecondDescriptor::release() {
  return std::exchange(descriptor_, -1);
}

boost::asio::awaitable<void> wait_until_over(SecondDescriptor connection) {
  namespace asio = boost::asio;
  asio::posix::stream_descriptor watched(co_await asio::this_coro::executor, connection.release());
  // Events are told once, at their edge. Between the look and the wait the loop does not run, so none is missed.
  // Urgent data wake us as well: then the connection is not over, and we look again.
  while (!is_over(watched.native_handle())) {
    const auto [error] =
        co_await watched.async_wait(asio::posix::stream_descriptor::wait_error, asio::as_tuple(asio::use_awaitable));
    if (error) co_return;  // cancelled: the service ends
  }
}

}  // namespace rms::cloud

// SPDX-License-Identifier: Apache-2.0
//
// How long a connection lives that was handed to gRPC. gRPC owns the socket from then on and does not say when it is
// done with it; but before it closes a socket it shuts it down in both directions, as does every end of the connection
// from the peer's side. A second descriptor of the same socket sees that as a hang-up: exactly the life of the
// connection, for the price of one more open file.
#pragma once

#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace rms::cloud {

// A second descriptor of a socket; closed when it goes.
class SecondDescriptor {
 public:
  // Errc::io_error if there is no room for one (EMFILE).
  static Result<SecondDescriptor> of(int socket);
  SecondDescriptor(SecondDescriptor&& other) noexcept;
  SecondDescriptor& operator=(SecondDescriptor&&) = delete;
  ~SecondDescriptor();

  // Gives it up to the caller.
  int release();

 private:
  explicit SecondDescriptor(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Completes when the connection is over. REQUIRES: `executor` is a loop with one thread, and this coroutine runs there.
boost::asio::awaitable<void> wait_until_over(SecondDescriptor connection);

}  // namespace rms::cloud

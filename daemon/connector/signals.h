// SPDX-License-Identifier: Apache-2.0
//
// What the administrator or the service manager tells the process.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rms::connector {

enum class Signal { stop, reload };

// One per process. While it lives the signals do nothing else, and a peer that closes its connection does not kill us
// by SIGPIPE; when it goes they do again what the system does with them.
class Signals {
 public:
  explicit Signals(boost::asio::any_io_executor executor);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  // The next one; several of a kind that come at once may be one. Cancellable.
  boost::asio::awaitable<Signal> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rms::connector

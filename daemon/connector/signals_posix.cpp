// SPDX-License-Identifier: Apache-2.0
#include <csignal>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "connector/signals.h"

namespace rms::connector {
namespace asio = boost::asio;

struct Signals::Impl {
  explicit Impl(asio::any_io_executor executor) : set(std::move(executor), SIGINT, SIGTERM, SIGHUP) {}
  asio::signal_set set;
};

Signals::Signals(asio::any_io_executor executor) : impl_(std::make_unique<Impl>(std::move(executor))) {
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::~Signals() {
  std::signal(SIGPIPE, SIG_DFL);
}

asio::awaitable<Signal> Signals::next() {
  const int number = co_await impl_->set.async_wait(asio::use_awaitable);
  co_return number == SIGHUP ? Signal::reload : Signal::stop;
}

}  // namespace rms::connector

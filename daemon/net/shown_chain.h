// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"

namespace rms::net {

// Which certificates the server at the other end of `socket` shows to who asks for `host` (a name or an address): PEM,
// its own first. It is a TLS handshake that ends as soon as they have come, whatever they are: nothing is believed,
// nothing of ours is shown, and no connection comes of it.
// Errc::unavailable: there was none; the context says why. Has no deadline of its own; cancellable.
boost::asio::awaitable<Result<std::string>> shown_chain(boost::asio::ip::tcp::socket& socket, std::string_view host);

}  // namespace rms::net

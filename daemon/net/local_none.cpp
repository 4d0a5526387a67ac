// SPDX-License-Identifier: Apache-2.0
#include "net/local.h"

namespace rms::net {
using boost::asio::local::stream_protocol;

Result<stream_protocol::acceptor> listen_local(boost::asio::any_io_executor, const std::filesystem::path& path) {
  return Error(Errc::unsupported, path.string() + ": there are no such sockets on this system");
}

std::optional<LocalPeer> peer_of(stream_protocol::socket&) {
  return std::nullopt;
}

}  // namespace rms::net

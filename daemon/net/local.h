// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets: doors for this machine alone, where the file system says who may come in and the system who came.
// One file per system knows them: local_linux.cpp, or local_none.cpp, where there are none of ours.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"

namespace rms::net {

// Longer paths do not fit into the address of a socket.
inline constexpr std::size_t kMostLocalPathBytes = 107;

// Opens, binds and listens at `path`, mode 0660: for root, our own user and the members of our group. What an earlier
// process left there is removed. Its directory must be there, be ours or root's, and writable by its owner alone:
// otherwise somebody could put a door of his own in its place.
// Errc::invalid_setting: the directory is not so, or the path is too long; Errc::already_exists: somebody listens
// there; Errc::unsupported: this system has none; Errc::io_error.
Result<boost::asio::local::stream_protocol::acceptor> listen_local(boost::asio::any_io_executor executor,
                                                                   const std::filesystem::path& path);

// Who is at the other end, as the system says, not he himself.
struct LocalPeer {
  std::uint32_t user = 0;
  std::int32_t process = 0;
};
std::optional<LocalPeer> peer_of(boost::asio::local::stream_protocol::socket& socket);

}  // namespace rms::net

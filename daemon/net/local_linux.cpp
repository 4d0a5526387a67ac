// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/local.h"

namespace rms::net {
namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;
namespace fs = std::filesystem;

namespace {

constexpr ::mode_t kMode = 0660;

Result<void> check_directory(const fs::path& directory) {
  struct ::stat found {};
  if (::stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode))
    return Error(Errc::invalid_setting, directory.string() + ": no such directory");
  if (found.st_uid != 0 && found.st_uid != ::geteuid())
    return Error(Errc::invalid_setting, directory.string() + ": must belong to us or to root");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Error(Errc::invalid_setting, directory.string() + ": must be writable by its owner alone (chmod go-w)");
  return {};
}

// A socket that nobody listens at any more is only a name.
Result<void> remove_leftover(const asio::any_io_executor& executor, const fs::path& path) {
  struct ::stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return Error(Errc::already_exists, path.string() + ": is there and is no socket");
  stream_protocol::socket probe(executor);
  error_code error;
  probe.connect(stream_protocol::endpoint(path.string()), error);
  if (!error) return Error(Errc::already_exists, path.string() + ": another process listens there");
  if (error != asio::error::connection_refused) return Error(Errc::io_error, path.string() + ": " + error.message());
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return Error(Errc::io_error, path.string() + ": cannot be removed: " + std::generic_category().message(errno));
  return {};
}

}  // namespace

Result<stream_protocol::acceptor> listen_local(asio::any_io_executor executor, const fs::path& path) {
  if (path.native().size() > kMostLocalPathBytes)
    return Error(Errc::invalid_setting, path.string() + ": too long for a socket: 107 bytes at most");
  RMS_CHECK(check_directory(path.parent_path().empty() ? fs::path(".") : path.parent_path()));
  RMS_CHECK(remove_leftover(executor, path));
  stream_protocol::acceptor acceptor(executor);
  error_code error;
  acceptor.open(stream_protocol(), error);
  if (!error) acceptor.bind(stream_protocol::endpoint(path.string()), error);
  // Nobody can connect before listen(): there is no moment in which others might.
  if (!error && ::chmod(path.c_str(), kMode) != 0) error.assign(errno, boost::system::generic_category());
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Error(Errc::io_error, "cannot listen on " + path.string() + ": " + error.message());
  return acceptor;
}

std::optional<LocalPeer> peer_of(stream_protocol::socket& socket) {
  struct ::ucred who {};
  ::socklen_t size = sizeof who;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
  return LocalPeer{who.uid, who.pid};
}

}  // namespace rms::net

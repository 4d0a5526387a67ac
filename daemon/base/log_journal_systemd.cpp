// SPDX-License-Identifier: Apache-2.0
//
// Its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL), by hand: sd_journal_sendv() waits without end for a journal
// that is not read, and a daemon would stand still with it.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/log_journal.h"

namespace rms {
namespace {

std::optional<std::uintmax_t> number(std::string_view digits) {
  std::uintmax_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// A value with a line end in it is preceded by its length.
std::string serialized(const std::vector<std::string>& record) {
  std::string bytes;
  for (const std::string& each : record) {
    if (each.find('\n') == each.npos) {
      bytes.append(each).append("\n");
      continue;
    }
    const std::size_t equals = each.find('=');
    bytes.append(each, 0, equals).append("\n");
    std::uint64_t size = each.size() - equals - 1;
    for (int i = 0; i < 8; ++i, size >>= 8) bytes += static_cast<char>(size & 0xff);
    bytes.append(each, equals + 1).append("\n");
  }
  return bytes;
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::ranges::copy(path, address.sun_path);
  return address;
}

bool is_full(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

// Each: 0, or what errno said.
int send_message(int socket, const sockaddr_un& to, msghdr& message) {
  sockaddr_un address = to;
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

int send_bytes(int socket, const sockaddr_un& to, const std::string& bytes) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  return send_message(socket, to, message);
}

// A datagram socket that is not connected cannot be asked when its peer has room: we look again and again.
int send_soon(int socket, const sockaddr_un& to, const std::string& bytes, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  int error = EAGAIN;
  while (is_full(error) && std::chrono::steady_clock::now() < until) {
    ::poll(nullptr, 0, 5);
    error = send_bytes(socket, to, bytes);
  }
  return error;
}

// What is too long for a datagram, as a sealed file of memory.
int send_by_file(int socket, const sockaddr_un& to, const std::string& bytes) {
  const int file = ::memfd_create("rms-journal-record", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return errno;
  int error = 0;
  for (std::size_t done = 0; error == 0 && done < bytes.size();) {
    const auto wrote = ::write(file, bytes.data() + done, bytes.size() - done);
    if (wrote > 0)
      done += static_cast<std::size_t>(wrote);
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    error = errno;
  if (error == 0) {
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof file)]{};
    msghdr message{};
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
    error = send_message(socket, to, message);
  }
  ::close(file);
  return error;
}

}  // namespace

bool is_journal_stream(std::string_view value, int fd) {
  const std::size_t colon = value.find(':');
  if (colon == value.npos) return false;
  const auto device = number(value.substr(0, colon)), inode = number(value.substr(colon + 1));
  struct stat info {};
  return device && inode && ::fstat(fd, &info) == 0 && *device == info.st_dev && *inode == info.st_ino;
}

bool stderr_is_journal() {
  const char* value = std::getenv("JOURNAL_STREAM");
  return value != nullptr && is_journal_stream(value, STDERR_FILENO);
}

JournalSender::JournalSender(std::string socket_path) : path_(std::move(socket_path)) {
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Long records go in one piece as far as the system allows it. What it does not allow goes by a file.
  constexpr int kWantedBytes = 1024 * 1024;
  if (socket_ >= 0) ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &kWantedBytes, sizeof kWantedBytes);
}

JournalSender::~JournalSender() {
  if (socket_ >= 0) ::close(socket_);
}

JournalSend JournalSender::send(const std::vector<std::string>& record) {
  const auto to = address_of(path_);
  if (socket_ < 0 || !to) return JournalSend::failed;
  const std::string bytes = serialized(record);
  int error = send_bytes(socket_, *to, bytes);
  if (is_full(error) && !stuck_.exchange(true)) error = send_soon(socket_, *to, bytes, kPatience);
  if (error == EMSGSIZE) error = send_by_file(socket_, *to, bytes);
  if (is_full(error)) return JournalSend::full;
  if (error == 0) {
    stuck_ = false;
    return JournalSend::taken;
  }
  // Then standard error gets it, a stream of the same journal: only while that does not stand still either.
  pollfd stream{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&stream, 1, 0) == 1 ? JournalSend::failed : JournalSend::full;
}

}  // namespace rms

// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/secret.h"

namespace rms {
namespace {

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Error failed(const char* what, const std::filesystem::path& path, int error) {
  const auto code = error == ENOENT ? Errc::not_found : error == EEXIST ? Errc::already_exists : Errc::io_error;
  return Error(code, path.string() + ": " + what + ": " + std::generic_category().message(error));
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  // O_NONBLOCK: a FIFO in the file's place must not hold us up.
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) return failed("cannot open", path, errno);

  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failed("cannot examine", path, errno);
  if (!S_ISREG(info.st_mode)) return Error(Errc::insecure_file, path.string() + ": must be a regular file");
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return Error(Errc::insecure_file, path.string() + ": must belong to the user that reads it, or to root");
  if ((info.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return Error(Errc::insecure_file, path.string() + ": may be used by others; run: chmod 0600 " + path.string());
  if (static_cast<std::uintmax_t>(info.st_size) > limit_bytes)
    return Error(Errc::too_large, path.string() + ": more than " + std::to_string(limit_bytes) + " bytes");

  Secret secret(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  while (have < secret.size()) {
    const ssize_t n = ::read(file.get(), secret.bytes().data() + have, secret.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot read", path, errno);
    if (n == 0) return Error(Errc::io_error, path.string() + ": became shorter while it was read");
    have += static_cast<std::size_t>(n);
  }
  return secret;
}

Result<void> create_secret_file(const std::filesystem::path& path, std::string_view content) {
  // Written under another name and linked into place: a reader sees the whole file or none,
  // and link() refuses to replace one that exists.
  std::string unfinished = path.string() + ".XXXXXX";
  File file(::mkostemp(unfinished.data(), O_CLOEXEC));
  if (file.get() < 0) return failed("cannot create", path, errno);
  const auto give_up = [&](const char* what, int error) {
    ::unlink(unfinished.c_str());
    return failed(what, path, error);
  };

  while (!content.empty()) {
    const ssize_t n = ::write(file.get(), content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return give_up("cannot write", errno);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.get()) != 0) return give_up("cannot write", errno);
  if (::link(unfinished.c_str(), path.c_str()) != 0) return give_up("cannot create", errno);
  ::unlink(unfinished.c_str());
  return {};
}

}  // namespace rms
